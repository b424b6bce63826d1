"""The frames of a log at rest: the same that a hub would send, read from wherever the log is kept now."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Awaitable, Callable, Iterator

from .compaction import compacted, contiguous
from .frames import Frame, batches, end, resync
from .page import LogPage


class Recording:
    """The whole log of a finished run, encoded once for all who read it at the same time.

    `page` holds it from its first event to its last.
    """

    def __init__(self, run_id: str, page: LogPage) -> None:
        self._run_id = run_id
        self._page = LogPage(page.log_id, [], page.first_seq, page.last_seq, page.closed, page.status, page.found)
        self._batches = batches(run_id, page.log_id, compacted(contiguous(page.events, 0)))

    def frames(self, after: int = 0, log_id: str | None = None) -> Iterator[Frame]:
        """Return the frames behind the cursor, and `end`. A reader holds one of them at a time."""
        page = self._page
        if reason := _misfit(page, after, log_id):
            yield resync(self._run_id, page.log_id, reason)
            after = 0
        for batch in self._batches:
            if batch.seq > after:
                # A copy, so that the text which is made for this reader is freed once it is sent.
                yield batch.behind(after).copy()
        yield end(self._run_id, page.last_seq, page.status)


async def replay(
    run_id: str,
    read: Callable[[int], Awaitable[LogPage]],
    *,
    after: int = 0,
    log_id: str | None = None,
) -> AsyncGenerator[Frame, None]:
    """Return the frames of a finished run behind the cursor, and `end`.

    `read(after)` returns the next stretch of its log. There is no `end` where the log turns out to be open or to have a
    hole: the reader has to ask elsewhere. What `read` raises is passed on.
    """
    page = await read(after)
    if reason := _misfit(page, after, log_id):
        yield resync(run_id, page.log_id, reason)
        after = 0
        page = await read(after)
    while page.found:
        events = compacted(contiguous(page.events, after))
        for batch in batches(run_id, page.log_id, events):
            yield batch
            after = batch.seq
        if after >= page.last_seq:
            if page.closed:
                yield end(run_id, after, page.status)
            return
        if not events:
            return
        page = await read(after)


def _misfit(page: LogPage, after: int, log_id: str | None) -> str:
    """Return why the cursor does not fit the log; "" where it does."""
    if log_id is not None and page.found and log_id != page.log_id:
        return "log_id"
    return "ahead" if page.found and after > page.last_seq else ""
