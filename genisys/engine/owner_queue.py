"""Fairness between people: workers hold only so many runs of each owner at once, the others stand in line.

A run keeps its place when its worker dies or hands it over, and gives it up when it ends or waits for something. Runs
leave the line in order: whoever gives a place up wakes the next run, and the watch makes up for a wakeup that was lost.
So a hundred runs in line cost nothing, and nobody's run waits behind another person's.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass

from ..core.clock import now_ms
from ..redis_io.one_by_one import apart
from ..store.records import RunMeta
from ..store.runs import Store

WakeNext = Callable[[str, str], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Place:
    """A run's place in its owner's line: `before` runs come first, and `limit` are held at once."""

    before: int
    limit: int

    def __str__(self) -> str:
        waiting = "Waiting for your one place" if self.limit == 1 else f"Waiting for one of your {self.limit} places"
        if self.before == 0:
            return f"{waiting}: it is the next of your runs."
        return f"{waiting}: {_runs(self.before)} before it."


def _runs(count: int) -> str:
    return "1 run of yours is" if count == 1 else f"{count} runs of yours are"


class OwnerQueue:
    """Limits the runs of each owner. `limit` is how many at once; with 0, and for the owner "", there is no limit.

    `wake_next(run_id, deployment)` is called for each run whose turn has come.
    """

    def __init__(self, store: Store, limit: int, wake_next: WakeNext) -> None:
        if limit < 0:
            raise ValueError(f"per_owner={limit}: give how many runs of one owner may be held at once, 0 for no limit")
        self.limit = limit
        self._store = store
        self._wake_next = wake_next

    def limits(self, owner: str) -> bool:
        """Return whether that owner's runs are limited."""
        return bool(self.limit and owner)

    async def line_up(self, run_id: str, *, owner: str, deployment: str, made_ms: int) -> bool:
        """Put a run in line; return whether its turn has come, so that a wakeup makes sense."""
        if not self.limits(owner):
            return True
        return (await self._store.owner_queue.line_up([(owner, deployment, run_id, made_ms)], self.limit))[0]

    async def ask(self, meta: RunMeta) -> bool:
        """Take a place for the run, for as long as a lease; return False where it has to wait in line."""
        if not self.limits(meta.owner):
            return True
        has_one = await self._store.owner_queue.ask(
            meta.owner, meta.deployment, meta.run_id, meta.created_ms, self.limit
        )
        if not has_one and not _may_stand(await self._store.meta(meta.run_id), meta.deployment):
            await self.leave(meta)  # It was paused, or ended, while its wakeup was on the way.
        return has_one

    async def leave(self, meta: RunMeta) -> None:
        """Give the run's place up, or its place in line, and wake those that come next."""
        if self.limits(meta.owner):
            following = await self._store.owner_queue.leave(meta.owner, meta.deployment, meta.run_id, self.limit)
            for run_id in following:
                await self._wake_next(run_id, meta.deployment)

    async def of(self, meta: RunMeta) -> Place | None:
        """Return the run's place in line; None where it stands in none, or its turn has come."""
        if not self.limits(meta.owner) or meta.closed:
            return None
        before = await self._store.owner_queue.before(meta.owner, meta.deployment, meta.run_id, self.limit)
        return None if before is None else Place(before, self.limit)

    async def whose_turn_it_is(self, metas: Iterable[RunMeta]) -> list[RunMeta]:
        """Return those of the ready runs that a worker could take now. The others are put, or left, in line.

        Runs at the head of a line that should not be there (ended, paused or held) are taken out first: a crash between
        a run's end and its leave must not stop the line.
        """
        metas = list(metas)
        limited = [meta for meta in metas if self.limits(meta.owner)]
        if not limited:
            return metas
        await self._tidy(sorted({(meta.owner, meta.deployment) for meta in limited}))
        asked = [(meta.owner, meta.deployment, meta.run_id, meta.created_ms) for meta in limited]
        turns = await self._store.owner_queue.line_up(asked, self.limit)
        refused = {meta.run_id for meta, turn in zip(limited, turns, strict=True) if not turn}
        return [meta for meta in metas if meta.run_id not in refused]

    async def _tidy(self, lines: list[tuple[str, str]]) -> None:
        firsts = await self._store.owner_queue.first_in_line(lines, self.limit)
        # A run whose data cannot be read may not stand first: it would block the line.
        metas, _ = await apart([run_id for first in firsts for run_id in first], self._store.metas)
        for (owner, deployment), first in zip(lines, firsts, strict=True):
            wrong = [run_id for run_id in first if not _may_stand(metas.get(run_id), deployment)]
            await self._store.owner_queue.drop_from_line(owner, deployment, wrong)


def _may_stand(meta: RunMeta | None, deployment: str) -> bool:
    if meta is None or meta.closed or meta.paused or meta.deployment != deployment:
        return False
    return not (meta.worker and meta.lease_until_ms > now_ms())
