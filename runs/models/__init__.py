"""The tables of the record: runs, steps, archived logs, what was set aside, the audit, share links, notices, tokens.

Everybody imports them from here: Django looks for tables in `runs.models`, and migrations name what stands in it. Rows
speak of themselves; who may reach them is `runs.access`'s, and what may change them the service's and control's.
"""

from runs.models.credentials import (
    LINK_PREFIX_LENGTH,
    TOKEN_PREFIX_LENGTH,
    TOKEN_START,
    ApiToken,
    ShareLink,
    digest_of,
)
from runs.models.people import AuditEntry, EndNotice, Wishes
from runs.models.record import Archive, SetAside, Step
from runs.models.run import FORGOTTEN, IS_OPEN, OPEN_STATUSES, Run, RunStatus, make_id

__all__ = [
    "FORGOTTEN",
    "IS_OPEN",
    "LINK_PREFIX_LENGTH",
    "OPEN_STATUSES",
    "TOKEN_PREFIX_LENGTH",
    "TOKEN_START",
    "ApiToken",
    "Archive",
    "AuditEntry",
    "EndNotice",
    "Run",
    "RunStatus",
    "SetAside",
    "ShareLink",
    "Step",
    "Wishes",
    "digest_of",
    "make_id",
]
