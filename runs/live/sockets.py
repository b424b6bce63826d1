"""The socket at /ws/runs, one for all runs of a page: it takes three messages and sends the frames of runs.

Every subscription is checked by `access`, and `viewer_slots` looks again every few seconds. What a slow reader has not
acknowledged is bounded, and so is what the server holds for one that does not read at all (the site's
`serving.flow`).
"""

from __future__ import annotations

import asyncio
import json
from collections import deque
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from contextlib import aclosing
from typing import Annotated, Any, Literal

import structlog
from channels.db import database_sync_to_async
from pydantic import BaseModel, Field, TypeAdapter, ValidationError

from genisys.host import LOG_ID, BatchFrame, Frame
from runs.access import can_see
from runs.live import following, viewer_slots
from runs.live.following import LAST, Cursor, follow
from runs.live.query_batcher import QueryBatcher
from runs.live.signed_in import person_of, session_key
from runs.live.viewer_slots import Full, ViewerSlot
from runs.models import Run
from runs.problems import Problem

MAX_MESSAGE_CHARS = 4096
MAX_SUBSCRIPTIONS = 50
WINDOW_BYTES = 256 * 1024
COUNT_TOGETHER_BYTES = 8 * 1024
"""Small batches count as one: a reader acknowledges some hundred of them at once."""
UNACKNOWLEDGED_BYTES = 32 * 1024 + COUNT_TOGETHER_BYTES
ACK_PATIENCE_S = 15.0

TOO_SLOW = 4008
GOING_AWAY = 4012
NO_SLOT = 4013
SIGNED_OUT = 4401
TOO_BIG = 1009
BROKEN = 1011

SEND_NOW = "genisys.send_now"
"""An extension of ASGI that the site's `serving.server` offers: a plain function that sends a text without waiting and
returns whether it did; False where the reader has to take something first."""

NOT_THERE = "There is no such run, or it is not yours."

log = structlog.get_logger("runs.sockets")
RunId = Annotated[str, Field(pattern=r"^[0-9a-zA-Z-]{1,36}$")]
Seq = Annotated[int, Field(ge=0, lt=2**53)]


class Subscribe(BaseModel):
    t: Literal["sub"]
    run: RunId
    after: Seq = 0
    log_id: Annotated[str, Field(pattern=f"^{LOG_ID}$")] | None = None
    brief: bool = False


class Unsubscribe(BaseModel):
    t: Literal["unsub"]
    run: RunId


class Acknowledge(BaseModel):
    t: Literal["ack"]
    run: RunId
    seq: Seq


Message = Annotated[Subscribe | Unsubscribe | Acknowledge, Field(discriminator="t")]
_messages: TypeAdapter[Subscribe | Unsubscribe | Acknowledge] = TypeAdapter(Message)


class ReaderTooSlow(Exception):
    """The reader acknowledged nothing for ACK_PATIENCE_S while its window was full."""


class Window:
    """What was sent to a reader and not acknowledged yet: WINDOW_BYTES, or one batch behind what needs no ack yet."""

    __slots__ = ("_bytes", "_room", "_sent")

    def __init__(self) -> None:
        self._sent: dict[str, deque[tuple[int, int]]] = {}
        self._bytes = 0
        self._room: asyncio.Event | None = None

    async def take(self, run_id: str, seq: int, size: int) -> None:
        """Wait until so much may be sent, and count it. Raises ReaderTooSlow."""
        while not self.has_room(size):
            self._room = self._room or asyncio.Event()
            self._room.clear()
            try:
                async with asyncio.timeout(ACK_PATIENCE_S):
                    await self._room.wait()
            except TimeoutError:
                raise ReaderTooSlow from None
        self.count(run_id, seq, size)

    def has_room(self, size: int) -> bool:
        # A reader owes no ack for its last 32 KB: what waited for that one would wait for ever.
        return self._bytes <= UNACKNOWLEDGED_BYTES or self._bytes + size <= WINDOW_BYTES

    def count(self, run_id: str, seq: int, size: int) -> None:
        self._bytes += size
        sent = self._sent.get(run_id)
        if sent is None:
            sent = self._sent[run_id] = deque()
        if sent and sent[-1][1] + size <= COUNT_TOGETHER_BYTES:
            size += sent.pop()[1]
        sent.append((seq, size))

    def acknowledge(self, run_id: str, seq: int) -> None:
        sent = self._sent.get(run_id)
        while sent and sent[0][0] <= seq:
            self._bytes -= sent.popleft()[1]
        self._wake()

    def forget(self, run_id: str) -> None:
        """Count nothing more for a run that is no longer followed, or is followed anew from its beginning."""
        self._bytes -= sum(size for _, size in self._sent.pop(run_id, ()))
        self._wake()

    def _wake(self) -> None:
        if self._room is not None:
            self._room.set()


class RunsSocket:
    """One socket: takes sub, unsub and ack, and sends the frames of every run it is subscribed to.

    Plain ASGI, without a consumer of Channels under it: there are thousands of these, and what each holds counts.
    Where the server can send without waiting (SEND_NOW), news goes out as the hub reads it.
    """

    __slots__ = (
        "__weakref__",
        "_brief",
        "_closed",
        "_send",
        "_send_now",
        "_slot",
        "_subscriptions",
        "_tasks",
        "_window",
    )

    def __init__(self, scope: dict[str, Any], send: Callable[[dict[str, Any]], Awaitable[None]]) -> None:
        self._send = send
        self._send_now: Callable[[str], bool] | None = scope.get("extensions", {}).get(SEND_NOW, {}).get("send")
        self._slot: ViewerSlot | None = None
        self._window = Window()
        self._brief: dict[str, bool] = {}
        """The runs of which this reader wants news in brief: whether it knows their keys."""
        self._subscriptions: dict[str, asyncio.Task[None]] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._closed = False

    async def run(self, scope: dict[str, Any], receive: Callable[[], Awaitable[dict[str, Any]]]) -> None:
        """Serve the socket to its end."""
        try:
            while (message := await receive())["type"] != "websocket.disconnect":
                if message["type"] == "websocket.connect":
                    await self._connect(scope)
                elif not self._closed:
                    await self._hear(message.get("text"))
        finally:
            self._closed = True
            await self._stop()

    async def _connect(self, scope: dict[str, Any]) -> None:
        key = session_key(scope)
        person = await person_of(key)
        if following.leaving.begun:
            await self._accept()
            await self.hang_up(GOING_AWAY)
        elif person is None:
            await self._accept()
            await self._refuse(None, 401, "Sign in to follow runs.")
            await self.hang_up(SIGNED_OUT)
        else:
            try:
                self._slot = viewer_slots.take(person, session_key=key, on_lost=self._lost)
            except Full as full:
                await self._turn_away(full, "websocket.http.response" in scope.get("extensions", {}))
            else:
                _open.add(self)
                await self._accept()

    async def _accept(self) -> None:
        await self._send({"type": "websocket.accept"})

    async def _turn_away(self, full: Full, as_http: bool) -> None:
        """Say that no slot is free: by the handshake's status where the server can, else over the socket."""
        if not as_http:
            await self._accept()
            await self._refuse(None, 503, str(full), retry_after=full.retry_after_s)
            await self.hang_up(NO_SLOT)
            return
        self._closed = True
        response = Problem(503, str(full), headers={"Retry-After": str(full.retry_after_s)}).response()
        headers = [(name.lower().encode(), value.encode()) for name, value in response.items()]
        await self._send({"type": "websocket.http.response.start", "status": 503, "headers": headers})
        await self._send({"type": "websocket.http.response.body", "body": response.content})

    async def hang_up(self, code: int) -> None:
        """Close the socket from our side, once."""
        if not self._closed:
            self._closed = True
            await self._send({"type": "websocket.close", "code": code})
            await self._stop()

    async def _hear(self, text: str | None) -> None:
        if text is None or len(text) > MAX_MESSAGE_CHARS:
            await self._refuse(None, 413, f"A message is text of at most {MAX_MESSAGE_CHARS} characters.")
            await self.hang_up(TOO_BIG)
            return
        try:
            message = _messages.validate_json(text)
        except ValidationError:
            await self._refuse(None, 400, "A message is JSON: sub, unsub or ack, with the run's id.")
            return
        if isinstance(message, Acknowledge):
            self._window.acknowledge(message.run, message.seq)
        elif isinstance(message, Unsubscribe):
            await self._unsubscribe(message.run)
        else:
            await self._subscribe(message)

    async def _subscribe(self, message: Subscribe) -> None:
        assert self._slot is not None
        await self._unsubscribe(message.run)
        if len(self._subscriptions) >= MAX_SUBSCRIPTIONS:
            await self._refuse(message.run, 429, f"One socket follows at most {MAX_SUBSCRIPTIONS} runs.")
            return
        run = await _found.ask(message.run)
        if run is None or not can_see(self._slot.person, run):
            await self._refuse(message.run, 404, NOT_THERE)
            return
        self._slot.runs.add(run.pk)
        if message.brief:
            self._brief[run.pk] = False
        cursor = Cursor(message.after, message.log_id)
        self._subscriptions[run.pk] = asyncio.create_task(self._send_frames(run, cursor))

    async def _unsubscribe(self, run_id: str) -> None:
        task = self._subscriptions.pop(run_id, None)
        if task is not None:
            await _cancelled(task)
        self._window.forget(run_id)
        self._brief.pop(run_id, None)
        if self._slot is not None:
            self._slot.runs.discard(run_id)

    async def _send_frames(self, run: Run, cursor: Cursor) -> None:
        try:
            async with aclosing(follow(run, cursor, self._take if self._send_now else None)) as frames:
                async for frame in frames:
                    await self._send_frame(frame)
                    if frame.t in LAST:
                        self._over(run.pk)
                        return
            code = GOING_AWAY
        except ReaderTooSlow:
            code = TOO_SLOW
        except Exception:
            log.exception("socket.broken", run_id=run.pk)
            code = BROKEN
        self._later(self.hang_up(code))

    def _over(self, run_id: str) -> None:
        """Drop a run that has ended from those that this socket follows."""
        if self._subscriptions.get(run_id) is asyncio.current_task():
            del self._subscriptions[run_id]
            if self._slot is not None:
                self._slot.runs.discard(run_id)

    def _take(self, frame: Frame) -> bool:
        """Send news at once, as long as the reader keeps up."""
        if frame.t != "batch" or self._closed or self._send_now is None:
            return False
        text = self._text_of(frame)
        if not self._window.has_room(len(text)) or not self._send_now(text):
            return False
        self._window.count(frame.run, frame.seq, len(text))
        return True

    async def _send_frame(self, frame: Frame) -> None:
        text = self._text_of(frame)
        if frame.t == "batch":
            await self._window.take(frame.run, frame.seq, len(text))
        elif frame.t == "resync":
            self._window.forget(frame.run)
        if frame.run in self._brief and frame.t in ("live", "resync"):
            self._brief[frame.run] = frame.t == "live"
        await self._send({"type": "websocket.send", "text": text})

    def _text_of(self, frame: Frame) -> str:
        if isinstance(frame, BatchFrame) and self._brief.get(frame.run):
            return frame.brief
        return frame.text

    def _lost(self, runs: set[str] | None) -> None:
        """Stop showing what may no longer be seen. Called by `viewer_slots`."""
        self._later(self._lose(runs))

    async def _lose(self, runs: set[str] | None) -> None:
        if runs is None:
            await self._refuse(None, 401, "You are signed out.")
            await self.hang_up(SIGNED_OUT)
            return
        for run_id in runs:
            await self._unsubscribe(run_id)
            await self._refuse(run_id, 404, NOT_THERE)

    async def _refuse(self, run_id: str | None, code: int, message: str, **more: Any) -> None:
        refusal = {"t": "error", "run": run_id, "code": code, "message": message, **more}
        await self._send({"type": "websocket.send", "text": json.dumps(refusal, separators=(",", ":"))})

    def _later(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _stop(self) -> None:
        _open.discard(self)
        if self._slot is not None:
            self._slot.leave()
        tasks = list(self._subscriptions.values())
        self._subscriptions.clear()
        for task in tasks:
            await _cancelled(task)


async def runs_socket(scope: Any, receive: Any, send: Any) -> Any:
    """The ASGI application at /ws/runs."""
    await RunsSocket(scope, send).run(scope, receive)


@database_sync_to_async  # type: ignore[untyped-decorator]
def _find(run_ids: Sequence[str]) -> dict[str, Run]:
    return Run.objects.select_related("owner").in_bulk(run_ids)


_found: QueryBatcher[str, Run] = QueryBatcher(_find)
_open: set[RunsSocket] = set()


async def drain() -> None:
    """Close every socket of this process with 4012: come back at once. Takes no new one."""
    following.leaving.begun = True
    for consumer in list(_open):
        await consumer.hang_up(GOING_AWAY)


async def _cancelled(task: asyncio.Task[None]) -> None:
    task.cancel()
    await asyncio.wait([task])
