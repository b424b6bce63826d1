"""A server on loopback that answers by a script, as badly as the script says."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest

from genisys import client

RUN = "018f0000-0000-7000-8000-000000000001"
LOG = "log1"

Act = Callable[["Line"], Awaitable[None]]


def event(seq: int, text: str = "", **fields: Any) -> dict[str, Any]:
    return {"seq": seq, "at": seq, "type": "status", "attempt": 1, "text": text or f"said {seq}", **fields}


def batch(*events: dict[str, Any] | int, log_id: str = LOG) -> dict[str, Any]:
    """A batch as the server sends it; a bare number is the event of that number."""
    full = [event(each) if isinstance(each, int) else each for each in events]
    first = full[0]["seq"] - full[0].get("covers", 1) + 1
    return {"t": "batch", "run": RUN, "log_id": log_id, "first": first, "last": full[-1]["seq"], "events": full}


def live(seq: int) -> dict[str, Any]:
    return {"t": "live", "run": RUN, "seq": seq}


def ping(seq: int) -> dict[str, Any]:
    return {"t": "ping", "run": RUN, "seq": seq}


def end(seq: int, status: str = "completed") -> dict[str, Any]:
    return {"t": "end", "run": RUN, "seq": seq, "status": status}


def resync(reason: str, log_id: str = LOG, **fields: Any) -> dict[str, Any]:
    return {"t": "resync", "run": RUN, "log_id": log_id, "reason": reason, "seq": 0, **fields}


class Line:
    """One request, and the means to answer it in any way at all."""

    def __init__(self, head: str, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.target = head.split()[1]
        self.headers = {
            name.lower(): value for name, _, value in (line.partition(": ") for line in head.split("\r\n")[1:])
        }
        self._reader = reader
        self._writer = writer
        self._begun = False

    @property
    def after(self) -> str:
        return self.target.partition("after=")[2].replace("%3A", ":")

    async def raw(self, data: bytes) -> None:
        self._writer.write(data)
        await self._writer.drain()

    async def head(self, status: int = 200, **headers: str) -> None:
        self._begun = True
        given = {"Content-Type": "application/x-ndjson", "Connection": "close"} | {
            name.replace("_", "-"): value for name, value in headers.items()
        }
        lines = [f"HTTP/1.1 {status} Answer", *(f"{name}: {value}" for name, value in given.items()), "", ""]
        await self.raw("\r\n".join(lines).encode())

    async def say(self, *frames: dict[str, Any] | bytes) -> None:
        if not self._begun:
            await self.head()
        for frame in frames:
            await self.raw(frame if isinstance(frame, bytes) else json.dumps(frame).encode() + b"\n")

    async def problem(self, status: int, detail: str = "", **headers: str) -> None:
        await self.head(status, Content_Type="application/problem+json", **headers)
        await self.raw(json.dumps({"status": status, "detail": detail}).encode())

    async def until_gone(self) -> None:
        """Wait until the other side has closed."""
        while await self._reader.read(1024):
            pass


class Scripted:
    """Answers the first request as the first act says, and so on; the last act is for all that follow."""

    def __init__(self) -> None:
        self.acts: list[Act] = []
        self.lines: list[Line] = []
        self.times: list[float] = []
        self.gone = asyncio.Event()
        self.url = ""

    def play(self, *acts: Act) -> None:
        self.acts = list(acts)

    @property
    def asked(self) -> list[str]:
        """The cursor of each request so far."""
        return [line.after for line in self.lines]

    async def answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).decode()
            line = Line(head, reader, writer)
            act = self.acts[min(len(self.lines), len(self.acts) - 1)]
            self.lines.append(line)
            self.times.append(asyncio.get_running_loop().time())
            await act(line)
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            self.gone.set()
            writer.close()


@pytest.fixture
async def scripted() -> AsyncIterator[Scripted]:
    server = Scripted()
    listening = await asyncio.start_server(server.answer, "127.0.0.1", 0)
    server.url = f"http://127.0.0.1:{listening.sockets[0].getsockname()[1]}/api/runs/{RUN}"
    yield server
    listening.close()
    await listening.wait_closed()


@pytest.fixture
def in_no_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """Reconnecting takes a moment instead of seconds."""
    monkeypatch.setattr(client, "FIRST_DELAY_S", 0.001)
    monkeypatch.setattr(client, "LONGEST_DELAY_S", 0.005)


def says(*frames: dict[str, Any] | bytes) -> Act:
    """Send the frames and close."""

    async def act(line: Line) -> None:
        await line.say(*frames)

    return act


def stays(*frames: dict[str, Any] | bytes) -> Act:
    """Send the frames and stay silent until the reader goes."""

    async def act(line: Line) -> None:
        await line.say(*frames)
        await line.until_gone()

    return act


def refuses(status: int, detail: str = "", **headers: str) -> Act:
    async def act(line: Line) -> None:
        await line.problem(status, detail, **headers)

    return act
