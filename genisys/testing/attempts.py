"""Attempts at a run by hand: what workers, supervisors and the watch do to it, one call each."""

from __future__ import annotations

import asyncio
from functools import partial

from ..core.clock import now_ms
from ..execution.execution import Ending, Execution
from ..execution.waits import Waits
from ..redis_io.keys import NEVER_MS
from ..secrets.keyring import KeyRing
from ..store.protocol import RunStore
from ..store.records import Append, Lease
from .clock import Clock

RING = KeyRing("a secret for tests")
AT_ONCE = partial(Waits, leave_after_s=0.0, stay_for_s=-1.0)
"""Waits that are never waited out in memory: a test's clock does not move by itself."""


async def taken(
    inner: RunStore, run_id: str, worker: str, clock: Clock | None, through: RunStore, ring: KeyRing | None = None
) -> Execution:
    """Take the run for an attempt that writes through `through`."""
    lease = await inner.acquire(run_id, worker)
    if not isinstance(lease, Lease):
        raise RuntimeError(f"run {run_id} cannot be taken: {lease}")
    return Execution(through, lease, waits=Waits if clock is None else AT_ONCE, ring=RING if ring is None else ring)


async def until_death(inner: RunStore, execution: Execution, dead: asyncio.Event) -> Ending | None:
    """Run the attempt; where `dead` is set first, leave it as `kill -9` would, free its lease and return None."""
    attempt = asyncio.create_task(execution.run())
    killed = asyncio.create_task(dead.wait())
    await asyncio.wait({attempt, killed}, return_when=asyncio.FIRST_COMPLETED)
    if not dead.is_set():
        killed.cancel()
        return await attempt
    attempt.cancel()
    await asyncio.gather(attempt, return_exceptions=True)
    await free(inner, execution.lease)
    return None


async def free(inner: RunStore, lease: Lease) -> None:
    """Do as a supervisor does for a child that died."""
    event = {"type": "run.recovering", "at": now_ms(), "reason": "worker_died", "worker": lease.worker}
    await inner.append_system(lease.run_id, Append(events=[event], release=lease.worker))


async def time_passes(execution: Execution, clock: Clock | None) -> bool:
    """Let the time come that the suspended run waits for; return False where no time ends its wait."""
    due = execution.due_ms
    if due is None or due == NEVER_MS:
        return False
    if clock is not None:
        clock.advance_to(due)
    else:
        await asyncio.sleep(max(0, due - now_ms()) / 1000)
    return True
