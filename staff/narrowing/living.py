"""The workers' last heartbeats, for pages that are drawn outside of an event loop."""

from __future__ import annotations

from genisys.host import WorkerInfo
from runs.engines import engine, sync


async def _workers() -> list[WorkerInfo]:
    return await engine().workers()


living_workers = sync(_workers)
"""Return the heartbeats of all workers whose last one is under 30 s old. Raises STORE_ERRORS."""
