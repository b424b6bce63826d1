"""Who holds an open run and what it waits for, as its row has it, so that lists can tell these apart."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from genisys.host import RunMeta
from runs.models import Run, RunStatus

LONGEST_WORKER = 128
_LONGEST_REASON = 16
AT_REST: dict[str, Any] = {"waits_for": "", "waits_since": None}
"""What a run that has ended waits for."""


def whereabouts(row: Run, meta: RunMeta) -> dict[str, Any]:
    """Return what the row of an open run is to say of it: its worker, or the last it had; its wait, and since when."""
    reason = reason_of(meta)
    since = {} if reason == row.waits_for else {"waits_since": datetime.now(UTC) if reason else None}
    return {"worker": worker_of(row, meta), "waits_for": reason, **since}


def reason_of(meta: RunMeta) -> str:
    """Return the reason of the wait that a run is in, as its `run.waiting` gives it; "" where it is in none."""
    return str((meta.waiting or {}).get("reason", ""))[:_LONGEST_REASON] if meta.status == RunStatus.WAITING else ""


def worker_of(row: Run, meta: RunMeta) -> str:
    """Return the worker that holds the run, or else the one that the row knows to have held it last."""
    return meta.worker[:LONGEST_WORKER] or row.worker
