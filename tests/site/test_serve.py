"""`manage.py serve`: visitors are let go in order."""

from __future__ import annotations

import asyncio
import contextlib
import json
import socket
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import httpx
import pytest
import websockets

from genisys.host import Engine
from genisys.testing.redis import write
from tests.conftest import Stack

# A run that waits for a worker for ever, somebody who may watch it, and how they prove it.
_PREPARE = """
import json
from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY, get_user_model
from django.contrib.sessions.backends.db import SessionStore
from genisys_site import workflows
from runs.models import ApiToken
from runs.service.starting import start_run_sync
from runs.accounts.tokens import issue

user = get_user_model().objects.create_user("ana", "ana@example.org", "a password")
session = SessionStore()
session[SESSION_KEY] = str(user.pk)
session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
session[HASH_SESSION_KEY] = user.get_session_auth_hash()
session.save()
run = start_run_sync(user=user, workflow="ingest-site", input={"url": "https://example.org/"}, title="A site")
token = issue(user, name="test", scopes=list(ApiToken.SCOPES))[1]
print(json.dumps({"run": str(run.pk), "token": token, "session": session.session_key}))
"""


@dataclass
class Watched:
    """A server with one run on it."""

    stack: Any
    run: str
    token: str
    session: str


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Watched]:
    """A run and somebody who may watch it, and no web process yet."""
    stack = Stack(tmp_path_factory.mktemp("served"))
    try:
        stack.redis.start()
        stack.migrate()
        facts = json.loads(stack.manage("shell", "--verbosity", "0", "-c", _PREPARE).splitlines()[-1])
        yield Watched(stack, **facts)
    finally:
        stack.kill()


@pytest.fixture
def watched(prepared: Watched) -> Iterator[Watched]:
    with _served(prepared):
        yield prepared


@contextlib.contextmanager
def _served(prepared: Watched) -> Iterator[None]:
    prepared.stack.serve.start()
    try:
        prepared.stack.wait_until_ready()
        yield
    finally:
        prepared.stack.serve.stop()


async def _read_stream(watched: Watched, seen: asyncio.Event) -> str:
    """Reads the run's events to the end of the stream. An orderly end raises nothing."""
    address = f"{watched.stack.url}/api/runs/{watched.run}/events"
    headers = {"Authorization": f"Bearer {watched.token}", "Accept": "text/event-stream"}
    text = ""
    async with (
        httpx.AsyncClient(trust_env=False, timeout=30) as client,
        client.stream("GET", address, headers=headers) as response,
    ):
        assert response.status_code == 200
        async for chunk in response.aiter_text():
            text += chunk
            if "run.queued" in text:
                seen.set()
    return text


def _socket(watched: Watched) -> websockets.connect:
    return websockets.connect(
        f"ws://127.0.0.1:{watched.stack.port}/ws/runs",
        origin=websockets.Origin(watched.stack.url),
        additional_headers={"Cookie": f"sessionid={watched.session}"},
        max_size=None,
        proxy=None,
    )


async def _read_socket(watched: Watched, seen: asyncio.Event) -> tuple[int | None, list[dict[str, Any]]]:
    """Reads the run's frames until the socket closes. Returns the close code and the frames."""
    frames: list[dict[str, Any]] = []
    async with _socket(watched) as ws:
        await ws.send(json.dumps({"t": "sub", "run": watched.run, "after": 0, "log_id": None}))
        try:
            while True:
                frames.append(json.loads(await ws.recv()))
                if "run.queued" in json.dumps(frames[-1]):
                    seen.set()
        except websockets.ConnectionClosed:
            return ws.close_code, frames


@pytest.mark.parametrize(("sockets", "streams"), [(3, 0), (0, 3), (2, 2)])
async def test_sigterm_closes_sockets_with_4012_ends_streams_and_exits_with_0(
    watched: Watched, sockets: int, streams: int
) -> None:
    seen = [asyncio.Event() for _ in range(sockets + streams)]
    socket_readers = [asyncio.create_task(_read_socket(watched, each)) for each in seen[:sockets]]
    stream_readers = [asyncio.create_task(_read_stream(watched, each)) for each in seen[sockets:]]
    async with asyncio.timeout(30):
        await asyncio.gather(*(each.wait() for each in seen))
        assert await asyncio.to_thread(watched.stack.serve.stop) == 0
        for code, frames in await asyncio.gather(*socket_readers):
            assert code == 4012
            assert not any(frame["t"] == "end" for frame in frames), "the run has not ended"
        for text in await asyncio.gather(*stream_readers):
            assert "event: end" not in text, "the run has not ended"
    assert "cut_short" not in watched.stack.serve.said()


async def test_a_large_batch_and_what_follows_it_arrive_whole_and_in_order(watched: Watched) -> None:
    """More than the kernel takes at once: the rest waits, and nothing may pass it."""
    big = {"type": "status", "at": 1, "text": "ä" * 1_500_000}
    async with Engine(watched.stack.redis.url) as engine:
        await write(engine, watched.run, [big])
    async with asyncio.timeout(30), _socket(watched) as ws:
        await ws.send(json.dumps({"t": "sub", "run": watched.run, "after": 1, "log_id": None}))
        for _ in range(3):
            await ws.send("nonsense")
        frames = [json.loads(await ws.recv()) for _ in range(5)]
    [batch] = [frame for frame in frames if frame["t"] == "batch"]
    assert batch["events"][0]["text"] == big["text"]
    assert sorted(frame["t"] for frame in frames) == ["batch", "error", "error", "error", "live"]


async def test_over_the_limit_a_handshake_is_refused_with_503_and_a_reason(
    prepared: Watched, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(prepared.stack.env, "GENISYS_VIEWERS_PER_PROCESS", "1")
    with _served(prepared):
        async with asyncio.timeout(30), _socket(prepared):
            with pytest.raises(websockets.InvalidStatus) as refused:
                await _socket(prepared)
    answer = refused.value.response
    assert answer.status_code == 503
    assert int(answer.headers["Retry-After"]) > 0
    assert json.loads(answer.body or b"")["status"] == 503


def test_a_port_that_is_taken_is_a_sentence(own_parts: Any) -> None:
    with socket.socket() as other:
        other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # The port is reserved for this test.
        other.bind(("127.0.0.1", own_parts.port))
        other.listen()
        own_parts.serve.start()
        assert own_parts.serve.running.wait(60) == 2
    assert "The server cannot listen" in own_parts.serve.said()
    assert "Traceback" not in own_parts.serve.said()
