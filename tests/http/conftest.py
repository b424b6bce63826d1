"""A raw server on loopback that plays whatever part a test gives it, and counts who connects."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest

Play = Callable[[str, asyncio.StreamWriter], Awaitable[None]]


class RawServer:
    """Reads one request a connection, then plays its part: `play(request head, writer)`."""

    def __init__(self) -> None:
        self.connections = 0
        self.heads: list[str] = []
        self.play: Play = self._fine
        self.port = 0

    async def start(self) -> None:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def stop(self) -> None:
        self._server.close()
        await self._server.wait_closed()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
            self.heads.append(head)
            await self.play(head, writer)
            await writer.drain()
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    async def _fine(self, head: str, writer: asyncio.StreamWriter) -> None:
        writer.write(answer(b"fine"))

    def answers(self, *answers: bytes) -> None:
        """Give these answers one after the other, the last one for ever."""
        left = list(answers)

        async def play(head: str, writer: asyncio.StreamWriter) -> None:
            writer.write(left.pop(0) if len(left) > 1 else left[0])

        self.play = play


def answer(body: bytes, status: str = "200 OK", length: int | None = None, **headers: Any) -> bytes:
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body) if length is None else length}", "Connection: close"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


@pytest.fixture
async def server() -> AsyncIterator[RawServer]:
    raw = RawServer()
    await raw.start()
    yield raw
    await raw.stop()


@pytest.fixture(name="answer")
def _answer() -> Callable[..., bytes]:
    return answer
