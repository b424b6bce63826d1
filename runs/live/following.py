"""Following runs from this process: live through its hub, finished ones from their record.

Whoever follows has been let in by `access` already. Sockets and streams both come through here; when the
process goes away, `leave` ends them all without an `end` frame, and their readers come back to another
process.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing
from dataclasses import dataclass
from typing import Any, TypeVar
from weakref import WeakKeyDictionary

import structlog

from genisys.host import Frame, Hub, LogPage, parse_cursor, replay, write_cursor
from runs.engines import engine
from runs.live.resources import release_resources
from runs.models import Run
from runs.record.recordings import recording_of
from runs.record.refused.refusals import cause_of, is_passing
from runs.record.states import run_events

READ_EVENTS, READ_BYTES = 1000, 256 * 1024
"""How much of a log in Redis is read at a time: it stays in memory while its reader does not read."""
LOOK_AGAIN_S = 1.0
T = TypeVar("T")
LAST = frozenset({"end", "error"})
"""The types of frames behind which nothing comes."""

log = structlog.get_logger("runs.live.following")


@dataclass(frozen=True, slots=True)
class Cursor:
    """How far a reader is: the last event it has, and of which log. Written `<log_id>:<seq>` or `<seq>`."""

    seq: int = 0
    log_id: str | None = None

    @classmethod
    def parse(cls, text: str) -> Cursor:
        """Read a cursor. Raises ValueError."""
        log_id, seq = parse_cursor(text)
        return cls(seq, log_id)

    def __str__(self) -> str:
        return write_cursor(self.log_id, self.seq)

    def past(self, frame: Frame) -> Cursor:
        """Return the cursor of a reader who has taken the frame."""
        return Cursor(frame.seq, frame.log_id) if frame.t in ("batch", "resync") else self


class Leaving:
    """Whether this process is on its way out: then it shows nothing more to anybody."""

    def __init__(self) -> None:
        self.begun = False


leaving = Leaving()
_hubs: WeakKeyDictionary[asyncio.AbstractEventLoop, Hub] = WeakKeyDictionary()


async def hub() -> Hub:
    """Return the hub of the running event loop, started when it is first used."""
    loop = asyncio.get_running_loop()
    if loop not in _hubs:
        _hubs[loop] = Hub(engine())
        await _hubs[loop].start()
    return _hubs[loop]


async def close_hub() -> None:
    """Stop this event loop's hub, if it has one. Views through it end without an `end` frame."""
    found = _hubs.pop(asyncio.get_running_loop(), None)
    if found is not None:
        await found.stop()


async def leave() -> None:
    """End all that is followed in this process, and take nobody new. For the process's way out."""
    leaving.begun = True
    await close_hub()


async def follow(run: Run, cursor: Cursor, taker: Callable[[Frame], bool] | None = None) -> AsyncGenerator[Frame, None]:
    """Return the run's frames behind the cursor, up to and with its `end`, or an `error` where its log cannot be read.

    It ends without either only when the process is leaving. Holds no database connection while it waits. `taker` may
    take live frames before they are yielded: see `genisys.Viewer`.
    """
    while not leaving.begun:
        if run.finished:
            async with aclosing(_recorded(run, cursor)) as frames:
                async for frame in frames:
                    cursor = cursor.past(frame)
                    yield frame
                    if frame.t in LAST:
                        return
        else:
            async with (await hub()).view(run.pk, after=cursor.seq, log_id=cursor.log_id) as viewer:
                viewer.taker = taker
                async for frame in viewer:
                    yield frame
                    if frame.t in LAST:
                        return
                    if frame.t == "ping" and viewer.cursor == 0:
                        break  # Still not there: it may have been recorded and cleared away meanwhile.
                cursor = Cursor(viewer.cursor, viewer.log_id)
        if not leaving.begun:
            await asyncio.sleep(LOOK_AGAIN_S)
            await run.arefresh_from_db(fields=["status"])
            await release_resources()


async def _recorded(run: Run, cursor: Cursor) -> AsyncGenerator[Frame, None]:
    """Return the frames of a finished run. Waits for Redis where the log is still there and Redis is away."""
    try:
        if (recording := await _patiently(recording_of, run)) is not None:
            for frame in recording.frames(cursor.seq, cursor.log_id):
                yield frame
            return

        async def read(after: int) -> LogPage:
            return await _patiently(run_events, run, after, READ_EVENTS, READ_BYTES)

        page = await read(cursor.seq)
        if not page.found:
            # The log is gone for good; what is left is the row, and readers must not come back for ever.
            yield Frame({"t": "end", "run": run.pk, "seq": cursor.seq, "status": run.status})
            return
        async with aclosing(replay(run.pk, read, after=cursor.seq, log_id=cursor.log_id)) as frames:
            async for frame in frames:
                yield frame
    except Exception as error:
        log.error("run.unreadable", run_id=run.pk, cause=cause_of(error))
        yield Frame.unreadable(run.pk)


async def _patiently(ask: Callable[..., Awaitable[T]], *arguments: Any) -> T:
    """Ask again for as long as it fails by what passes, and hold no database connection meanwhile."""
    while True:
        try:
            answer = await ask(*arguments)
        except Exception as error:
            if not is_passing(error):
                raise
            await asyncio.sleep(LOOK_AGAIN_S)
        else:
            await release_resources()
            return answer
