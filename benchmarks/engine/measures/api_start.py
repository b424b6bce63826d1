"""What the API adds to the engine's own start, in turns on one stage: each from the request to the first step."""

from __future__ import annotations

import asyncio
import json
import random
import re
import statistics
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from genisys.host import Deployments

from ...harness.figures import Found, row
from ...harness.processes import BenchmarkFailed
from ...harness.site import Site
from ...harness.stage import DEPLOYMENT, Bench, Stage, epoch_ms, stage

Post = Callable[[], Awaitable[str]]

WORKFLOW = "bench-start"
PATIENCE_S = 120.0
HELD_AT_ONCE = 8
"""Runs of one owner; as everywhere, the web process and the worker must agree about it."""
TOGETHER = 50
"""Runs that are looked up at the end of a round, when nothing is measured."""


async def api(bench: Bench) -> Found:
    """Start runs one by one at uneven distances: by a call of the engine, then by a POST with a token."""
    count = bench.size(300, 10)
    folder = bench.folder / "api-site"
    folder.mkdir()
    async with stage(bench, "api", per_owner=HELD_AT_ONCE) as place:
        site = Site(folder, place.url, "daphne")
        site.env |= {
            "GENISYS_APPS": "benchmarks.harness",
            "GENISYS_RUNS_PER_PERSON": str(HELD_AT_ONCE),
            # Counted as always, but never reached.
            "GENISYS_OPEN_RUNS_PER_PERSON": "100000",
            "GENISYS_STARTS_PER_HOUR": "100000",
            "GENISYS_API_REQUESTS_PER_MINUTE": "100000",
        }
        await asyncio.to_thread(site.prepare, bench.folder / "template.sqlite3")
        token = await asyncio.to_thread(site.token)
        try:
            await site.start()
            await place.ready(place.worker())
            await Deployments(place.engine).promote(DEPLOYMENT)
            async with asyncio.timeout(PATIENCE_S), line(site.port, token) as post:
                engine_ms, api_ms, answered_ms = await _in_turns(place, post, count)
        finally:
            await site.stop()
    return Found(
        figures={"api_start_adds_ms": statistics.median(api_ms) - statistics.median(engine_ms)},
        rows=[
            row("engine.start to first step running", engine_ms, "ms"),
            row("POST /api/workflows/…/start to first step running", api_ms, "ms"),
            row("the same to its answer", answered_ms, "ms"),
        ],
    )


async def _in_turns(place: Stage, post: Post, count: int) -> tuple[list[float], list[float], list[float]]:
    uneven = random.Random(7)  # noqa: S311 - distances, no secret
    engine_ms: list[float] = []
    api_ms: list[float] = []
    answered_ms: list[float] = []
    for _ in range(10):  # warms both
        await place.start(WORKFLOW)
        await post()
    asked: list[tuple[str, float, list[float]]] = []
    for number in range(count):
        before = epoch_ms()
        asked.append((await place.start(WORKFLOW), before, engine_ms))
        await asyncio.sleep(uneven.uniform(0.02, 0.06))  # no two meet, and no timer keeps step with them
        before = epoch_ms()
        asked.append((await post(), before, api_ms))
        answered_ms.append(epoch_ms() - before)
        await asyncio.sleep(uneven.uniform(0.02, 0.06))
        if number % TOGETHER == TOGETHER - 1 or number == count - 1:
            for run_id, before, times in asked:
                times.append((await place.output(run_id))["epoch_us"] / 1000 - before)
            asked.clear()
    return engine_ms, api_ms, answered_ms


@asynccontextmanager
async def line(port: int, token: str, workflow: str = WORKFLOW, order: str = "{}") -> AsyncIterator[Post]:
    """Return what posts over one kept connection. No client library: it is not what is measured."""
    request = (
        f"POST /api/workflows/{workflow}/start HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nAuthorization: Bearer {token}\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(order)}\r\n\r\n{order}"
    ).encode()
    reader, writer = await asyncio.open_connection("127.0.0.1", port)

    async def post() -> str:
        writer.write(request)
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        length = re.search(r"(?i)content-length: (\d+)", head)
        body = await reader.readexactly(int(length[1]) if length else 0)
        if " 202 " not in head.splitlines()[0]:
            raise BenchmarkFailed(f"a start answered {head.splitlines()[0]}: {body.decode()[:500]}")
        run_id: str = json.loads(body)["id"]
        return run_id

    try:
        yield post
    finally:
        writer.close()
        await writer.wait_closed()
