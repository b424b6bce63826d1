"""The hub: one reader of Redis for all who watch runs in this process.

One task listens to the doorbells, one reads the logs of watched runs that rang (at most every 20 ms, in one
pipeline, with explicit ids; all watched ones every 2 s, so that a lost doorbell costs 2 s and nothing
else), and one reads the history of viewers who are further back. That makes three connections to Redis,
however many viewers.

A viewer is a cursor: the log is its queue. A slow one holds up nobody and costs nothing but its place. What
the hub cannot reach it waits for; viewers notice a pause. What is wrong with the data of one run is told to its own
viewers, and to nobody else. The frames are those of `_wire`.
"""

from __future__ import annotations

import asyncio
import itertools
import random
from bisect import bisect_right
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Protocol
from weakref import WeakValueDictionary

import structlog

from . import _wire
from ._apart import apart
from ._compact import compacted, contiguous, first_seq
from ._fold import State
from ._records import LogPage
from ._store import store_is_away
from ._wire import BatchFrame, Frame

TICK_S = 0.02
SWEEP_S = 2.0
PING_S = 15.0
RING_BYTES = 1024 * 1024
IDLE_S = 30.0
"""How long a run's tail is kept after its last viewer left: a refresh finds it warm."""
READ_ENTRIES = 500
READ_BYTES = 256 * 1024
"""Of a log's history so much is read at a time: a viewer who does not read holds it until it does."""
READ_RUNS = 100
COMPACT_OVER = 32
"""A viewer who is further behind than so many events gets them compacted."""
FIRST_BACKOFF_S = 0.1
LONGEST_BACKOFF_S = 5.0
STOP_S = 1.0

NOTHING = LogPage("", [], first_seq=0, last_seq=0, closed=False, status="", found=False)

log = structlog.get_logger("genisys.hub")


class LogSource(Protocol):
    """Where logs are read: `Store`, or a fake in tests."""

    async def read_many(
        self, cursors: Sequence[tuple[str, int]], limit: int = 1000, most_bytes: int | None = None
    ) -> dict[str, LogPage]: ...
    async def snapshot(self, run_id: str) -> State | None: ...
    def doorbells(self) -> AbstractAsyncContextManager[AsyncIterator[str]]: ...


class HasStore(Protocol):
    """The part of an Engine that the hub needs."""

    @property
    def store(self) -> LogSource: ...


class Tail:
    """The end of one watched log: its recent batches, without a hole from `start` to `last`.

    `seen` is the last event that the log was known to have, `round` the number of the last round that read
    it, `key` this process's name for it. Only the hub's reader changes a tail; viewers look.
    """

    def __init__(self, run_id: str, key: int) -> None:
        self.run_id = run_id
        self.key = key
        self.viewers: set[Viewer] = set()
        self.idle_since = 0.0
        self.round = 0
        self.found = False
        self.log_id = ""
        self.status = ""
        self.closed = False
        self.broken = False
        self.start = self.last = self.seen = 0
        self._frames: deque[BatchFrame] = deque()
        self._bytes = 0
        self._backlogs: dict[int, BatchFrame] = {}

    def cursor(self) -> int:
        """Give the place to read from next: the tail's own end, or where the first viewers wait."""
        if self.found:
            return self.last
        return min((viewer.cursor for viewer in self.viewers), default=0)

    def absorb(self, page: LogPage, after: int, round_number: int) -> bool:
        """Take what a read behind `after` gave; says whether the log has more than that."""
        self.round, self.broken = round_number, False
        if not page.found:
            self.found = False
            self._jump(0)
            return False
        another = not self.found or page.log_id != self.log_id
        if another or (page.last_seq < self.last and not page.events):
            self._jump(after if another and page.last_seq >= after else page.last_seq)
        self.found, self.log_id, self.status, self.closed = True, page.log_id, page.status, page.closed
        events = contiguous(page.events, self.last)
        self._extend(_wire.news(self.run_id, self.log_id, self.key, events))
        self.seen = max(page.last_seq, self.last)
        if self.last < self.seen and (another or (page.events and not events)):
            self._jump(self.seen)
        return self.last < self.seen

    def break_off(self, round_number: int) -> None:
        """Take it that the log cannot be read, until it can."""
        self.round, self.broken, self.found = round_number, True, False
        self._jump(0)

    def _jump(self, seq: int) -> None:
        """Begin the tail anew at `seq`. Viewers further back read history."""
        self._frames.clear()
        self._backlogs.clear()
        self._bytes = 0
        self.start = self.last = self.seen = seq

    def _extend(self, frames: Sequence[BatchFrame]) -> None:
        if frames:
            self._backlogs.clear()
        for frame in frames:
            self._frames.append(frame)
            self._bytes += frame.size
            self.last = frame.seq
        while self._bytes > RING_BYTES:
            oldest = self._frames.popleft()
            self._bytes -= oldest.size
            self.start = oldest.seq

    def behind(self, cursor: int) -> BatchFrame:
        """Give the next batch for a viewer whose cursor lies within the tail, before its end."""
        newest = self._frames[-1]
        if newest.first == cursor + 1:
            return newest
        backlog = self._backlogs.get(cursor)
        if backlog is None:
            backlog = self._backlogs[cursor] = self._backlog(cursor)
        return backlog

    def _backlog(self, cursor: int) -> BatchFrame:
        wanted: deque[BatchFrame] = deque()
        for frame in reversed(self._frames):
            if frame.seq <= cursor:
                break
            wanted.appendleft(frame)
        wanted[0] = wanted[0].behind(cursor)
        backlog = _wire.merged(wanted)
        return _wire.compact(backlog) if len(backlog.events) > COMPACT_OVER else backlog

    def wake(self) -> None:
        for viewer in self.viewers:
            viewer.wake()


class Viewer:
    """One reader of one run: an async iterator of frames. Get it from `Hub.view`.

    Events come strictly one after another from the cursor on, or behind a `resync` from the beginning. It
    ends after `end`, or after an `error` where the log cannot be read; without one when the hub stops or the log has
    left Redis, and then the reader has to ask elsewhere. Safe to cancel while it waits: nothing is lost, and it may be
    asked again.

    While somebody waits for the next frame, `taker` (if there is one) is shown each as soon as it is read; it says
    whether it took it. It must not wait. What it does not take, or fails at, the iterator gives. So news reaches a
    thousand sockets without a thousand tasks being woken.
    """

    def __init__(self, hub: Hub, tail: Tail, cursor: int, log_id: str | None, ping_s: float) -> None:
        self.cursor = cursor
        self.log_id = log_id
        self._hub = hub
        self._tail = tail
        self._ping_s = ping_s
        self._woken = asyncio.Event()
        self._reading: History | None = None
        self._fresh_round = hub.ask(tail)
        self._knows_log = cursor > 0 or log_id is not None
        self._hole: History | None = None
        self._broken = False
        self._past_hole = False
        self._told_live = False
        self._done = False
        self.taker: Callable[[Frame], bool] | None = None
        self._parked = False
        self._held: Frame | None = None

    def wake(self) -> None:
        if self.taker is None or not self._parked:
            self._woken.set()
            return
        while (frame := self._next()) is not None:
            try:
                taken = self.taker(frame)
            except Exception:
                taken = False  # whoever iterates is given it, and meets the same error where it can be dealt with
            if not taken:
                self._held = frame
                break
        if frame is not None or self._done or self._needs_history():
            self._parked = False
            self._woken.set()

    def __aiter__(self) -> Viewer:
        return self

    async def __anext__(self) -> Frame:
        loop = asyncio.get_running_loop()
        ping_at = loop.time() + self._ping_s
        while True:
            self._woken.clear()
            frame = self._held or self._next()
            self._held = None
            if frame is not None:
                return frame
            if self._done:
                raise StopAsyncIteration
            try:
                async with asyncio.timeout_at(ping_at):
                    await self._more()
            except TimeoutError:
                if self._held is None:  # Else news came in the same moment, and the cursor is behind it already.
                    return _wire.ping(self._tail.run_id, self.cursor)

    def _next(self) -> Frame | None:
        """Decide from what is known: a frame to send, or None when there is nothing (yet)."""
        tail = self._tail
        self._done = self._done or self._hub.stopped
        if self._done:
            return None
        if self._reading is not None:
            if (batch := self._reading.behind(self.cursor)) is not None:
                return self._deliver(batch)
            self._reading = None
        if self._broken or (tail.broken and tail.round >= self._fresh_round):
            self._done = True
            return Frame.unreadable(tail.run_id)
        if tail.round < self._fresh_round:
            return None
        if not tail.found:
            self._done = self._knows_log
            return None
        self._knows_log = True
        if self.log_id is not None and self.log_id != tail.log_id:
            return self._resync("log_id")
        self.log_id = tail.log_id
        if self._hole is not None:
            snapshot, self._hole, self._past_hole = self._hole.snapshot, None, True
            return self._resync("trimmed", snapshot)
        if self.cursor > tail.seen:
            return self._resync("ahead")
        if self.cursor == tail.seen:
            return self._caught_up()
        if tail.start <= self.cursor < tail.last:
            return self._deliver(tail.behind(self.cursor))
        return None

    def _deliver(self, batch: BatchFrame) -> Frame:
        self.cursor = batch.seq
        if self.cursor > self._tail.seen:
            # History was read later than the tail: only a new look at the tail may call this cursor ahead.
            self._fresh_round = self._hub.ask(self._tail)
        return batch

    def _caught_up(self) -> Frame | None:
        if self._tail.closed:
            self._done = True
            return _wire.end(self._tail.run_id, self.cursor, self._tail.status)
        if self._told_live:
            return None
        self._told_live = True
        return _wire.live(self._tail.run_id, self.cursor, self._tail.log_id, self._tail.key)

    def _resync(self, reason: str, state: State | None = None) -> Frame:
        self.cursor = 0 if state is None else state["seq"]
        self.log_id = self._tail.log_id
        self._told_live = False
        return _wire.resync(self._tail.run_id, self.log_id, reason, state)

    async def _more(self) -> None:
        """Wait until `_next` may know more: for the tail, or for history where the tail begins too late."""
        if self._needs_history():
            self._take(await self._hub.history(self._tail.run_id, self._tail.log_id, self.cursor))
            return
        self._parked = True
        try:
            await self._woken.wait()
        finally:
            self._parked = False

    def _needs_history(self) -> bool:
        tail = self._tail
        return tail.found and tail.round >= self._fresh_round and self.cursor < tail.start

    def _take(self, history: History) -> None:
        if history.broken:
            self._broken = True
        elif not history.frames or history.log_id != self.log_id:
            self._fresh_round = self._hub.ask(self._tail)
        elif history.frames[0].first > self.cursor + 1 and not self._past_hole:
            self._hole = history
        else:
            self._reading = history


class History:
    """A stretch of a log behind a cursor, encoded once for all viewers who stand there.

    Where it begins too late, `snapshot` is the state of the run behind the hole, if there is one. `broken` says that it
    cannot be read.
    """

    broken = False

    def __init__(self, run_id: str, page: LogPage, after: int, snapshot: State | None = None) -> None:
        first = first_seq(page.events[0]) if page.events else 0
        events = compacted(contiguous(page.events, max(after, first - 1)))
        self.log_id = page.log_id
        self.frames = _wire.batches(run_id, page.log_id, events)
        self.snapshot = snapshot

    def behind(self, cursor: int) -> BatchFrame | None:
        """Return the next batch for a viewer at `cursor`, None where there is none."""
        place = bisect_right(self.frames, cursor, key=lambda frame: frame.seq)
        return self.frames[place] if place < len(self.frames) else None


class Broken(History):
    """A history that cannot be read."""

    broken = True

    def __init__(self, run_id: str, after: int) -> None:
        super().__init__(run_id, NOTHING, after)


class Hub:
    """Shows runs to any number of viewers: one per process, from `start` to `stop`."""

    def __init__(self, engine: HasStore, *, ping_s: float = PING_S, sweep_s: float = SWEEP_S) -> None:
        self._engine = engine
        self._ping_s = ping_s
        self._sweep_s = sweep_s
        self._tails: dict[str, Tail] = {}
        self._keys = itertools.count(1)
        self._dirty: set[str] = set()
        self._work = asyncio.Event()
        self._round = 0
        self._histories: dict[tuple[str, int], asyncio.Future[History]] = {}
        self._read_now: WeakValueDictionary[tuple[str, str, int], History] = WeakValueDictionary()
        self._history_work = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []
        self.stopped = False

    @property
    def viewers(self) -> int:
        return sum(len(tail.viewers) for tail in self._tails.values())

    async def start(self) -> None:
        """Begin to read. Redis need not be there yet."""
        parts = {"listen": self._listen, "read": self._read, "history": self._read_history}
        self._tasks = [
            asyncio.create_task(self._keep_up(name, part), name=f"hub.{name}") for name, part in parts.items()
        ]

    async def stop(self) -> None:
        """End all views (without an `end` frame: their readers come back elsewhere) and stop reading."""
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
        """View a run from the cursor on. A run that does not exist yet is waited for."""
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
        """Have the tail read again; gives the number of the first round that begins after this call."""
        self._ring(tail.run_id)
        return self._round + 1

    async def history(self, run_id: str, log_id: str, after: int) -> History:
        """Read the log behind `after`. Those who ask for the same share one read, while one of them still holds it."""
        if (held := self._read_now.get((run_id, log_id, after))) is not None:
            return held
        future = self._histories.get((run_id, after))
        if future is None:
            future = self._histories[run_id, after] = asyncio.get_running_loop().create_future()
            self._history_work.set()
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
                self._ring(run_id)  # what rang while nobody listened
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
                # Those that could not be read are read alone: they would cost the others a second read each time.
                broken = watched[0].broken
                part = [tail for tail in watched[:READ_RUNS] if tail.broken is broken][: 1 if broken else None]
                taken = set(part)
                rest = [tail for tail in watched if tail not in taken]
                await self._read_tails(part, round_number)
                watched = rest
        finally:
            for tail in watched:
                self._ring(tail.run_id)

    async def _read_tails(self, tails: Sequence[Tail], round_number: int) -> None:
        """Read on in these logs, in one pipeline. What is wrong with one of them is told to its viewers alone."""
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
        """Read the logs of these runs behind their cursors; gives the pages, and what is wrong with the others."""

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
        """Answer what is asked for now: one place in each run, in one pipeline."""
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
