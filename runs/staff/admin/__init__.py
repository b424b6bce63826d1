"""Django's admin for the tables of runs: runs, the audit, API tokens. All that is shown is escaped, never rendered.

Leaves a run's steps and log to `runs.staff.trace`, acts by the service. The app loads it once the models are there.
"""

from runs.staff.admin.audit import AuditEntryAdmin
from runs.staff.admin.runs import RunAdmin
from runs.staff.admin.tokens import ApiTokenAdmin

__all__ = ["ApiTokenAdmin", "AuditEntryAdmin", "RunAdmin"]
