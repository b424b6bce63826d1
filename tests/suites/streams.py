"""The Durable Streams protocol over our log: an ASGI application for that protocol's public conformance suite.

What the suite measures here is ours: `Store` writes and reads the log and gives the numbers that are the offsets, and
`Hub` brings what is new to long polls and event streams. What the protocol wants besides, and no run has (content
types, lifetimes, a writer's own sequence, headers), is checked here and kept in the fields of the run's `meta`, written
in the same step as the events. Forks and subscriptions have no counterpart in a log and are left out.

Source: the Durable Streams Protocol, draft 1.0 (github.com/durable-streams/durable-streams, PROTOCOL.md).
"""

from __future__ import annotations

import asyncio
import base64
import json
import random
import re
import time
from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import aclosing
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import parse_qsl

from genisys.host import Engine, Frame, Hub, new_run_id
from genisys.testing.redis import NotWritten, make_run, run_key, write

PATHS = "conformance:paths"
LONG_POLL_S = 4.0
STREAM_S = 60.0
PAGE_BYTES = 64 * 1024
MOST_BYTES = 4_000_000
CURSOR_EPOCH_S, CURSOR_INTERVAL_S = 1_728_432_000, 20
LARGEST = 2**53 - 1

Message = dict[str, Any]
Send = Callable[[Message], Awaitable[None]]
CLOSED: Message = {"type": "stream.closed", "at": 0}

_ALWAYS = {
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Resource-Policy": "cross-origin",
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Expose-Headers": "*",
}
_PREFLIGHT = {
    "Access-Control-Allow-Methods": "GET, HEAD, PUT, POST, DELETE, OPTIONS",
    "Access-Control-Allow-Headers": "Content-Type, If-None-Match, Stream-Seq, Stream-TTL, Stream-Expires-At, "
    "Stream-Closed, Producer-Id, Producer-Epoch, Producer-Seq",
}


class Answer(Exception):
    """Ends a request with this answer."""

    def __init__(self, status: int, headers: dict[str, str] | None = None, body: bytes = b"") -> None:
        super().__init__(status)
        self.status = status
        self.headers = headers or {}
        self.body = body


def wrong(why: str) -> Answer:
    return Answer(400, {"Content-Type": "text/plain"}, why.encode())


@dataclass(frozen=True)
class Request:
    method: str
    path: str
    query: list[tuple[str, str]]
    headers: dict[str, str]
    body: bytes

    def wanted(self, name: str) -> str | None:
        """Return a query parameter, which may stand there once."""
        given = [value for key, value in self.query if key == name]
        if len(given) > 1:
            raise wrong(f"{name} is given twice")
        return given[0] if given else None

    @property
    def closes(self) -> bool:
        return self.headers.get("stream-closed", "").lower() == "true"


@dataclass(frozen=True)
class Stream:
    """A stream as `meta` has it."""

    run_id: str
    type: str
    ttl: str
    expires: str
    until_ms: int
    last_seq: int
    closed: bool
    fields: dict[str, str] = field(repr=False)

    @property
    def json(self) -> bool:
        return self.type == "application/json"

    @property
    def text(self) -> bool:
        return self.json or self.type.startswith("text/")

    def place(self) -> dict[str, str]:
        return {"Stream-Next-Offset": offset(self.last_seq), **({"Stream-Closed": "true"} if self.closed else {})}


@dataclass(frozen=True)
class Page:
    """A stretch of a stream: its messages behind `after`, up to and with `seq`."""

    messages: list[bytes]
    after: int
    seq: int
    up_to_date: bool
    closed: bool


def offset(seq: int) -> str:
    return f"{seq:016d}"


class Streams:
    """The application. One per process and event loop."""

    def __init__(self, redis_url: str) -> None:
        self._url = redis_url
        self._starting: asyncio.Task[None] | None = None
        self._locks: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)
        self._engine: Engine
        self._hub: Hub

    async def _start(self) -> None:
        self._engine = Engine(self._url)
        await self._engine.connect()
        self._hub = Hub(self._engine)
        await self._hub.start()

    async def __call__(self, scope: Message, receive: Callable[[], Awaitable[Message]], send: Send) -> None:
        if scope["type"] != "http":
            raise ValueError(f"only HTTP is served here, not {scope['type']}")
        self._starting = self._starting or asyncio.ensure_future(self._start())
        await asyncio.shield(self._starting)
        body = b""
        while True:
            message = await receive()
            body += message.get("body", b"")
            if not message.get("more_body"):
                break
        query = parse_qsl(scope["query_string"].decode(), keep_blank_values=True)
        headers = {name.decode().lower(): value.decode("latin-1") for name, value in scope["headers"]}
        request = Request(scope["method"], scope["path"], query, headers, body)
        answering = asyncio.ensure_future(self._answer(request, send))
        gone = asyncio.ensure_future(receive())  # nothing comes behind the body but http.disconnect
        await asyncio.wait({answering, gone}, return_when=asyncio.FIRST_COMPLETED)
        gone.cancel()
        if answering.done():
            answering.result()
        else:
            answering.cancel()
            await asyncio.wait({answering})

    async def _answer(self, request: Request, send: Send) -> None:
        try:
            await self._answered(request, send)
        except Answer as answer:
            await _send(send, answer)

    async def _answered(self, request: Request, send: Send) -> None:
        if request.method == "OPTIONS":
            raise Answer(204, _PREFLIGHT)
        if request.method == "PUT":
            async with self._locks[request.path]:
                raise await self._create(request)
        if request.method not in ("GET", "HEAD", "POST", "DELETE"):
            raise Answer(405)
        stream = await self._found(request.path, touch=request.method in ("GET", "POST"))
        if stream is None:
            raise Answer(404)
        if request.method == "DELETE":
            await self._forget(request.path, stream.run_id)
            raise Answer(204)
        if request.method == "HEAD":
            raise Answer(200, {**_told(stream), **stream.place(), "Cache-Control": "no-store"})
        if request.method == "POST":
            async with self._locks[request.path]:
                # What was read before the lock may be old; what the log itself decides needs no lock.
                raise await self._append(request, await self._found(request.path) or stream)
        await self._read(request, stream, send)

    # Streams

    async def _found(self, path: str, *, touch: bool = False) -> Stream | None:
        redis = self._engine.store._redis
        run_id = await redis.hget(PATHS, path)
        if run_id is None:
            return None
        raw = await redis.hgetall(run_key(run_id.decode(), "meta"))
        fields = {name.decode(): value.decode() for name, value in raw.items()}
        now_ms = int(time.time() * 1000)
        until_ms = int(fields["ds_until_ms"])
        if until_ms and now_ms >= until_ms:
            await self._forget(path, run_id.decode())
            return None
        if touch and fields["ds_ttl"]:
            until_ms = now_ms + 1000 * int(fields["ds_ttl"])
            await redis.hset(run_key(run_id.decode(), "meta"), "ds_until_ms", until_ms)
        return Stream(
            run_id.decode(),
            fields["ds_type"],
            fields["ds_ttl"],
            fields["ds_expires"],
            until_ms,
            int(fields["last_seq"]),
            fields["closed"] == "1",
            fields,
        )

    async def _forget(self, path: str, run_id: str) -> None:
        await self._engine.store._redis.hdel(PATHS, path)
        await self._engine.store.expire(run_id, 0)
        await self._engine.store.forget_due(run_id)

    async def _create(self, request: Request) -> Answer:
        kind = _type(request.headers.get("content-type") or "application/octet-stream")
        ttl, expires = request.headers.get("stream-ttl", ""), request.headers.get("stream-expires-at", "")
        until_ms = _until_ms(ttl, expires)
        found = await self._found(request.path)
        if found is not None:
            same = (found.type, found.ttl, found.expires, found.closed) == (kind, ttl, expires, request.closes)
            return Answer(200 if same else 409, {**_told(found), **found.place()})
        messages = _messages(kind, request.body, creating=True)
        run_id = new_run_id()
        config = {"ds_type": kind, "ds_ttl": ttl, "ds_expires": expires, "ds_until_ms": str(until_ms)}
        events = [{"type": "stream.created", "at": 0}, *messages]
        await make_run(self._engine, "conformance", run_id=run_id, events=events, status="", **config)
        if request.closes:
            await write(self._engine, run_id, [CLOSED], status="completed")
        await self._engine.store._redis.hset(PATHS, request.path, run_id)
        made = await self._found(request.path)
        assert made is not None
        address = f"http://{request.headers.get('host', '')}{request.path}"
        return Answer(201, {**_told(made), **made.place(), "Location": address})

    # Writing

    async def _append(self, request: Request, stream: Stream) -> Answer:
        producer = Producer.of(request.headers)
        if not request.body and not request.closes:
            raise wrong("an empty body appends nothing")
        if len(request.body) > MOST_BYTES:
            raise Answer(413)
        if producer is not None:
            producer.check(stream)
        if stream.closed:
            return Answer(204 if not request.body else 409, stream.place())
        messages: list[Message] = []
        if request.body:
            if "content-type" not in request.headers:
                raise wrong("what the body is has to be said")
            if _type(request.headers["content-type"]) != stream.type:
                raise Answer(409)
            messages = _messages(stream.type, request.body)
        meta = {} if producer is None else producer.fields(closing=request.closes)
        seq = request.headers.get("stream-seq")
        if seq is not None:
            if seq.encode() <= stream.fields.get("ds_seq", "").encode():
                raise Answer(409)
            meta["ds_seq"] = seq
        ending = {"events": [*messages, CLOSED], "status": "completed"} if request.closes else {"events": messages}
        try:
            last_seq = await write(self._engine, stream.run_id, **ending, fields=meta)
        except NotWritten as refused:
            if refused.code != "closed":
                raise
            return Answer(409, {"Stream-Next-Offset": offset(refused.last_seq), "Stream-Closed": "true"})
        place = {"Stream-Next-Offset": offset(last_seq)}
        if request.closes:
            place["Stream-Closed"] = "true"
        return Answer(
            204 if producer is None or not messages else 200, {**place, **(producer.told() if producer else {})}
        )

    # Reading

    async def _read(self, request: Request, stream: Stream, send: Send) -> None:
        given, live = request.wanted("offset"), request.wanted("live")
        if live not in (None, "long-poll", "sse"):
            raise wrong("live is long-poll or sse")
        if given is None and live:
            raise wrong("a live read needs an offset")
        if given is not None and not re.fullmatch(r"-1|now|\d{16}", given, re.ASCII):
            raise wrong("this is no offset of ours")
        after = {None: 0, "-1": 0, "now": stream.last_seq}.get(
            given, 0 if given in (None, "-1", "now") else int(given or 0)
        )
        cursor = request.wanted("cursor") or ""
        if live == "sse":
            await self._stream(stream, after, cursor, send)
        elif live == "long-poll":
            raise await self._polled(stream, after, cursor)
        else:
            raise await self._caught_up(stream, after, request.headers.get("if-none-match"), now=given == "now")

    async def _page(self, stream: Stream, after: int) -> Page:
        found = await self._engine.store.read(stream.run_id, after, 200)
        messages: list[bytes] = []
        size, seq = 0, after
        for event in found.events:
            if messages and size > PAGE_BYTES:
                break
            seq = event["seq"]
            if (message := _message(stream, event)) is not None:
                messages.append(message)
                size += len(message)
        up_to_date = seq >= found.last_seq
        return Page(messages, after, seq, up_to_date, found.closed and up_to_date)

    async def _caught_up(self, stream: Stream, after: int, known: str | None, *, now: bool) -> Answer:
        page = await self._page(stream, after)
        headers = {"Content-Type": stream.type, **_at(page)}
        if now:
            return Answer(200, {**headers, "Cache-Control": "no-store"}, _body(stream, []))
        tag = f'"{stream.run_id}:{after}:{page.seq}{":c" if page.closed else ""}"'
        headers |= {"ETag": tag, "Cache-Control": "private, max-age=60, stale-while-revalidate=300"}
        return Answer(304, headers) if known == tag else Answer(200, headers, _body(stream, page.messages))

    async def _polled(self, stream: Stream, after: int, cursor: str) -> Answer:
        """Answer with what there is, or with the first thing that comes, or with nothing after a while."""
        page = await self._page(stream, after)
        if not page.messages and not page.closed:
            try:
                async with asyncio.timeout(LONG_POLL_S), self._hub.view(stream.run_id, after=page.seq) as viewer:
                    async for frame in viewer:
                        if frame.t in ("batch", "end"):
                            break
            except TimeoutError:
                pass
            page = await self._page(stream, page.seq)
        headers = {"Content-Type": stream.type, **_at(page)}
        if not page.closed:
            headers["Stream-Cursor"] = next_cursor(cursor)
        return Answer(200, headers, _body(stream, page.messages)) if page.messages else Answer(204, headers)

    async def _stream(self, stream: Stream, after: int, cursor: str, send: Send) -> None:
        headers = {"Content-Type": "text/event-stream", "Cache-Control": "no-cache"}
        if not stream.text:
            headers["Stream-SSE-Data-Encoding"] = "base64"
        await send({"type": "http.response.start", "status": 200, "headers": _encoded(headers)})
        async with asyncio.timeout(STREAM_S + 5), aclosing(self._events(stream, after, cursor)) as events:
            async for event in events:
                await send({"type": "http.response.body", "body": event, "more_body": True})
        await send({"type": "http.response.body", "body": b""})

    async def _events(self, stream: Stream, after: int, cursor: str) -> AsyncIterator[bytes]:
        until, told = time.monotonic() + STREAM_S, -1
        async with self._hub.view(stream.run_id, after=after) as viewer:
            async for frame in viewer:
                messages = _new(stream, frame)
                state = await self._engine.store.meta(stream.run_id)
                if state is None or frame.t == "resync":
                    return  # deleted, or not where the reader believes it to be: it has to ask anew
                up_to_date = frame.seq >= state.last_seq
                over = up_to_date and state.closed
                if messages:
                    yield _event("data", _payload(stream, messages))
                if messages or over or (frame.t == "live" and told < frame.seq):
                    told = frame.seq
                    control: dict[str, Any] = {"streamNextOffset": offset(frame.seq)}
                    if not over:
                        control["streamCursor"] = next_cursor(cursor)
                    if up_to_date:
                        control["upToDate"] = True
                    if over:
                        control["streamClosed"] = True
                    yield _event("control", json.dumps(control, separators=(",", ":")))
                if over or time.monotonic() > until:
                    return


@dataclass(frozen=True)
class Producer:
    """Who appends, by the three headers, and what was said last in that name."""

    id: str
    epoch: int
    seq: int

    @classmethod
    def of(cls, headers: dict[str, str]) -> Producer | None:
        given = [headers.get(f"producer-{part}") for part in ("id", "epoch", "seq")]
        if all(each is None for each in given):
            return None
        name, *numbers = given
        if not name or any(each is None or not re.fullmatch(r"\d{1,16}", each, re.ASCII) for each in numbers):
            raise wrong("a producer gives its id, epoch and seq together")
        epoch, seq = (int(each or 0) for each in numbers)
        if max(epoch, seq) > LARGEST:
            raise wrong("a producer's numbers are at most 2^53 - 1")
        return cls(name, epoch, seq)

    @property
    def _field(self) -> str:
        return f"ds_producer_{self.id}"

    def fields(self, *, closing: bool) -> dict[str, str]:
        said = f"{self.epoch}:{self.seq}"
        return {self._field: said, **({"ds_closed_by": f"{self.id}\0{said}"} if closing else {})}

    def told(self, seq: int | None = None) -> dict[str, str]:
        return {"Producer-Epoch": str(self.epoch), "Producer-Seq": str(self.seq if seq is None else seq)}

    def check(self, stream: Stream) -> None:
        """Raise the answer where this append is old, a zombie's, out of turn, or to a closed stream."""
        said = stream.fields.get(self._field)
        if stream.closed:
            mine = stream.fields.get("ds_closed_by") == f"{self.id}\0{self.epoch}:{self.seq}"
            raise Answer(204 if mine else 409, {**stream.place(), **(self.told() if mine else {})})
        epoch, last = (int(each) for each in said.split(":")) if said else (self.epoch, -1)
        if self.epoch < epoch:
            raise Answer(403, {"Producer-Epoch": str(epoch)})
        if self.epoch > epoch:
            if self.seq != 0:
                raise wrong("a new epoch begins at 0")
        elif self.seq <= last:
            raise Answer(204, {**stream.place(), **self.told(last)})
        elif self.seq > last + 1:
            expected = {"Producer-Expected-Seq": str(last + 1), "Producer-Received-Seq": str(self.seq)}
            raise Answer(409, expected)


def _type(given: str) -> str:
    return given.partition(";")[0].strip().lower()


def _until_ms(ttl: str, expires: str) -> int:
    """Read when the stream ends (epoch ms), 0 for never."""
    if ttl and expires:
        raise wrong("a stream has a TTL or a time at which it expires, not both")
    if ttl and not re.fullmatch(r"0|[1-9]\d{0,9}", ttl, re.ASCII):
        raise wrong("a TTL is a whole number of seconds")
    if ttl:
        return int(time.time() * 1000) + 1000 * int(ttl)
    try:
        return int(datetime.fromisoformat(expires).timestamp() * 1000) if expires else 0
    except ValueError:
        raise wrong("a time is written as RFC 3339 says") from None


def _messages(kind: str, body: bytes, *, creating: bool = False) -> list[Message]:
    """Return a body as the events that stand for it: one for each message of JSON, else one for the bytes."""
    if kind != "application/json":
        return [{"type": "stream.data", "at": 0, "b64": base64.b64encode(body).decode()}] if body else []
    if creating and not body:
        return []
    try:
        data = json.loads(body)
    except ValueError:
        raise wrong("the body is not JSON") from None
    if data == [] and not creating:
        raise wrong("an empty array appends nothing")
    return [
        {"type": "stream.data", "at": 0, "json": json.dumps(each)}
        for each in (data if isinstance(data, list) else [data])
    ]


def _message(stream: Stream, event: Message) -> bytes | None:
    if event["type"] != "stream.data":
        return None
    return event["json"].encode() if stream.json else base64.b64decode(event["b64"])


def _new(stream: Stream, frame: Frame) -> list[bytes]:
    events: Iterable[Message] = frame["events"] if frame.t == "batch" else ()
    return [message for event in events if (message := _message(stream, event)) is not None]


def _body(stream: Stream, messages: list[bytes]) -> bytes:
    return b"[" + b",".join(messages) + b"]" if stream.json else b"".join(messages)


def _payload(stream: Stream, messages: list[bytes]) -> str:
    whole = _body(stream, messages)
    return whole.decode(errors="replace") if stream.text else base64.b64encode(whole).decode()


def _event(kind: str, data: str) -> bytes:
    lines = "".join(f"data:{line}\n" for line in re.split(r"\r\n|\r|\n", data))
    return f"event: {kind}\n{lines}\n".encode()


def _told(stream: Stream) -> dict[str, str]:
    told = {"Content-Type": stream.type}
    if stream.ttl:
        told["Stream-TTL"] = stream.ttl
    if stream.expires:
        told["Stream-Expires-At"] = stream.expires
    return told


def _at(page: Page) -> dict[str, str]:
    return {
        "Stream-Next-Offset": offset(page.seq),
        **({"Stream-Up-To-Date": "true"} if page.up_to_date else {}),
        **({"Stream-Closed": "true"} if page.closed else {}),
    }


def next_cursor(given: str) -> str:
    """Return the interval of now, or one behind the given where that is not behind it."""
    now = int(time.time() - CURSOR_EPOCH_S) // CURSOR_INTERVAL_S
    if given.isdigit() and int(given) >= now:
        return str(int(given) + max(1, random.randint(1, 3600) // CURSOR_INTERVAL_S))
    return str(now)


def _encoded(headers: dict[str, str]) -> list[tuple[bytes, bytes]]:
    return [(name.lower().encode(), value.encode("latin-1")) for name, value in {**_ALWAYS, **headers}.items()]


async def _send(send: Send, answer: Answer) -> None:
    headers = dict(answer.headers)
    if answer.status not in (204, 304):
        headers.setdefault("Content-Length", str(len(answer.body)))
    await send({"type": "http.response.start", "status": answer.status, "headers": _encoded(headers)})
    await send({"type": "http.response.body", "body": answer.body})
