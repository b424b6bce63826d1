"""How a reader's place in a log is written: `<log_id>:<seq>`, or `<seq>` in whichever log there is."""

from __future__ import annotations

import re

LOG_ID = "[0-9a-zA-Z_-]{1,64}"
"""The pattern of a log's name, in ASCII."""

_CURSOR = re.compile(f"(?:(?P<log_id>{LOG_ID}):)?(?P<seq>[0-9]{{1,15}})")


def parse_cursor(text: str) -> tuple[str | None, int]:
    """Return the log's name, None where none is given, and the number of the last event read. Raises ValueError."""
    found = _CURSOR.fullmatch(text)
    if found is None:
        raise ValueError("A cursor is the number of an event, or <log_id>:<number>, as frames and pages give it.")
    return found["log_id"], int(found["seq"])


def write_cursor(log_id: str | None, seq: int) -> str:
    """Return the cursor behind event `seq`."""
    return f"{log_id}:{seq}" if log_id else str(seq)
