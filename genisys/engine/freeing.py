"""Freeing runs from workers that are gone."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..core.clock import now_ms
from ..errors import describe
from ..store.records import Append, RunMeta
from .held_process import SILENCED_TWICE, Held
from .reading import Reading


class Freeing(Reading):
    """What the watch and supervisors call when they know that a worker is gone."""

    async def release(
        self, meta: RunMeta, *, reason: str, expired: bool = False, held: Held | None = None, innocent: bool = False
    ) -> bool:
        """Free the lease of a worker that is gone, record it in the run's log and hand the run out again.

        With `held` it is this run that held the worker; where it did so before, it ends as failed. The attempt of an
        `innocent` run is not counted among those without progress. With `expired` the lease is freed only where it has
        run out by Redis's clock. Return False where it has not, where another did it first, or where the lease has
        changed hands.
        """
        batch = _recovering(meta, reason, held, innocent=innocent)
        answer = await self.store.append_system(meta.run_id, batch, expired=expired)
        if answer.code != "ok":
            return False
        if batch.terminal:
            await self.owner_queue.leave(meta)
            return True
        await self.wake(meta.run_id, deployment=meta.deployment, attempt=meta.attempt)
        return True

    async def release_worker(self, worker_id: str, *, reason: str = "worker_died", held: Held | None = None) -> int:
        """Free every run that the worker holds, now rather than when the leases run out; return how many.

        `held` says that a run of it let nothing else in its process run: the others lose this attempt and no more.
        """
        named = [run_id for worker in await self.workers() if worker.id == worker_id for run_id in worker.runs]
        released = await self._release_all(named, worker_id, reason, held)
        # The heartbeat is up to a second old: it may not name the runs that were taken last.
        released += await self._release_all(await self.store.unfinished(), worker_id, reason, held)
        await self.store.forget_worker(worker_id)  # last: until then its heartbeat names what is left to free
        return released

    async def _release_all(self, run_ids: Sequence[str], worker_id: str, reason: str, held: Held | None) -> int:
        freed = 0
        metas = (await self.readable_metas(run_ids)).values()
        # The guilty run first: the worker that replaces the dead one holds nothing yet, and this run must be alone.
        for meta in sorted(metas, key=lambda meta: held is None or meta.run_id != held.run_id):
            if meta.worker != worker_id:
                continue
            if held is None or meta.run_id != held.run_id:
                freed += await self.release(meta, reason=reason, innocent=held is not None)
            else:
                freed += await self.release(meta, reason=reason, held=held)
        return freed


def _recovering(meta: RunMeta, reason: str, held: Held | None, *, innocent: bool) -> Append:
    """Return what frees the run, and ends it where it has held a worker up before."""
    event: dict[str, Any] = {"type": "run.recovering", "at": now_ms(), "reason": reason, "worker": meta.worker}
    # `release` names the holder: where the lease has changed hands meanwhile, the script refuses.
    batch = Append(events=[event], release=meta.worker, due_ms=now_ms() + 5_000)
    if held is not None:
        event["held"] = {"step": held.step, "seconds": held.seconds, "sentence": held.sentence}
        batch.increments["silenced"] = 1
        if meta.silenced + 1 >= SILENCED_TWICE:
            batch.events.append({"type": "run.failed", "at": now_ms(), "error": describe(held.failure())})
            batch.status, batch.terminal, batch.due_ms = "failed", True, None
    if held is not None or innocent:
        # Not counted as an attempt without progress: the guilty run is counted by `silenced`, the others not at all.
        batch.meta["handed"] = "1"
    return batch
