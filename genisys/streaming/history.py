"""The older part of a log, as viewers who are far back read it."""

from __future__ import annotations

from bisect import bisect_right

from ..log import frames
from ..log.compaction import compacted, contiguous, first_seq
from ..log.fold import State
from ..log.frames import BatchFrame
from ..log.page import LogPage

NOTHING = LogPage("", [], first_seq=0, last_seq=0, closed=False, status="", found=False)


class History:
    """A stretch of a log behind a cursor, encoded once for all viewers at that cursor.

    Where it begins too late, `snapshot` is the state of the run behind the hole, if there is one. `broken` is True
    where it cannot be read.
    """

    broken = False

    def __init__(self, run_id: str, page: LogPage, after: int, snapshot: State | None = None) -> None:
        first = first_seq(page.events[0]) if page.events else 0
        # Where the page begins behind a hole, it is taken from there on: viewers see the hole by the numbers.
        events = compacted(contiguous(page.events, max(after, first - 1)))
        self.log_id = page.log_id
        self.frames = frames.batches(run_id, page.log_id, events)
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
