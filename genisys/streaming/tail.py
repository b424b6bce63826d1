"""The end of one watched log, as the hub keeps it."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from typing import Protocol

from ..log.compaction import contiguous
from ..log.frames import BatchFrame, compact, merged, news
from ..log.page import LogPage

RING_BYTES = 1024 * 1024
"""Of a watched log so much is kept in memory."""

COMPACT_OVER = 32
"""A viewer who is more events behind than this gets them compacted."""


class Waiting(Protocol):
    """A viewer, as the tail sees it."""

    cursor: int

    def wake(self) -> None: ...


class Tail:
    """The end of one watched log: its recent batches, without a hole from `start` to `last`.

    `seen` is the last event that the log was known to have, `round` the number of the last round that read it, `key`
    this process's name for it. Only the hub's reader changes a tail; viewers read it.
    """

    def __init__(self, run_id: str, key: int) -> None:
        self.run_id = run_id
        self.key = key
        self.viewers: set[Waiting] = set()
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
        """Return the place to read from next: the tail's own end, or where the first viewers wait."""
        if self.found:
            return self.last
        return min((viewer.cursor for viewer in self.viewers), default=0)

    def absorb(self, page: LogPage, after: int, round_number: int) -> bool:
        """Add what a read behind `after` returned; return whether the log has more than that."""
        self.round, self.broken = round_number, False
        if not page.found:
            self.found = False
            self._jump(0)
            return False
        # A log that is new here, was lost, or has lost its end: what the tail holds does not lead up to the page.
        another = not self.found or page.log_id != self.log_id
        if another or (page.last_seq < self.last and not page.events):
            self._jump(after if another and page.last_seq >= after else page.last_seq)
        self.found, self.log_id, self.status, self.closed = True, page.log_id, page.status, page.closed
        events = contiguous(page.events, self.last)
        self._extend(news(self.run_id, self.log_id, self.key, events))
        self.seen = max(page.last_seq, self.last)
        # The page begins behind a hole: go on at the log's end, and let viewers fill the hole from history.
        if self.last < self.seen and (another or (page.events and not events)):
            self._jump(self.seen)
        return self.last < self.seen

    def break_off(self, round_number: int) -> None:
        """Mark the log as unreadable until a read succeeds."""
        self.round, self.broken, self.found = round_number, True, False
        self._jump(0)

    def _jump(self, seq: int) -> None:
        """Empty the tail and begin it anew at `seq`. Viewers further back read history."""
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
        """Return the next batch for a viewer whose cursor lies within the tail, before its end."""
        newest = self._frames[-1]  # The common case: a viewer who is up to date, and the news.
        if newest.first == cursor + 1:
            return newest
        backlog = self._backlogs.get(cursor)
        if backlog is None:  # Made once for all who stand here: after a pause that may be every viewer.
            backlog = self._backlogs[cursor] = self._backlog(cursor)
        return backlog

    def _backlog(self, cursor: int) -> BatchFrame:
        wanted: deque[BatchFrame] = deque()
        for frame in reversed(self._frames):
            if frame.seq <= cursor:
                break
            wanted.appendleft(frame)
        wanted[0] = wanted[0].behind(cursor)
        backlog = merged(wanted)
        return compact(backlog) if len(backlog.events) > COMPACT_OVER else backlog

    def wake(self) -> None:
        for viewer in self.viewers:
            viewer.wake()
