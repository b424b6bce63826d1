"""The watch over runs: frees leases that ran out, wakes runs that are due, reports changes of status.

Any number may run side by side: freeing a lease succeeds once, and wakeups are idempotent. A run whose data cannot be
read is named in the log, and stops the watch over no other.
"""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import dataclass

from ..core.clock import now_ms
from ..core.logs import Logger
from ..engine.engine import Engine
from ..redis_io.errors import STORE_ERRORS, store_is_away
from ..redis_io.keys import REWAKE_MS
from ..redis_io.one_by_one import apart
from ..store.records import RunMeta
from .deployments import Deployments

DRAINED_EVERY_S = 5.0
SETTLE_MS = 500  # when a run is looked at again whose server has just taken over
UNREADABLE_MS = 60_000
"""How long a run that cannot be handled is left alone."""
WAKEUPS_A_SWEEP = 200
"""The most wakeups that one sweep gives for each worker with a free place."""
CALM = 1000
MOST_REST = 6
"""With more than CALM runs ready in a sweep, those that no worker has room for rest longer, up to so many times."""

log = Logger("genisys.watch")


@dataclass(frozen=True, slots=True)
class Change:
    """A run took a status at a place in its log. Reported at least once."""

    run_id: str
    status: str
    seq: int


class Watch:
    """Looks after runs that nobody holds; control calls it."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._after: dict[str, str] = {}
        self._look_at_draining = 0.0

    async def sweep(self) -> int:
        """Look once at every run that is due; return how many were recovered. Raises STORE_ERRORS."""
        store = self._engine.store
        await store.compare_clocks()
        due = await store.due(now_ms())
        metas, unreadable = await apart(due, self._engine.metas)
        recovered = 0
        ready: list[RunMeta] = []
        for run_id in due:
            try:
                if run_id in unreadable:
                    raise unreadable[run_id]
                recovered += await self._look_at(run_id, metas.get(run_id), ready)
            except Exception as error:
                if store_is_away(error):
                    raise
                log.exception("run.not_watched", run_id=run_id)
                await store.look_again(run_id, now_ms() + UNREADABLE_MS)
        await self._wake(ready)
        if time.monotonic() >= self._look_at_draining:
            self._look_at_draining = time.monotonic() + DRAINED_EVERY_S
            for name in await Deployments(self._engine).note_drained():
                log.info("deployment.drained", deployment=name)
        return recovered

    async def _look_at(self, run_id: str, meta: RunMeta | None, ready: list[RunMeta]) -> bool:
        """Do what is due for a run, or put it with those that a worker could take; return whether it was recovered."""
        store = self._engine.store
        if meta is None or meta.closed:
            await store.forget_due(run_id)
        elif meta.worker and meta.lease_until_ms > now_ms():
            # Held: due again when the lease would run out, which its keeper moves on meanwhile.
            await store.look_again(run_id, meta.lease_until_ms)
        elif meta.worker and await store.settles(run_id):
            await store.look_again(run_id, now_ms() + SETTLE_MS)
        elif meta.worker:
            log.info("lease.expired", run_id=run_id, worker=meta.worker)
            return await self._engine.release(meta, reason="lease_expired", expired=True)
        elif meta.cancel_requested and await self._engine.end_cancelled(run_id):
            pass
        elif meta.paused:
            await self._engine.rest(meta)
        else:
            ready.append(meta)
        return False

    async def _wake(self, ready: list[RunMeta]) -> None:
        """Wake again the runs that a worker could take now. All of them are due again later, woken or not.

        None is sent where no worker has a free place, or the run stands in its owner's line: it would only be dropped.
        So a thousand runs that wait cost a few commands every REWAKE_MS, and not a message each.
        """
        if not ready:
            return
        # First: whatever fails below, they are due again.
        await self._engine.store.look_again_at([meta.run_id for meta in ready], now_ms() + REWAKE_MS)
        room: Counter[str] = Counter()
        for worker in await self._engine.workers():
            if not worker.draining and len(worker.runs) < worker.concurrency:
                room[worker.deployment] += WAKEUPS_A_SWEEP
        able = [meta for meta in ready if room[meta.deployment]]
        woken = set()
        for meta in sorted(await self._engine.owner_queue.whose_turn_it_is(able), key=lambda meta: meta.created_ms):
            if room[meta.deployment]:
                room[meta.deployment] -= 1
                woken.add(meta.run_id)
                await self._engine.wake(meta.run_id, deployment=meta.deployment, attempt=meta.attempt)
        if (times := min(len(ready) // CALM, MOST_REST)) > 1:
            # Not those that wait for a time: a worker would find them too early (EARLY_MS).
            rest = [meta.run_id for meta in ready if meta.status == "queued" and meta.run_id not in woken]
            await self._engine.store.look_again_at(rest, now_ms() + times * REWAKE_MS)

    async def changes(self) -> AsyncIterator[Change]:
        """Return changes of status as they come, for ever: first those that the lifecycle streams still hold."""
        while True:
            try:
                found = await self._engine.store.lifecycle.changes(self._after, block_ms=2000)
            except STORE_ERRORS as error:
                log.info("lifecycle.waiting", error=str(error))
                await asyncio.sleep(1)
                continue
            for partition, entry_id, run_id, status, seq in found:
                yield Change(run_id, status, seq)
                # After it was handled: one that was not is read again.
                self._after[partition] = entry_id
