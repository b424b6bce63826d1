"""A scripted, faulty, OpenAI-compatible model server on real sockets, which counts what it is asked.

    async with FakeProvider(responder=lambda body: "Hello") as provider:
        client = AsyncOpenAI(base_url=provider.base_url, api_key="test")
        provider.fault("status", 1, status=429, retry_after=0)     # the next request
        ...
        assert provider.count() == 2

`python -m genisys.testing --port 9000` serves the same to other processes: `GET /__requests` gives every
request body, `GET /__counts` how many answers of each status there were (streams aside), `POST /__faults` takes
`{"kind": ..., "times": ...}`, `POST /__pace` takes `{"seconds": ...}` for each token, `POST /__quota` takes
`{"requests_per_minute": ...}`.

A quota is enforced as OpenAI's: of any 60 s no more than so many requests are answered; one more gets 429 with
`Retry-After` and the `x-ratelimit-*` headers.

Faults: `status` (with `status`, `retry_after`), `garbage` (200 and no JSON), `empty` (200 and no choices), `drop` (the
connection closes without an answer), `hang` (nothing for `seconds`), `cut` (a stream that ends after `tokens`), `raw`
(`body` as it stands, with `status` 200 if not said otherwise, and `content_type`). With `containing`, a fault waits for
a request whose prompt contains that text. A responder that raises is answered with 500.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import math
import re
import sys
import time
from collections import Counter, deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import h11

Responder = Callable[[dict[str, Any]], str]
WINDOW_S = 60.0
KINDS = ("status", "garbage", "empty", "drop", "hang", "cut", "raw")


@dataclass(frozen=True, slots=True)
class Fault:
    """What goes wrong with one request (whose prompt contains `containing`). Times in seconds."""

    kind: str
    containing: str = ""
    status: int | None = None
    retry_after: float | None = None
    seconds: float = 3600.0
    tokens: int = 3
    body: str = ""
    content_type: str = "application/json"


def prompt_text(body: dict[str, Any]) -> str:
    """Return all texts of a request, one after another: the messages of a chat, the input of the other endpoints."""
    given = body.get("messages", body.get("input", []))
    parts = []
    for message in given if isinstance(given, list) else [given]:
        content = (message.get("content") or "") if isinstance(message, dict) else message
        parts.append(content if isinstance(content, str) else json.dumps(content, ensure_ascii=False))
    return "\n".join(parts)


_NUMBERED = re.compile(r"^[^\S\n]*\[(\d+)\]\s*(.+?)(?=\n\s*\[\d+\]|\n\s*\n|\Z)", re.MULTILINE | re.DOTALL)
_SENTENCE = re.compile(r"(?<=[.!?])\s+")


def grounded_responder(body: dict[str, Any]) -> str:
    """Answer from the request's own text: sentences of its numbered sources with their numbers, or of its longest
    fenced or plain paragraph. A request with a JSON schema gets data that fits it."""
    text = prompt_text(body)
    schema = ((body.get("response_format") or {}).get("json_schema") or {}).get("schema")
    if schema is not None:
        return json.dumps(fill_schema(schema, text), ensure_ascii=False)
    sources = _NUMBERED.findall(text)
    if sources:
        said = [f"{sentence} [{number}]" for number, source in sources for sentence in _sentences(source)[:3]]
        return " ".join(said)
    return " ".join(_sentences(max(text.split("\n\n"), key=len))[:3])


def _sentences(text: str) -> list[str]:
    flat = " ".join(text.split())
    return [sentence for sentence in _SENTENCE.split(flat) if len(sentence.split()) >= 4] or [flat[:200]]


def fill_schema(schema: dict[str, Any], text: str, root: dict[str, Any] | None = None, salt: int = 0) -> Any:
    """Make a value that fits the JSON schema, its strings taken from `text`."""
    root = root or schema
    if "$ref" in schema:
        target: Any = root
        for part in schema["$ref"].removeprefix("#/").split("/"):
            target = target[part]
        return fill_schema(target, text, root, salt)
    if "enum" in schema:
        return schema["enum"][salt % len(schema["enum"])]
    if "const" in schema:
        return schema["const"]
    for choice in ("anyOf", "oneOf", "allOf"):
        if choice in schema:
            return fill_schema(schema[choice][0], text, root, salt)
    kind = schema.get("type")
    if kind == "object":
        names = schema.get("properties", {})
        return {name: fill_schema(part, text, root, salt + place) for place, (name, part) in enumerate(names.items())}
    if kind == "array":
        least, most = schema.get("minItems", 0), schema.get("maxItems", 99)
        count = min(most, max(least, 3))
        return [fill_schema(schema.get("items", {}), text, root, salt + place) for place in range(count)]
    if kind in ("integer", "number"):
        lowest = schema.get("minimum", 0)
        return min(lowest + salt, schema.get("maximum", lowest + salt))
    if kind == "boolean":
        return True
    if kind == "null":
        return None
    sentences = _sentences(max(text.split("\n\n"), key=len))
    return sentences[salt % len(sentences)][: schema.get("maxLength", 200)]


class Quota:
    """At most so many requests in any 60 s."""

    def __init__(self, requests_per_minute: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._limit = requests_per_minute
        self._clock = clock
        self._taken: deque[float] = deque()

    def take(self) -> float:
        """Let a request pass and give 0, or give for how many seconds none will."""
        now = self._clock()
        while self._taken and self._taken[0] <= now - WINDOW_S:
            self._taken.popleft()
        if len(self._taken) >= self._limit:
            return self._taken[0] + WINDOW_S - now
        self._taken.append(now)
        return 0.0

    def headers(self, wait: float) -> list[tuple[str, str]]:
        return [
            ("retry-after", str(math.ceil(wait))),
            ("retry-after-ms", str(math.ceil(wait * 1000))),
            ("x-ratelimit-limit-requests", str(self._limit)),
            ("x-ratelimit-remaining-requests", "0"),
            ("x-ratelimit-reset-requests", f"{math.ceil(wait * 1000)}ms"),
        ]


class FakeProvider:
    """The server. `responder` gives the text of each answer; it may be changed while it runs."""

    def __init__(self, responder: Responder = grounded_responder, *, port: int = 0, model: str = "scripted") -> None:
        self.responder = responder
        self.model = model
        self.requests: list[dict[str, Any]] = []
        self.statuses: Counter[int] = Counter()
        self.token_seconds = 0.0
        self._quota: Quota | None = None
        self._port = port
        self._faults: deque[Fault] = deque()
        self._server: asyncio.Server | None = None
        self._open: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> FakeProvider:
        self._server = await asyncio.start_server(self._connected, "127.0.0.1", self._port)
        self._port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._server is not None
        self._server.close()
        for task in list(self._open):
            task.cancel()
        await asyncio.gather(*self._open, return_exceptions=True)

    @property
    def base_url(self) -> str:
        """The address for `base_url=` or OPENAI_BASE_URL."""
        return f"http://127.0.0.1:{self._port}/v1"

    def fault(self, kind: str, times: int = 1, **facts: Any) -> None:
        """Let the next `times` requests go wrong. Raises ValueError for an unknown kind."""
        if kind not in KINDS:
            raise ValueError(f"No fault is named {kind!r}. Known: {', '.join(KINDS)}.")
        self._faults.extend([Fault(kind, **facts)] * times)

    def quota(self, requests_per_minute: int | None) -> None:
        """Enforce a quota from now on; None for none."""
        self._quota = None if requests_per_minute is None else Quota(requests_per_minute)

    def over_quota(self) -> list[tuple[str, str]] | None:
        """Count a request against the quota; return the headers of a 429 where it is used up."""
        wait = self._quota.take() if self._quota else 0.0
        return self._quota.headers(wait) if self._quota and wait else None

    def count(self, containing: str = "") -> int:
        """Count the requests whose messages contain a text."""
        return sum(containing in prompt_text(body) for body in self.requests)

    # One connection

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._open.add(task)
        try:
            await _Connection(self, reader, writer).serve()
        except (ConnectionError, h11.RemoteProtocolError, asyncio.CancelledError):
            pass  # the other side went away, or the server is closing
        finally:
            self._open.discard(task)
            writer.close()

    def next_fault(self, body: dict[str, Any]) -> Fault | None:
        """Take the first waiting fault that is meant for this request."""
        prompt = prompt_text(body)
        for fault in self._faults:
            if fault.containing in prompt:
                self._faults.remove(fault)
                return fault
        return None


class _Connection:
    def __init__(self, provider: FakeProvider, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._provider = provider
        self._reader = reader
        self._writer = writer
        self._http = h11.Connection(h11.SERVER)
        self._asked_of_model = False

    async def serve(self) -> None:
        while True:
            request, body = await self._request()
            if request is None or not await self._respond(request, body):
                return
            if self._http.our_state is not h11.DONE or self._http.their_state is not h11.DONE:
                return
            self._http.start_next_cycle()

    async def _request(self) -> tuple[h11.Request | None, bytes]:
        request, body = None, b""
        while True:
            event = self._http.next_event()
            if event is h11.NEED_DATA:
                self._http.receive_data(await self._reader.read(65536))
            elif isinstance(event, h11.Request):
                request = event
            elif isinstance(event, h11.Data):
                body += bytes(event.data)
            elif isinstance(event, h11.EndOfMessage):
                return request, body
            else:
                return None, b""

    async def _respond(self, request: h11.Request, raw: bytes) -> bool:
        provider, path = self._provider, request.target.decode().split("?")[0]
        self._asked_of_model = path.startswith("/v1/")
        if path == "/__requests":
            await self._json(200, provider.requests)
            return True
        if path == "/__counts":
            await self._json(200, {str(status): count for status, count in provider.statuses.items()})
            return True
        body = _body_of(raw)
        if path == "/__faults":
            provider.fault(body.pop("kind"), body.pop("times", 1), **body)
            await self._json(200, {"ok": True})
            return True
        if path == "/__pace":
            provider.token_seconds = float(body["seconds"])
            await self._json(200, {"ok": True})
            return True
        if path == "/__quota":
            provider.quota(body["requests_per_minute"])
            await self._json(200, {"ok": True})
            return True
        if path == "/v1/models":
            await self._json(200, {"object": "list", "data": [{"id": provider.model, "object": "model"}]})
            return True
        provider.requests.append(body)
        refused = provider.over_quota()
        if refused is not None:
            message = {"error": {"message": "Rate limit reached", "type": "requests", "code": "rate_limit_exceeded"}}
            await self._send(429, json.dumps(message).encode(), "application/json", refused)
            return True
        return await self._answer(path, body, provider.next_fault(body))

    async def _answer(self, path: str, body: dict[str, Any], fault: Fault | None) -> bool:
        if fault is not None and fault.kind != "cut":
            return await self._fail(fault)
        if path == "/v1/embeddings":
            await self._json(200, _embeddings(body))
        elif path not in ("/v1/chat/completions", "/v1/responses"):
            await self._json(404, {"error": {"message": f"no such address: {path}"}})
        else:
            return await self._say(path, body, fault)
        return True

    async def _say(self, path: str, body: dict[str, Any], fault: Fault | None) -> bool:
        try:
            text = self._provider.responder(body)
        except Exception as error:
            await self._json(500, {"error": {"message": f"the responder failed: {error!r}"}})
            return True
        chat = path == "/v1/chat/completions"
        if body.get("stream"):
            events = _chat_events(body, text) if chat else _response_events(body, text)
            return await self._stream(events, fault)
        await asyncio.sleep(self._provider.token_seconds * len(_tokens(text)))
        await self._json(200, _completion(body, text) if chat else _response(body, text))
        return True

    async def _fail(self, fault: Fault) -> bool:
        if fault.kind == "drop":
            return False
        if fault.kind == "hang":
            await asyncio.sleep(fault.seconds)
            return False
        if fault.kind == "raw":
            await self._send(fault.status or 200, fault.body.encode(), fault.content_type)
        elif fault.kind == "garbage":
            await self._send(200, b"<html>this is no answer", "text/html")
        elif fault.kind == "empty":
            await self._json(200, {"id": "x", "object": "chat.completion", "created": 0, "model": "m", "choices": []})
        else:
            headers = [] if fault.retry_after is None else [("retry-after", str(fault.retry_after))]
            message = {"error": {"message": "scripted fault", "type": "server_error"}}
            await self._send(fault.status or 500, json.dumps(message).encode(), "application/json", headers)
        return True

    async def _stream(self, events: Iterator[dict[str, Any]], fault: Fault | None) -> bool:
        await self._write(
            h11.Response(
                status_code=200, headers=[("content-type", "text/event-stream"), ("transfer-encoding", "chunked")]
            )
        )
        for place, event in enumerate(events):
            if fault is not None and place >= fault.tokens:
                return False
            await asyncio.sleep(self._provider.token_seconds)
            name = f"event: {event['type']}\n" if "type" in event else ""
            await self._write(h11.Data(data=f"{name}data: {json.dumps(event)}\n\n".encode()))
        await self._write(h11.Data(data=b"data: [DONE]\n\n"))
        await self._write(h11.EndOfMessage())
        return True

    async def _json(self, status: int, data: Any) -> None:
        await self._send(status, json.dumps(data).encode(), "application/json")

    async def _send(self, status: int, body: bytes, kind: str, headers: list[tuple[str, str]] | None = None) -> None:
        if self._asked_of_model:
            self._provider.statuses[status] += 1
        head = [("content-type", kind), ("content-length", str(len(body))), *(headers or [])]
        await self._write(h11.Response(status_code=status, headers=head))
        await self._write(h11.Data(data=body))
        await self._write(h11.EndOfMessage())

    async def _write(self, event: Any) -> None:
        data = self._http.send(event)
        if data:
            self._writer.write(data)
            await self._writer.drain()


def _tokens(text: str) -> list[str]:
    return re.findall(r"\S+\s*|\s+", text)


def _usage(body: dict[str, Any], text: str) -> dict[str, int]:
    read, written = len(prompt_text(body).split()), len(_tokens(text))
    return {"prompt_tokens": read, "completion_tokens": written, "total_tokens": read + written}


def _body_of(raw: bytes) -> dict[str, Any]:
    """Return the JSON body of a request; of any other (files are sent so) how long it was."""
    try:
        return dict(json.loads(raw or b"{}"))
    except ValueError:
        return {"bytes": len(raw)}


def _completion(body: dict[str, Any], text: str) -> dict[str, Any]:
    message = {"role": "assistant", "content": text}
    return {
        "id": "chatcmpl-scripted",
        "object": "chat.completion",
        "created": 0,
        "model": body.get("model", ""),
        "choices": [{"index": 0, "message": message, "finish_reason": "stop"}],
        "usage": _usage(body, text),
    }


def _chunk(body: dict[str, Any], delta: dict[str, Any], finish: str | None) -> dict[str, Any]:
    return {
        "id": "chatcmpl-scripted",
        "object": "chat.completion.chunk",
        "created": 0,
        "model": body.get("model", ""),
        "choices": [{"index": 0, "delta": delta, "finish_reason": finish}],
    }


def _chat_events(body: dict[str, Any], text: str) -> Iterator[dict[str, Any]]:
    for token in _tokens(text):
        yield _chunk(body, {"content": token}, None)
    yield _chunk(body, {}, "stop")
    if (body.get("stream_options") or {}).get("include_usage"):
        yield {**_chunk(body, {}, None), "choices": [], "usage": _usage(body, text)}


def _response_events(body: dict[str, Any], text: str) -> Iterator[dict[str, Any]]:
    place = {"item_id": "msg", "output_index": 0, "content_index": 0, "logprobs": []}
    for number, token in enumerate(_tokens(text)):
        yield {"type": "response.output_text.delta", "sequence_number": number, "delta": token, **place}
    yield {"type": "response.completed", "sequence_number": 1 << 20, "response": _response(body, text)}


def _embeddings(body: dict[str, Any]) -> dict[str, Any]:
    given = body.get("input", "")
    texts = given if isinstance(given, list) else [given]
    data = [
        {"object": "embedding", "index": place, "embedding": [float(len(str(text))), float(place)]}
        for place, text in enumerate(texts)
    ]
    return {
        "object": "list",
        "model": body.get("model", ""),
        "data": data,
        "usage": {"prompt_tokens": 1, "total_tokens": 1},
    }


def _response(body: dict[str, Any], text: str) -> dict[str, Any]:
    usage = _usage(body, text)
    content = [{"type": "output_text", "text": text, "annotations": []}]
    return {
        "id": "resp-scripted",
        "object": "response",
        "created_at": 0,
        "model": body.get("model", ""),
        "status": "completed",
        "output": [{"id": "msg", "type": "message", "role": "assistant", "status": "completed", "content": content}],
        "parallel_tool_calls": False,
        "tool_choice": "auto",
        "tools": [],
        "usage": {
            "input_tokens": usage["prompt_tokens"],
            "output_tokens": usage["completion_tokens"],
            "total_tokens": usage["total_tokens"],
        },
    }


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m genisys.testing")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--token-seconds", type=float, default=0.0, help="the pause before each streamed token")
    given = parser.parse_args()

    async def serve() -> None:
        async with FakeProvider(port=given.port) as provider:
            provider.token_seconds = given.token_seconds
            print(f"listening on {provider.base_url}", flush=True)
            await asyncio.Event().wait()

    try:
        asyncio.run(serve())
    except KeyboardInterrupt:
        return 0
    return 0


if __name__ == "__main__":
    sys.exit(main())
