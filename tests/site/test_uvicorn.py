"""The same application under uvicorn: the same events in every form, and an end that nothing holds up."""

from __future__ import annotations

import asyncio
import json
import signal
import sys
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from typing import Any

import httpx
import pytest
import websockets

from genisys.client import follow
from genisys.host import Engine
from genisys.testing.redis import write
from tests.conftest import Process, Stack

PREPARE = """
import json
from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY, get_user_model
from django.contrib.sessions.backends.db import SessionStore
from runs.models import ApiToken
from runs.accounts.tokens import issue

user = get_user_model().objects.create_user("ana", "ana@example.org", "a password")
session = SessionStore()
session[SESSION_KEY] = str(user.pk)
session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
session[HASH_SESSION_KEY] = user.get_session_auth_hash()
session.save()
token = issue(user, name="test", scopes=list(ApiToken.SCOPES))[1]
print(json.dumps({"token": token, "session": session.session_key}))
"""

PATIENCE_S = 60


@dataclass
class Served:
    """One run under uvicorn, and the test in place of its worker."""

    stack: Stack
    server: Process
    engine: Engine
    run: str
    token: str
    session: str

    @property
    def events_url(self) -> str:
        return f"{self.stack.url}/api/runs/{self.run}/events"

    async def say(self, *texts: str) -> None:
        events = [{"type": "status", "at": 1, "text": text} for text in texts]
        await write(self.engine, self.run, events)

    async def finish(self) -> None:
        await write(self.engine, self.run, [{"type": "run.completed", "at": 1}], status="completed")


class Followed:
    """What a reader got: its frames, and how its line was closed."""

    def __init__(self) -> None:
        self.frames: list[dict[str, Any]] = []
        self.live = asyncio.Event()
        self.code: int | None = None

    def take(self, frame: dict[str, Any]) -> None:
        self.frames.append(frame)
        if frame["t"] == "live":
            self.live.set()

    @property
    def events(self) -> list[dict[str, Any]]:
        return [event for frame in self.frames if frame["t"] == "batch" for event in frame["events"]]


async def over_http(served: Served, media_type: str, got: Followed) -> None:
    headers = {"Authorization": f"Bearer {served.token}", "Accept": media_type}
    async with (
        httpx.AsyncClient(trust_env=False, timeout=PATIENCE_S) as client,
        client.stream("GET", served.events_url, headers=headers) as response,
    ):
        assert response.status_code == 200
        async for line in response.aiter_lines():
            if line.startswith(("{", "data: {")):
                got.take(json.loads(line.removeprefix("data: ")))


async def over_socket(served: Served, got: Followed) -> None:
    async with websockets.connect(
        f"ws://127.0.0.1:{served.stack.port}/ws/runs",
        origin=websockets.Origin(served.stack.url),
        additional_headers={"Cookie": f"sessionid={served.session}"},
        proxy=None,
    ) as ws:
        await ws.send(json.dumps({"t": "sub", "run": served.run}))
        try:
            while not got.frames or got.frames[-1]["t"] != "end":
                got.take(json.loads(await ws.recv()))
        except websockets.ConnectionClosed:
            got.code = ws.close_code


@pytest.fixture(scope="module")
def parts(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Stack, dict[str, str]]]:
    """A Redis, a database with one person in it, and what starts uvicorn."""
    stack = Stack(tmp_path_factory.mktemp("uvicorn"))
    stack.serve.argv = [
        # Longer than a test waits for its end: what holds it up fails the test, and is not cut off unseen.
        *(sys.executable, "-m", "uvicorn", "genisys_site.asgi:application"),
        *("--host", "127.0.0.1", "--port", str(stack.port), "--timeout-graceful-shutdown", "60"),
    ]
    try:
        stack.redis.start()
        stack.migrate()
        yield stack, json.loads(stack.manage("shell", "--verbosity", "0", "-c", PREPARE).splitlines()[-1])
    finally:
        stack.kill()


@pytest.fixture
async def served(parts: tuple[Stack, dict[str, str]]) -> AsyncIterator[Served]:
    stack, person = parts
    stack.serve.start()
    stack.wait_until_ready()
    started = httpx.post(
        f"{stack.url}/api/workflows/ingest-site/start",
        headers={"Authorization": f"Bearer {person['token']}"},
        json={"url": "https://example.org/"},
        trust_env=False,
        timeout=20,
    )
    assert started.status_code == 202, started.text
    async with Engine(stack.redis.url) as engine:
        yield Served(stack, stack.serve, engine, started.json()["id"], **person)
    stack.serve.stop()


async def test_sockets_streams_and_lines_bring_the_same_events_and_sigterm_ends_them_in_order(served: Served) -> None:
    socket, stream, lines = (Followed() for _ in range(3))
    async with asyncio.timeout(PATIENCE_S), asyncio.TaskGroup() as readers:
        readers.create_task(over_socket(served, socket))
        readers.create_task(over_http(served, "text/event-stream", stream))
        readers.create_task(over_http(served, "application/x-ndjson", lines))
        await asyncio.gather(*(each.live.wait() for each in (socket, stream, lines)))
        for n in range(30):
            await served.say(f"said {n}", "and\nmore ✓")
        await served.finish()
    log = await served.engine.events(served.run)
    assert socket.events == stream.events == lines.events == log
    assert {each.frames[-1]["t"] for each in (socket, stream, lines)} == {"end"}
    assert [event async for event in follow(served.events_url, token=served.token)] == log


async def test_sigterm_closes_sockets_with_4012_ends_streams_and_lets_the_process_go(served: Served) -> None:
    socket, stream, lines = (Followed() for _ in range(3))
    async with asyncio.timeout(PATIENCE_S), asyncio.TaskGroup() as readers:
        readers.create_task(over_socket(served, socket))
        readers.create_task(over_http(served, "text/event-stream", stream))
        readers.create_task(over_http(served, "application/x-ndjson", lines))
        await asyncio.gather(*(each.live.wait() for each in (socket, stream, lines)))
        # uvicorn ends by the signal itself once all is tidied up.
        assert await asyncio.to_thread(served.server.stop) == -signal.SIGTERM
    assert socket.code == 4012
    assert not any(frame["t"] == "end" for each in (socket, stream, lines) for frame in each.frames)
    said = served.server.said()
    assert "Application shutdown complete" in said
    assert "Traceback" not in said and "ERROR" not in said, said


async def test_a_redis_that_is_not_there_yet_does_not_keep_the_process_from_starting(
    parts: tuple[Stack, dict[str, str]],
) -> None:
    stack, _ = parts
    stack.redis.stop()
    stack.serve.start()
    async with httpx.AsyncClient(trust_env=False) as client, asyncio.timeout(PATIENCE_S):
        while True:
            stack.serve.must_live()
            try:
                answer = await client.get(f"{stack.url}/readyz", timeout=20)
                assert answer.status_code == 503
                if list(answer.json()["failing"]) == ["redis"]:  # a database may be slow to answer the first time
                    break
            except httpx.TransportError:
                pass
            await asyncio.sleep(0.1)
    stack.redis.start()
    stack.wait_until_ready()
    stack.serve.stop()
