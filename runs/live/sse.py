"""A run's frames over plain HTTP: Server-Sent Events (WHATWG HTML, 9.2) and NDJSON, one frame a line.

A stream ends behind its `end` frame, when the process leaves, or after MAX_BYTES or MAX_AGE_S: there are no
acks here, so having readers come back with their cursor is what bounds a slow reader's queue.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncGenerator, Callable, Iterator
from contextlib import aclosing
from typing import Any

from django.http import HttpRequest, StreamingHttpResponse

from genisys.host import Frame
from runs.accounts.tokens import Caller
from runs.live import following, viewer_slots
from runs.live.following import Cursor, follow
from runs.live.resources import release_resources
from runs.models import Run
from runs.problems import Problem

EVENT_STREAM = "text/event-stream"
NDJSON = "application/x-ndjson"
JSON = "application/json"

MAX_BYTES = 16 * 1024 * 1024
MAX_AGE_S = 600.0
RETRY_MS = (500, 3_000)
PIECE_CHARS = 32 * 1024

Form = tuple[str, str, str]
"""A frame as it is sent: what stands before its text, the text, and what stands behind it."""

_HEADERS = {
    "Cache-Control": "no-cache, no-transform",
    "Content-Encoding": "identity",
    "X-Accel-Buffering": "no",
    "Vary": "Accept, Authorization, Cookie",
}


def preferred_form(request: HttpRequest) -> str:
    """Return what the client wants to have: JSON, or a stream in one of two forms. Raises a 406 problem."""
    wanted = request.get_preferred_type([JSON, EVENT_STREAM, NDJSON])
    if wanted is None:
        raise Problem(406, f"This is given as {JSON}, {EVENT_STREAM} or {NDJSON}.")
    return wanted


def also_streamed(status: int) -> dict[str, Any]:
    """Return what the description of an operation has to add where its answer may be a stream too."""
    frames = {
        EVENT_STREAM: {
            "schema": {"type": "string", "description": "One frame an event; `id` is the cursor behind it."}
        },
        NDJSON: {"schema": {"type": "string", "description": "One frame a line."}},
    }
    return {"responses": {status: {"content": frames}}}


async def stream(caller: Caller, run: Run, cursor: Cursor, media_type: str) -> StreamingHttpResponse:
    """Return the response that follows the run in one of the two forms. Holds no database connection.

    Raises a 503 problem where no slot is free.
    """
    await release_resources()
    form = _event if media_type == EVENT_STREAM else _line
    # How soon EventSource comes back: not all readers of a process that left in the same moment.
    first = f"retry: {random.randint(*RETRY_MS)}\n\n" if media_type == EVENT_STREAM else ""  # noqa: S311 - jitter
    body = _Body(caller, run, cursor, form, first)
    return StreamingHttpResponse(body, content_type=media_type, headers=_HEADERS)


async def drain() -> None:
    """End every stream of this process, without an `end` frame, and take no new one."""
    await following.leave()


class _Body:
    """What one response sends. Its slot is taken at once, so that the answer can still be a refusal."""

    def __init__(
        self, caller: Caller, run: Run, cursor: Cursor, form: Callable[[Frame, Cursor], Form], first: str
    ) -> None:
        self._run = run
        self._cursor = cursor
        self._form = form
        self._first = first
        self._may_see = True
        self._waiting: asyncio.Timeout | None = None
        try:
            self._slot = viewer_slots.take(
                caller.user, session_key=caller.session_key, token_id=caller.token_id, on_lost=self._lose
            )
        except viewer_slots.Full as full:
            raise Problem(503, str(full), headers={"Retry-After": str(full.retry_after_s)}) from None
        self._slot.runs.add(run.pk)

    def _lose(self, runs: set[str] | None) -> None:
        self._may_see = False
        if self._waiting is not None:
            self._waiting.reschedule(asyncio.get_running_loop().time())

    def close(self) -> None:
        """Give up the slot of a response that was never sent. Django calls it behind every response."""
        self._slot.leave()

    async def __aiter__(self) -> AsyncGenerator[bytes, None]:
        loop = asyncio.get_running_loop()
        until = loop.time() + MAX_AGE_S * random.uniform(0.8, 1.2)  # noqa: S311 - jitter
        sent = 0
        try:
            if self._first:
                yield self._first.encode()
            async with aclosing(follow(self._run, self._cursor)) as frames:
                while sent <= MAX_BYTES and loop.time() <= until and self._may_see:
                    frame = await self._next(frames)
                    if frame is None or not self._may_see:
                        return
                    self._cursor = self._cursor.past(frame)
                    for part in _parts(*self._form(frame, self._cursor)):
                        yield part
                        sent += len(part)
        finally:
            self._slot.leave()

    async def _next(self, frames: AsyncGenerator[Frame, None]) -> Frame | None:
        """Return the next frame; None where there is none, or where the right to see it went meanwhile."""
        try:
            async with asyncio.timeout(None) as self._waiting:
                return await anext(frames, None)
        except TimeoutError:
            if self._may_see:
                raise
            return None
        finally:
            self._waiting = None


def _event(frame: Frame, cursor: Cursor) -> Form:
    return f"id: {cursor}\nevent: {frame.t}\ndata: ", frame.text, "\n\n"


def _line(frame: Frame, cursor: Cursor) -> Form:
    return "", frame.text, "\n"


def _parts(before: str, text: str, after: str) -> Iterator[bytes]:
    """Encode a frame a piece at a time: its text is shared by all who get it, and only the piece is this reader's."""
    if len(text) <= PIECE_CHARS:
        yield f"{before}{text}{after}".encode()
        return
    yield before.encode()
    for start in range(0, len(text), PIECE_CHARS):
        yield text[start : start + PIECE_CHARS].encode()
    yield after.encode()
