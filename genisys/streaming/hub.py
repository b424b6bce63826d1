"""The hub: one reader of Redis for all who watch runs in this process.

One task listens to the doorbells, one reads the logs of watched runs that rang (at most every 20 ms, in one pipeline;
all watched ones every 2 s, so that a lost doorbell costs 2 s and nothing else), and one reads the history of viewers
who are further back. That makes three connections to Redis, however many viewers.

A viewer is a cursor: the log is its queue. A slow one delays nobody and costs no memory. While Redis is away the hub
waits, and viewers notice a pause. Where the data of one run cannot be read, only its own viewers get an error. Frames
are those of `log.frames`.
"""

from __future__ import annotations

import asyncio
import itertools
import random
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Protocol
from weakref import WeakValueDictionary

from ..core.logs import Logger
from ..log.compaction import first_seq
from ..log.fold import State
from ..log.page import LogPage
from ..redis_io.errors import store_is_away
from ..redis_io.one_by_one import apart
from .history import NOTHING, Broken, History
from .tail import RING_BYTES, Tail
from .viewer import Viewer

TICK_S = 0.02
SWEEP_S = 2.0
PING_S = 15.0  # readers take 45 s of silence for a dead line
IDLE_S = 30.0
"""How long a run's tail is kept after its last viewer left: a refresh finds it warm."""
READ_ENTRIES = 500
READ_BYTES = 256 * 1024
"""How much of a log's history is read at a time: a viewer who does not read on holds it in memory until it does."""
READ_RUNS = 100
FIRST_BACKOFF_S = 0.1
LONGEST_BACKOFF_S = 2.0
"""Viewers see nothing for as long once Redis is back, at most."""
STOP_S = 1.0


log = Logger("genisys.hub")


class LogSource(Protocol):
    """Where logs are read from: `Store`, or a fake in tests."""

    async def read_many(
        self, cursors: Sequence[tuple[str, int]], limit: int = 1000, most_bytes: int | None = None
    ) -> dict[str, LogPage]: ...
    async def snapshot(self, run_id: str) -> State | None: ...
    def doorbells(self) -> AbstractAsyncContextManager[AsyncIterator[str]]: ...


class HasStore(Protocol):
    """The part of an Engine that the hub needs."""

    @property
    def store(self) -> LogSource: ...


class Hub:
    """Shows runs to any number of viewers: one per process, from `start` to `stop`."""

    def __init__(self, engine: HasStore, *, ping_s: float = PING_S, sweep_s: float = SWEEP_S) -> None:
        self._engine = engine
        self._ping_s = ping_s
        self._sweep_s = sweep_s
        self._tails: dict[str, Tail] = {}
        self._keys = itertools.count(1)
        self._dirty: set[str] = set()  # runs whose log may have grown since it was read
        self._work = asyncio.Event()
        self._round = 0
        self._histories: dict[tuple[str, int], asyncio.Future[History]] = {}
        # Weak: a history lives exactly as long as a viewer reads it.
        self._read_now: WeakValueDictionary[tuple[str, str, int], History] = WeakValueDictionary()
        self._history_work = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []
        self.stopped = False

    @property
    def viewers(self) -> int:
        return sum(len(tail.viewers) for tail in self._tails.values())

    async def start(self) -> None:
        """Start reading. Redis need not be there yet."""
        parts = {"listen": self._listen, "read": self._read, "history": self._read_history}
        self._tasks = [
            asyncio.create_task(self._keep_up(name, part), name=f"hub.{name}") for name, part in parts.items()
        ]

    async def stop(self) -> None:
        """End all views (without an `end` frame: their readers reconnect elsewhere) and stop reading."""
        self.stopped = True
        for tail in self._tails.values():
            tail.wake()
        for (run_id, after), future in self._histories.items():
            future.set_result(History(run_id, NOTHING, after))
        self._histories.clear()
        self._work.set()
        self._history_work.set()
        listening, *reading = self._tasks
        listening.cancel()
        # A read that is under way may finish: cancelling it would leave its reply on the connection.
        _, late = await asyncio.wait(reading, timeout=STOP_S)
        for task in late:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    @asynccontextmanager
    async def view(self, run_id: str, *, after: int = 0, log_id: str | None = None) -> AsyncIterator[Viewer]:
        """View a run from the cursor on; one that does not exist yet is waited for."""
        tail = self._tails.get(run_id)
        if tail is None:
            tail = self._tails[run_id] = Tail(run_id, next(self._keys))
        viewer = Viewer(self, tail, after, log_id, self._ping_s)
        tail.viewers.add(viewer)
        try:
            yield viewer
        finally:
            tail.viewers.discard(viewer)
            tail.idle_since = asyncio.get_running_loop().time()

    def ask(self, tail: Tail) -> int:
        """Have the tail read again; return the number of the first round that begins after this call."""
        self._ring(tail.run_id)
        return self._round + 1

    async def history(self, run_id: str, log_id: str, after: int) -> History:
        """Read the log behind `after`. Viewers at the same place share one read, while one of them still holds it."""
        if (held := self._read_now.get((run_id, log_id, after))) is not None:
            return held
        future = self._histories.get((run_id, after))
        if future is None:
            future = self._histories[run_id, after] = asyncio.get_running_loop().create_future()
            self._history_work.set()
        # Others may wait for the same future: a viewer that is cancelled must not cancel it for them.
        return await asyncio.shield(future)

    def _ring(self, run_id: str) -> None:
        self._dirty.add(run_id)
        self._work.set()

    async def _keep_up(self, name: str, part: Callable[[], Awaitable[None]]) -> None:
        """Run a part of the hub again whenever it fails, with backoff. Viewers wait it out."""
        loop = asyncio.get_running_loop()
        backoff = FIRST_BACKOFF_S
        while not self.stopped:
            began = loop.time()
            try:
                await part()
            except Exception as error:
                log.warning("hub.interrupted", part=name, kind=type(error).__name__, error=str(error))
            if loop.time() - began > LONGEST_BACKOFF_S:
                backoff = FIRST_BACKOFF_S
            await asyncio.sleep(backoff * random.uniform(0.5, 1))  # noqa: S311 - jitter, not a secret
            backoff = min(2 * backoff, LONGEST_BACKOFF_S)

    async def _listen(self) -> None:
        async with self._engine.store.doorbells() as bells:
            for run_id in self._tails:
                self._ring(run_id)  # it may have rung before the subscription
            async for run_id in bells:
                if run_id in self._tails:
                    self._ring(run_id)

    async def _read(self) -> None:
        loop = asyncio.get_running_loop()
        sweep_at = loop.time()
        while not self.stopped:
            if loop.time() >= sweep_at:
                self._sweep(loop.time())
                sweep_at = loop.time() + self._sweep_s
            began = loop.time()
            await self._read_dirty()
            # A tick at least: what rings meanwhile is read together, so a busy log costs 50 reads a second at most.
            await asyncio.sleep(max(0.0, began + TICK_S - loop.time()))
            try:
                async with asyncio.timeout_at(sweep_at):
                    await self._work.wait()
            except TimeoutError:
                continue

    def _sweep(self, now: float) -> None:
        for run_id, tail in list(self._tails.items()):
            if tail.viewers:
                self._ring(run_id)
            elif now - tail.idle_since > IDLE_S:
                del self._tails[run_id]

    async def _read_dirty(self) -> None:
        self._work.clear()
        dirty, self._dirty = self._dirty, set()
        tails = [self._tails[run_id] for run_id in dirty if run_id in self._tails]
        watched = [tail for tail in tails if tail.viewers]
        self._round += 1
        round_number = self._round
        try:
            while watched:
                # Runs that could not be read are read alone: together they would cost the others a second read.
                broken = watched[0].broken
                part = [tail for tail in watched[:READ_RUNS] if tail.broken is broken][: 1 if broken else None]
                taken = set(part)
                rest = [tail for tail in watched if tail not in taken]
                await self._read_tails(part, round_number)
                watched = rest
        finally:
            for tail in watched:  # Not read, as Redis went away: they are still due.
                self._ring(tail.run_id)

    async def _read_tails(self, tails: Sequence[Tail], round_number: int) -> None:
        """Read on in these logs, in one pipeline. Where one cannot be read, only its own viewers get an error."""
        cursors = {tail.run_id: tail.cursor() for tail in tails}
        pages, faults = await self._pages(cursors, RING_BYTES)
        for tail in tails:
            run_id = tail.run_id
            try:
                if run_id in faults:
                    raise faults[run_id]
                if tail.absorb(pages[run_id], cursors[run_id], round_number):
                    self._ring(run_id)
                tail.wake()
            except Exception as error:
                log.error("hub.unreadable", run_id=run_id, kind=type(error).__name__, error=str(error)[:500])
                tail.break_off(round_number)
                tail.wake()

    async def _pages(
        self, cursors: Mapping[str, int], most_bytes: int
    ) -> tuple[dict[str, LogPage], dict[str, Exception]]:
        """Read the logs of these runs behind their cursors; return the pages, and the errors of those without one."""

        async def read(run_ids: Sequence[str]) -> dict[str, LogPage]:
            places = [(run_id, cursors[run_id]) for run_id in run_ids]
            return await self._engine.store.read_many(places, READ_ENTRIES, most_bytes)

        return await apart(list(cursors), read)

    async def _read_history(self) -> None:
        while not self.stopped:
            while self._histories:
                await self._read_histories()
            self._history_work.clear()
            await self._history_work.wait()

    async def _read_histories(self) -> None:
        """Answer what is asked for now: one cursor for each run, in one pipeline."""
        wanted = dict(list(self._histories)[:READ_RUNS])
        pages, faults = await self._pages(wanted, READ_BYTES)
        for run_id, after in wanted.items():
            try:
                if run_id in faults:
                    raise faults[run_id]
                history = await self._history_of(run_id, pages[run_id], after)
            except Exception as error:
                if store_is_away(error):
                    raise
                log.error("hub.unreadable", run_id=run_id, kind=type(error).__name__, error=str(error)[:500])
                history = Broken(run_id, after)
            if not history.broken and history.frames:
                self._read_now[run_id, history.log_id, after] = history
            future = self._histories.pop((run_id, after), None)
            if future is not None:
                future.set_result(history)

    async def _history_of(self, run_id: str, page: LogPage, after: int) -> History:
        hole = bool(page.events) and first_seq(page.events[0]) > after + 1
        snapshot = await self._engine.store.snapshot(run_id) if hole else None
        return History(run_id, page, after, snapshot)
