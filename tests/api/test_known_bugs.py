"""One test for each way in which streams over HTTP are known to break elsewhere, named after the bug."""

from __future__ import annotations

import asyncio
import contextlib
import json
from pathlib import Path
from typing import Any

import httpx
import pytest
from django.db import connections

from runs.live import following
from runs.live.resources import MOST_IDLE
from tests.conftest import wait_until

SSE = {"Accept": "text/event-stream"}


async def frames(answer: Any) -> list[dict[str, Any]]:
    body = b"".join([part async for part in answer])
    return [json.loads(line[6:]) for line in body.decode().splitlines() if line.startswith("data: ")]


async def test_gzip_and_proxy_buffering(owner: Any, live_run: Any) -> None:
    """A stream that is compressed or buffered on its way shows nothing until it ends."""
    await live_run.finish()
    answer = await owner.get(f"{live_run.url}/events", **SSE, **{"Accept-Encoding": "gzip, br"})
    assert answer["Content-Encoding"] == "identity"
    assert answer["X-Accel-Buffering"] == "no"
    assert "no-transform" in answer["Cache-Control"]
    assert (await frames(answer))[-1]["t"] == "end"


async def test_pinned_database_connection(owner: Any, live_run: Any) -> None:
    """A stream may last an hour. While it waits, its request holds no connection to the database."""
    answer = await owner.get(f"{live_run.url}/events", **SSE)
    parts = aiter(answer)
    async with asyncio.timeout(20):
        async for part in parts:
            if b"event: live" in part:
                break
    assert [each for each in connections.all(initialized_only=True) if each.connection is not None] == []
    await live_run.finish()
    async with asyncio.timeout(20):
        rest = b"".join([part async for part in parts])
    assert b"event: end" in rest
    answer.close()


async def test_no_resume_once_finished(owner: Any, live_run: Any) -> None:
    """The log of a finished run is followed from any cursor, from Redis and from the archive."""
    await live_run.say(*map(str, range(8)))
    await live_run.finish()
    for archived in (False, True):
        if archived:
            await live_run.archive()
        answer = await owner.get(f"{live_run.url}/events?after=5", **SSE)
        got = await frames(answer)
        assert [event["seq"] for frame in got if frame["t"] == "batch" for event in frame["events"]] == [6, 7, 8, 9, 10]
        assert got[-1]["t"] == "end"


async def test_lost_end_of_a_server_that_leaves(owner: Any, live_run: Any) -> None:
    """A server that goes away must not look like a run that has ended."""
    answer = await owner.get(f"{live_run.url}/events", **SSE)
    got: list[dict[str, Any]] = []

    async def read() -> None:
        got.extend(await frames(answer))

    reading = asyncio.create_task(read())
    hub = await following.hub()
    async with asyncio.timeout(20):
        while not hub.viewers:
            await asyncio.sleep(0.01)
        await following.leave()
        await reading
    assert "end" not in [frame["t"] for frame in got]


async def test_history_in_thousands_of_frames(owner: Any, live_run: Any) -> None:
    """Ten thousand events are a handful of frames, none over 256 KB."""
    for first in range(0, 10_000, 500):
        await live_run.say(*(f"line {number}" for number in range(first, first + 500)))
    await live_run.finish()
    got = await frames(await owner.get(f"{live_run.url}/events", **SSE))
    batches = [frame for frame in got if frame["t"] == "batch"]
    assert batches[-1]["last"] == 10_002
    assert len(batches) < 40
    assert max(len(json.dumps(frame, separators=(",", ":"))) for frame in batches) < 300_000


@pytest.mark.timeout(180)
def test_streams_hold_no_files_of_the_database(stack: Any) -> None:
    """As the process itself shows it: thirty streams hold none, but for the few threads that are kept.

    Each open connection has the journal open once. SQLite keeps the other file of one that was closed, for the next.
    """

    def held() -> int:
        count = 0
        for link in Path(f"/proc/{stack.serve.pid}/fd").iterdir():
            with contextlib.suppress(FileNotFoundError):  # closed since it was listed
                count += "db.sqlite3-wal" in str(link.readlink())
        return count

    stack.add_user("streams@example.com", "secret")
    token = stack.manage("token", "streams@example.com").split()[-1]
    headers = {"Authorization": f"Bearer {token}"}
    with httpx.Client(base_url=stack.url, headers=headers, trust_env=False, timeout=60) as client:
        # Paused at its first step or not, the run is open long enough: it reads a site that answers slowly or never.
        started = client.post("/api/workflows/write-post/start", json={"topic": "How rivers meander"})
        assert started.status_code == 202, started.text
        events = started.json()["urls"]["events"]
        streams = [client.stream("GET", events, headers=SSE) for _ in range(30)]
        answers = [stream.__enter__() for stream in streams]
        try:
            for answer in answers:
                assert answer.status_code == 200
                next(answer.iter_bytes())
            # A thread that asked the database for the last of them may be closing what it had for that.
            wait_until(lambda: held() <= 4 + MOST_IDLE, "30 streams hold files of the database")
        finally:
            for stream in streams:
                stream.__exit__(None, None, None)
