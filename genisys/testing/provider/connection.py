"""One connection to a scripted provider: HTTP, the addresses, and what a fault does to an answer."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from typing import Any

import h11

from .replies import chat_events, completion, embeddings, response, response_events, tokens
from .script import Fault, Script


class Connection:
    """One connection of a client: reads its requests one after another, and answers them by the script."""

    def __init__(self, script: Script, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._script = script
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
        script, path = self._script, request.target.decode().split("?")[0]
        self._asked_of_model = path.startswith("/v1/")
        body = _body_of(raw)
        if (said := self._controlled(path, body)) is not None:
            await self._json(200, said)
            return True
        if path == "/v1/models":
            await self._json(200, {"object": "list", "data": [{"id": script.model, "object": "model"}]})
            return True
        script.requests.append(body)
        refused = script.over_quota()
        if refused is not None:
            message = {"error": {"message": "Rate limit reached", "type": "requests", "code": "rate_limit_exceeded"}}
            await self._send(429, json.dumps(message).encode(), "application/json", refused)
            return True
        return await self._answer(path, body, script.next_fault(body))

    def _controlled(self, path: str, body: dict[str, Any]) -> Any:
        """Do what a test in another process asks for; return the answer, None where the address is none of these."""
        script = self._script
        match path:
            case "/__requests":
                return script.requests
            case "/__counts":
                return {str(status): count for status, count in script.statuses.items()}
            case "/__faults":
                script.fault(body.pop("kind"), body.pop("times", 1), **body)
            case "/__pace":
                script.token_seconds = float(body["seconds"])
            case "/__quota":
                script.quota(body["requests_per_minute"])
            case _:
                return None
        return {"ok": True}

    async def _answer(self, path: str, body: dict[str, Any], fault: Fault | None) -> bool:
        if fault is not None and fault.kind != "cut":
            return await self._fail(fault)
        if path == "/v1/embeddings":
            await self._json(200, embeddings(body))
        elif path not in ("/v1/chat/completions", "/v1/responses"):
            await self._json(404, {"error": {"message": f"no such address: {path}"}})
        else:
            return await self._say(path, body, fault)
        return True

    async def _say(self, path: str, body: dict[str, Any], fault: Fault | None) -> bool:
        try:
            text = self._script.responder(body)
        except Exception as error:
            await self._json(500, {"error": {"message": f"the responder failed: {error!r}"}})
            return True
        chat = path == "/v1/chat/completions"
        if body.get("stream"):
            events = chat_events(body, text) if chat else response_events(body, text)
            return await self._stream(events, fault)
        await asyncio.sleep(self._script.token_seconds * len(tokens(text)))
        await self._json(200, completion(body, text) if chat else response(body, text))
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
            await asyncio.sleep(self._script.token_seconds)
            name = f"event: {event['type']}\n" if "type" in event else ""
            await self._write(h11.Data(data=f"{name}data: {json.dumps(event)}\n\n".encode()))
        await self._write(h11.Data(data=b"data: [DONE]\n\n"))
        await self._write(h11.EndOfMessage())
        return True

    async def _json(self, status: int, data: Any) -> None:
        await self._send(status, json.dumps(data).encode(), "application/json")

    async def _send(self, status: int, body: bytes, kind: str, headers: list[tuple[str, str]] | None = None) -> None:
        if self._asked_of_model:
            self._script.statuses[status] += 1
        head = [("content-type", kind), ("content-length", str(len(body))), *(headers or [])]
        await self._write(h11.Response(status_code=status, headers=head))
        await self._write(h11.Data(data=body))
        await self._write(h11.EndOfMessage())

    async def _write(self, event: Any) -> None:
        data = self._http.send(event)
        if data:
            self._writer.write(data)
            await self._writer.drain()


def _body_of(raw: bytes) -> dict[str, Any]:
    """Return the JSON body of a request; of any other body (files) its length."""
    try:
        return dict(json.loads(raw or b"{}"))
    except ValueError:
        return {"bytes": len(raw)}
