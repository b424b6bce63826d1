"""The cause that failures have in common: what a list groups them by. Pure.

A cause is the kind of the error, the step that it came from, and its first line without what differs from run to run:
addresses, quoted text, ids and numbers.
"""

from __future__ import annotations

import re
from typing import Any

from runs.record.storable import storable_text

LONGEST = 120
_MOST_READ = 500
"""Characters of a message: what comes behind does not tell causes apart."""

_ADDRESS = re.compile(r"\b[a-z][a-z0-9+.-]{0,15}://[^\s\"'”’<>]+", re.IGNORECASE)
_QUOTED = re.compile(r"“[^”]*”|\"[^\"]*\"|‘[^’]*’|(?<!\w)'[^']*'(?!\w)|`[^`]*`")
_NAMED = re.compile(r"(?<![\w-])(?=[\w-]*\d)[\w-]{8,}(?![\w-])")
_NUMBER = re.compile(r"\d+(?:[.,:]\d+)*")
_SPACE = re.compile(r"\s+")


def cause_of_failure(error: dict[str, Any] | None) -> str:
    """Return the cause of a failure in at most LONGEST characters, as any database can store it; "" for none."""
    if not error:
        return ""
    kind = str(error.get("kind") or "Error")
    status = (error.get("detail") or {}).get("status") if isinstance(error.get("detail"), dict) else None
    head = f"{kind} {status}" if isinstance(status, int) and not isinstance(status, bool) else kind
    if step := str(error.get("step_name") or ""):
        head = f"{head} in {step}"
    said = _alike(str(error.get("message") or ""))
    whole = storable_text(f"{head}: {said}" if said else head)
    return whole if len(whole) <= LONGEST else f"{whole[: LONGEST - 1].rstrip()}…"


def _alike(message: str) -> str:
    """Return the message's first line with an ellipsis or # in the place of all that differs from run to run."""
    line = message.strip().partition("\n")[0][:_MOST_READ]
    for pattern in (_ADDRESS, _QUOTED, _NAMED):
        line = pattern.sub("…", line)
    return _SPACE.sub(" ", _NUMBER.sub("#", line)).strip()
