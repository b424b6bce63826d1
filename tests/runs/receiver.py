"""A server on loopback that takes webhooks, or does not, as a test wants it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

Play = Callable[[asyncio.StreamWriter], Awaitable[None]]


@dataclass
class Heard:
    """One request: its line, its headers by lower-case name, its body."""

    line: str
    headers: dict[str, str]
    body: bytes


@dataclass
class Receiver:
    """Gives `answers` one after the other, the last one for ever: a status, a whole answer, or a part to play."""

    answers: list[int | bytes | Play] = field(default_factory=lambda: [204])
    heard: list[Heard] = field(default_factory=list)
    connections: int = 0
    url: str = ""

    async def __aenter__(self) -> Receiver:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.url = f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}/hook"
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
            line, *rest = head.strip().split("\r\n")
            headers = {name.lower(): value for name, value in (each.split(": ", 1) for each in rest)}
            body = await reader.readexactly(int(headers.get("content-length", 0)))
            self.heard.append(Heard(line, headers, body))
            part = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
            if isinstance(part, int):
                writer.write(answer(part))
            elif isinstance(part, bytes):
                writer.write(part)
            else:
                await part(writer)
            await writer.drain()
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()


def answer(status: int, body: bytes = b"", **headers: Any) -> bytes:
    """Write an HTTP answer that ends its connection."""
    lines = [f"HTTP/1.1 {status} Said", f"Content-Length: {len(body)}", "Connection: close"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body
