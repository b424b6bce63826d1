"""Whether a deployment's workers can take a run now, by their heartbeats: if one is there, answers and has room."""

from __future__ import annotations

from collections.abc import Iterable

from ._records import WorkerInfo

DEAD_AFTER_MS = 4_000
"""Of silence, four beats: a worker may have died whose heartbeat still stands in Redis."""


def no_room(workers: Iterable[WorkerInfo], deployment: str, now_ms: int) -> str:
    """Say in one sentence why no worker of the deployment could take a run at `now_ms`; "" where one could."""
    theirs = [worker for worker in workers if worker.deployment == deployment]
    if not theirs:
        return f"no worker of deployment {deployment} is alive"
    silent_ms = now_ms - max(worker.beat_ms for worker in theirs)
    answering = [worker for worker in theirs if now_ms - worker.beat_ms <= DEAD_AFTER_MS]
    if not answering:
        return f"no worker of deployment {deployment} answers any more, for {silent_ms // 1000} s"
    moving = [worker for worker in answering if not worker.blocked_ms]
    if not moving:
        steps = sorted({f"“{worker.blocked_step}”" for worker in answering if worker.blocked_step})
        by = f"the step {steps[0]}, which does" if len(steps) == 1 else "code that does"
        return f"every worker is blocked by {by} not await"
    if all(len(worker.runs) >= worker.concurrency for worker in moving):
        return "every worker is busy"
    return ""
