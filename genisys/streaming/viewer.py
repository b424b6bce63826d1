"""One reader of one run, over what the hub has read."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Protocol

from ..log import frames
from ..log.fold import State
from ..log.frames import BatchFrame, Frame
from .history import History
from .tail import Tail


class Reads(Protocol):
    """What a viewer needs of the hub."""

    stopped: bool

    def ask(self, tail: Tail) -> int:
        """Have the tail read again; return the number of the first round that begins after this call."""
        ...

    async def history(self, run_id: str, log_id: str, after: int) -> History:
        """Read the log behind `after`."""
        ...


class Viewer:
    """One reader of one run: an async iterator of frames. Get it from `Hub.view`.

    Events come strictly one after another from the cursor on, or after a `resync` from the beginning. It ends after
    `end`, or after an `error` where the log cannot be read; without either when the hub stops or the log has left
    Redis, and then the reader has to ask elsewhere. Safe to cancel while it waits: nothing is lost, and it can be
    iterated again.

    While the iterator is being awaited, `taker` (where there is one) is called with each frame as soon as it is read,
    and returns whether it took it. It must not block. Frames that it does not take, or fails at, come out of the
    iterator. So news reaches a thousand sockets without waking a thousand tasks.
    """

    def __init__(self, hub: Reads, tail: Tail, cursor: int, log_id: str | None, ping_s: float) -> None:
        self.cursor = cursor
        self.log_id = log_id
        self._hub = hub
        self._tail = tail
        self._ping_s = ping_s
        self._woken = asyncio.Event()
        self._reading: History | None = None
        self._fresh_round = hub.ask(tail)  # what the tail knows from before this round may be old
        self._knows_log = cursor > 0 or log_id is not None
        self._hole: History | None = None
        self._broken = False
        self._past_hole = False
        self._sent_live = False
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
                taken = False  # the iterator yields it, and its reader meets the same error where it can handle it
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
                if self._held is None:  # Else a frame came in the same moment, and the cursor counts it already.
                    return frames.ping(self._tail.run_id, self.cursor)

    def _next(self) -> Frame | None:
        """Return the frame to send next by what is known now, or None where there is none (yet)."""
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
            # A log that was there and is gone has been archived; one never seen may still be made.
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
            # The history is newer than the tail: only a new read of the tail may find this cursor to be ahead.
            self._fresh_round = self._hub.ask(self._tail)
        return batch

    def _caught_up(self) -> Frame | None:
        if self._tail.closed:
            self._done = True
            return frames.end(self._tail.run_id, self.cursor, self._tail.status)
        if self._sent_live:
            return None
        self._sent_live = True
        return frames.live(self._tail.run_id, self.cursor, self._tail.log_id, self._tail.key)

    def _resync(self, reason: str, state: State | None = None) -> Frame:
        self.cursor = 0 if state is None else state["seq"]
        self.log_id = self._tail.log_id
        self._sent_live = False
        return frames.resync(self._tail.run_id, self.log_id, reason, state)

    async def _more(self) -> None:
        """Wait until `_next` may know more: for the tail, or for history where the tail begins after the cursor."""
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
