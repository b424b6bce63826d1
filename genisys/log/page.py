"""A page of a run's log."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class LogPage:
    """A stretch of a run's log: `events` in order, each with its `seq`.

    `found` is False where Redis holds no such run. `first_seq` is the first event here (0 when none), `last_seq` the
    last one that the log has, whether it is here or not.
    """

    log_id: str
    events: list[dict[str, Any]]
    first_seq: int
    last_seq: int
    closed: bool
    status: str
    found: bool
