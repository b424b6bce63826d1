"""A run's frames over plain HTTP: Server-Sent Events (WHATWG HTML, 9.2) and NDJSON, one frame a line.

A stream ends behind its `end` frame, when the process leaves, or after MAX_BYTES or MAX_AGE_S: there are no
acks here, so coming back with one's cursor is what holds a slow reader's queue down.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing

from channels.db import aclose_old_connections
from django.http import StreamingHttpResponse

from genisys import Frame
from runs import following
from runs.following import Cursor, follow
from runs.models import Run

EVENT_STREAM = "text/event-stream"
NDJSON = "application/x-ndjson"

MAX_BYTES = 16 * 1024 * 1024
MAX_AGE_S = 600.0
RETRY_MS = (500, 3_000)

_HEADERS = {
    "Cache-Control": "no-cache, no-transform",
    "Content-Encoding": "identity",
    "X-Accel-Buffering": "no",
    "Vary": "Accept, Authorization, Cookie",
}


async def stream(run: Run, cursor: Cursor, media_type: str) -> StreamingHttpResponse:
    """Give the response that follows the run in one of the two forms. Holds no database connection."""
    await aclose_old_connections()
    encode = _event if media_type == EVENT_STREAM else _line
    # How soon EventSource comes back: not all readers of a process that left in the same moment.
    first = f"retry: {random.randint(*RETRY_MS)}\n\n" if media_type == EVENT_STREAM else ""  # noqa: S311 - jitter
    return StreamingHttpResponse(_body(run, cursor, encode, first), content_type=media_type, headers=_HEADERS)


async def drain() -> None:
    """End every stream of this process, without an `end` frame, and take no new one."""
    await following.leave()


async def _body(
    run: Run, cursor: Cursor, encode: Callable[[Frame, Cursor], str], first: str
) -> AsyncGenerator[bytes, None]:
    if first:
        yield first.encode()
    loop = asyncio.get_running_loop()
    until = loop.time() + MAX_AGE_S * random.uniform(0.8, 1.2)  # noqa: S311 - jitter
    sent = 0
    async with aclosing(follow(run, cursor)) as frames:
        async for frame in frames:
            cursor = cursor.past(frame)
            encoded = encode(frame, cursor).encode()
            yield encoded
            sent += len(encoded)
            if sent > MAX_BYTES or loop.time() > until:
                return


def _event(frame: Frame, cursor: Cursor) -> str:
    return f"id: {cursor}\nevent: {frame.t}\ndata: {frame.text}\n\n"


def _line(frame: Frame, cursor: Cursor) -> str:
    return frame.text + "\n"
