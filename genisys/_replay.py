"""The frames of a log at rest: the same that a hub would send, read from wherever the log is kept now."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Awaitable, Callable

from . import _wire
from ._compact import compacted, contiguous
from ._records import LogPage
from ._wire import Frame


async def replay(
    run_id: str,
    read: Callable[[int], Awaitable[LogPage]],
    *,
    after: int = 0,
    log_id: str | None = None,
) -> AsyncGenerator[Frame, None]:
    """Give the frames of a finished run behind the cursor, and `end`.

    `read(after)` gives the next stretch of its log. Without an `end` where the log turns out to be open or
    to have a hole: the reader has to ask elsewhere. What `read` raises goes on.
    """
    page = await read(after)
    if log_id is not None and page.found and log_id != page.log_id:
        reason = "log_id"
    else:
        reason = "ahead" if page.found and after > page.last_seq else ""
    if reason:
        yield _wire.resync(run_id, page.log_id, reason)
        after = 0
        page = await read(after)
    while page.found:
        events = compacted(contiguous(page.events, after))
        for batch in _wire.batches(run_id, page.log_id, events):
            yield batch
            after = batch.seq
        if after >= page.last_seq:
            if page.closed:
                yield _wire.end(run_id, after, page.status)
            return
        if not events:
            return
        page = await read(after)
