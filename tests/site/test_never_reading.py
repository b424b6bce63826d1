"""A reader who does not read costs a web process a bounded piece of memory, whatever the run writes."""

from __future__ import annotations

import base64
import contextlib
import json
import os
import re
import socket
import struct
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from genisys.testing.redis import run_key
from tests.conftest import wait_until
from tests.site.test_serve import Watched, _served, prepared  # noqa: F401 - fixtures

READERS = 8
EVENT_BYTES = 200_000
EVENTS = 100
MB = 1024 * 1024

pytestmark = pytest.mark.timeout(300)


def rss_bytes(pid: int) -> int:
    status = Path(f"/proc/{pid}/status").read_text()
    return int(status.split("VmRSS:")[1].split()[0]) * 1024


def _write(watched: Watched, bodies: list[bytes]) -> None:
    """Put events into the run's log, each in an entry of its own, as large as they may be."""
    with watched.stack.redis.client() as client:
        meta = run_key(watched.run, "meta")
        attempt, last = client.hget(meta, "attempt"), int(client.hget(meta, "last_seq"))
        for seq, body in enumerate(bodies, last + 1):
            client.xadd(run_key(watched.run, "log"), {"f": seq, "a": attempt, "b": body}, id=f"{seq}-0")
        client.hset(meta, "last_seq", last + len(bodies))


def _event(size: int, letter: str) -> bytes:
    return json.dumps([{"type": "event", "at": 1, "name": "page", "data": {"text": letter * size}}]).encode()


def _connect(watched: Watched) -> socket.socket:
    line = socket.socket()
    line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    line.connect(("127.0.0.1", watched.stack.port))
    return line


def _stream(media_type: str) -> Callable[[Watched], socket.socket]:
    def open_it(watched: Watched) -> socket.socket:
        line = _connect(watched)
        line.sendall(
            f"GET /api/runs/{watched.run}/events HTTP/1.1\r\nHost: 127.0.0.1:{watched.stack.port}\r\n"
            f"Authorization: Bearer {watched.token}\r\nAccept: {media_type}\r\n\r\n".encode()
        )
        return line

    return open_it


def _socket(watched: Watched) -> socket.socket:
    line = _connect(watched)
    key = base64.b64encode(os.urandom(16)).decode()
    line.sendall(
        f"GET /ws/runs HTTP/1.1\r\nHost: 127.0.0.1:{watched.stack.port}\r\nOrigin: {watched.stack.url}\r\n"
        f"Cookie: sessionid={watched.session}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        f"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {key}\r\n\r\n".encode()
    )
    assert b" 101 " in line.recv(12 + 1)
    message = json.dumps({"t": "sub", "run": watched.run, "after": 0}).encode()
    mask = os.urandom(4)
    masked = bytes(byte ^ mask[at % 4] for at, byte in enumerate(message))
    line.sendall(struct.pack("!BB", 0x81, 0x80 | len(message)) + mask + masked)
    return line


WAYS = {
    "WebSocket": _socket,
    "SSE": _stream("text/event-stream"),
    "NDJSON": _stream("application/x-ndjson"),
}


def _ways(*, full_only: str) -> list[Any]:
    """Return the ways as parameters. SSE and NDJSON are one code path but for their frames: each commit tries one."""
    return [
        pytest.param(way, id=name, marks=[pytest.mark.full] if name == full_only else []) for name, way in WAYS.items()
    ]


def _read_all(watched: Watched) -> None:
    """Read the run to where it stands, as a good reader does."""
    headers = {"Authorization": f"Bearer {watched.token}", "Accept": "application/x-ndjson"}
    with (
        httpx.Client(trust_env=False, timeout=60) as client,
        client.stream("GET", f"{watched.stack.url}/api/runs/{watched.run}/events", headers=headers) as answer,
    ):
        for line in answer.iter_lines():
            if line.startswith('{"t":"live"'):
                return


def _settled(pid: int) -> int:
    """Wait until the process's memory stands still, and give it."""
    seen = [rss_bytes(pid)]
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        time.sleep(0.25)  # There is no event to wait for: memory stands still when eight looks in a row agree.
        seen.append(rss_bytes(pid))
        if len(seen) > 8 and max(seen[-8:]) - min(seen[-8:]) < MB // 4:
            break
    return seen[-1]


def _rewrite(watched: Watched, bodies: list[bytes]) -> None:
    """Have the run's log hold these events behind its first one."""
    with watched.stack.redis.client() as client:
        log = run_key(watched.run, "log")
        first = client.xrange(log, count=1)[0][1]
        client.delete(log)
        client.xadd(log, first, id="1-0")
        client.hset(run_key(watched.run, "meta"), "last_seq", 1)
    _write(watched, bodies)


def _served_to(line: socket.socket) -> None:
    """Wait until an event begins to arrive, and read nothing of it: only then does the server hold what it holds."""

    def has_begun() -> bool:
        return re.search(rb"(\w)\1{99}", line.recv(65536, socket.MSG_PEEK | socket.MSG_DONTWAIT)) is not None

    wait_until(has_begun, "no event reaches the reader", seconds=60)


@contextlib.contextmanager
def _opened(way: Callable[[Watched], socket.socket], watched: Watched, count: int) -> Iterator[None]:
    lines = [way(watched) for _ in range(count)]
    try:
        for line in lines:
            _served_to(line)
        yield
    finally:
        for line in lines:
            with contextlib.suppress(OSError):
                line.close()


@pytest.mark.parametrize("way", _ways(full_only="NDJSON"))
def test_eight_readers_who_never_read_hold_a_megabyte_each_at_most(prepared: Watched, way: Any) -> None:  # noqa: F811
    _rewrite(prepared, [_event(EVENT_BYTES, "abcdefghij"[at % 10]) for at in range(EVENTS)])
    with _served(prepared):
        pid = prepared.stack.serve.pid
        _read_all(prepared)
        before = _settled(pid)
        with _opened(way, prepared, READERS):
            with_readers = _settled(pid)
        after = _settled(pid)
    print(f"before {before / MB:.1f} MB, with {with_readers / MB:.1f} MB, after {after / MB:.1f} MB")
    assert with_readers - before < READERS * MB
    assert after - before < READERS * MB


@pytest.mark.parametrize("way", _ways(full_only="SSE"))
def test_an_event_of_20_mb_from_an_older_log_is_held_once_and_not_for_each_reader(
    prepared: Watched,  # noqa: F811
    way: Any,
) -> None:
    """Who writes it now is refused. What is read has to be decoded, so a second copy is there for a moment."""
    size = 20 * MB
    _rewrite(prepared, [_event(size, "x")])
    with _served(prepared):
        pid = prepared.stack.serve.pid
        _read_all(prepared)
        with _opened(way, prepared, 1):
            with_one = _settled(pid)
            with _opened(way, prepared, READERS):
                with_more = _settled(pid)
    print(f"with one {with_one / MB:.1f} MB, with {READERS} more {with_more / MB:.1f} MB")
    assert with_more - with_one < 2 * size
