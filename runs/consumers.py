"""The socket at /ws/runs, one for all runs of a page: it takes three messages and sends the frames of runs.

Every subscription is checked by `access`, and all of them again each minute. What a slow reader has not
acknowledged is bounded: Daphne's send never waits, so without acks its memory would hold what the reader
does not take.
"""

from __future__ import annotations

import asyncio
import json
from collections import deque
from contextlib import aclosing
from importlib import import_module
from typing import Annotated, Any, Literal

import structlog
from channels.auth import get_user
from channels.consumer import get_handler_name
from channels.db import aclose_old_connections
from channels.generic.websocket import AsyncWebsocketConsumer
from django.conf import settings
from django.http import Http404
from pydantic import BaseModel, Field, TypeAdapter, ValidationError

from genisys import Frame
from runs import following
from runs.access import Person, aget_run_or_404, visible_runs
from runs.following import Cursor, follow
from runs.models import Run

MAX_MESSAGE_CHARS = 4096
MAX_SUBSCRIPTIONS = 50
WINDOW_BYTES = 256 * 1024
ACK_PATIENCE_S = 15.0
RECHECK_S = 60.0

TOO_SLOW = 4008
GOING_AWAY = 4012
SIGNED_OUT = 4401
TOO_BIG = 1009
BROKEN = 1011

NOT_THERE = "There is no such run, or it is not yours."

log = structlog.get_logger("runs.sockets")
RunId = Annotated[str, Field(min_length=1, max_length=36)]
Seq = Annotated[int, Field(ge=0, lt=2**53)]


class Subscribe(BaseModel):
    t: Literal["sub"]
    run: RunId
    after: Seq = 0
    log_id: Annotated[str, Field(max_length=64)] | None = None


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
    """What was sent to a reader and not acknowledged yet: at most WINDOW_BYTES, or one larger batch."""

    def __init__(self) -> None:
        self._sent: dict[str, deque[tuple[int, int]]] = {}
        self._bytes = 0
        self._room = asyncio.Event()

    async def take(self, run_id: str, seq: int, size: int) -> None:
        """Wait until so much may be sent, and count it. Raises ReaderTooSlow."""
        while self._bytes and self._bytes + size > WINDOW_BYTES:
            self._room.clear()
            try:
                async with asyncio.timeout(ACK_PATIENCE_S):
                    await self._room.wait()
            except TimeoutError:
                raise ReaderTooSlow from None
        self._sent.setdefault(run_id, deque()).append((seq, size))
        self._bytes += size

    def acknowledge(self, run_id: str, seq: int) -> None:
        sent = self._sent.get(run_id, deque())
        while sent and sent[0][0] <= seq:
            self._bytes -= sent.popleft()[1]
            self._room.set()

    def forget(self, run_id: str) -> None:
        """Count nothing more for a run that is no longer followed, or is followed anew from its beginning."""
        self._bytes -= sum(size for _, size in self._sent.pop(run_id, ()))
        self._room.set()


class RunsConsumer(AsyncWebsocketConsumer):
    """One socket: takes sub, unsub and ack, and sends the frames of every run it is subscribed to."""

    def __init__(self) -> None:
        super().__init__()
        self._person: Person
        self._window = Window()
        self._subscriptions: dict[str, asyncio.Task[None]] = {}
        self._checking: asyncio.Task[None] | None = None
        self._closing: asyncio.Task[None] | None = None
        self._closed = False

    async def dispatch(self, message: dict[str, Any]) -> None:
        # Channels has a thread look after database connections at every message. An ack uses none.
        await getattr(self, get_handler_name(message))(message)

    async def connect(self) -> None:
        await self.accept()
        self._person = self.scope["user"]
        if following.leaving.begun:
            await self.hang_up(GOING_AWAY)
        elif not (self._person.is_authenticated and self._person.is_active):
            await self._refuse(None, 401, "Sign in to follow runs.")
            await self.hang_up(SIGNED_OUT)
        else:
            _open.add(self)
            self._checking = asyncio.create_task(self._check_rights())

    async def disconnect(self, code: int) -> None:
        self._closed = True
        await self._stop()

    async def hang_up(self, code: int) -> None:
        """Close the socket from our side, once."""
        if not self._closed:
            self._closed = True
            await self.close(code)
            await self._stop()

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        if self._closed:
            return
        if text_data is None or len(text_data) > MAX_MESSAGE_CHARS:
            await self._refuse(None, 413, f"A message is text of at most {MAX_MESSAGE_CHARS} characters.")
            await self.hang_up(TOO_BIG)
            return
        try:
            message = _messages.validate_json(text_data)
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
        await self._unsubscribe(message.run)
        if len(self._subscriptions) >= MAX_SUBSCRIPTIONS:
            await self._refuse(message.run, 429, f"One socket follows at most {MAX_SUBSCRIPTIONS} runs.")
            return
        try:
            run = await aget_run_or_404(self._person, message.run)
        except Http404:
            await self._refuse(message.run, 404, NOT_THERE)
            return
        finally:
            await aclose_old_connections()
        cursor = Cursor(message.after, message.log_id)
        self._subscriptions[run.pk] = asyncio.create_task(self._send_frames(run, cursor))

    async def _unsubscribe(self, run_id: str) -> None:
        task = self._subscriptions.pop(run_id, None)
        if task is not None:
            await _cancelled(task)
        self._window.forget(run_id)

    async def _send_frames(self, run: Run, cursor: Cursor) -> None:
        try:
            async with aclosing(follow(run, cursor)) as frames:
                async for frame in frames:
                    await self._send_frame(frame)
                    if frame.t == "end":
                        return
            code = GOING_AWAY
        except ReaderTooSlow:
            code = TOO_SLOW
        except Exception:
            log.exception("socket.broken", run_id=run.pk)
            code = BROKEN
        self._closing = asyncio.create_task(self.hang_up(code))

    async def _send_frame(self, frame: Frame) -> None:
        text = frame.text
        if frame.t == "batch":
            await self._window.take(frame.run, frame.seq, len(text))
        elif frame.t == "resync":
            self._window.forget(frame.run)
        await self.send(text_data=text)

    async def _check_rights(self) -> None:
        """Look again and again whether this person is still signed in and may still see what they follow."""
        while True:
            await asyncio.sleep(RECHECK_S)
            self._person = await self._signed_in()
            if not (self._person.is_authenticated and self._person.is_active):
                await self._refuse(None, 401, "You are signed out.")
                self._closing = asyncio.create_task(self.hang_up(SIGNED_OUT))
                return
            followed = list(self._subscriptions)
            visible = visible_runs(self._person).filter(pk__in=followed).values_list("pk", flat=True)
            seen = {run_id async for run_id in visible}
            await aclose_old_connections()
            for run_id in followed:
                if run_id not in seen:
                    await self._unsubscribe(run_id)
                    await self._refuse(run_id, 404, NOT_THERE)

    async def _signed_in(self) -> Person:
        """Give the person of this session as the database knows them now."""
        key = self.scope["session"].session_key
        session = import_module(settings.SESSION_ENGINE).SessionStore(key)
        person: Person = await get_user({"session": session})
        return person

    async def _refuse(self, run_id: str | None, code: int, message: str) -> None:
        refusal = {"t": "error", "run": run_id, "code": code, "message": message}
        await self.send(text_data=json.dumps(refusal, separators=(",", ":")))

    async def _stop(self) -> None:
        _open.discard(self)
        tasks = [*self._subscriptions.values(), *([self._checking] if self._checking else [])]
        self._subscriptions.clear()
        for task in tasks:
            await _cancelled(task)


_open: set[RunsConsumer] = set()


async def drain() -> None:
    """Close every socket of this process with 4012: come back at once. Takes no new one."""
    following.leaving.begun = True
    for consumer in list(_open):
        await consumer.hang_up(GOING_AWAY)


async def _cancelled(task: asyncio.Task[None]) -> None:
    task.cancel()
    await asyncio.wait([task])
