"""What the API adds to the engine's own start, in turns on one stage: each from the request to the first step."""

from __future__ import annotations

import asyncio
import random
import statistics

import httpx

from genisys import Deployments

from ._figures import Found, row
from ._processes import BenchmarkFailed
from ._stage import DEPLOYMENT, Bench, Stage, epoch_ms, stage
from ._streams_stage import Site

WORKFLOW = "bench-start"
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
            "DJANGO_SETTINGS_MODULE": "benchmarks._site_settings",
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
            async with httpx.AsyncClient(
                base_url=site.url, headers={"Authorization": f"Bearer {token}"}, trust_env=False, timeout=30
            ) as http:
                engine_ms, api_ms, answered_ms = await _in_turns(place, http, count)
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


async def _in_turns(place: Stage, http: httpx.AsyncClient, count: int) -> tuple[list[float], list[float], list[float]]:
    uneven = random.Random(7)  # noqa: S311 - distances, no secret
    engine_ms: list[float] = []
    api_ms: list[float] = []
    answered_ms: list[float] = []
    for _ in range(10):  # warms both
        await place.start(WORKFLOW)
        await _post(http)
    asked: list[tuple[str, float, list[float]]] = []
    for number in range(count):
        before = epoch_ms()
        asked.append((await place.start(WORKFLOW), before, engine_ms))
        await asyncio.sleep(uneven.uniform(0.02, 0.06))
        before = epoch_ms()
        asked.append((await _post(http), before, api_ms))
        answered_ms.append(epoch_ms() - before)
        await asyncio.sleep(uneven.uniform(0.02, 0.06))
        if number % TOGETHER == TOGETHER - 1 or number == count - 1:
            for run_id, before, times in asked:
                times.append((await place.output(run_id))["epoch_us"] / 1000 - before)
            asked.clear()
    return engine_ms, api_ms, answered_ms


async def _post(http: httpx.AsyncClient) -> str:
    answer = await http.post(f"/api/workflows/{WORKFLOW}/start", json={})
    if answer.status_code != 202:
        raise BenchmarkFailed(f"a start answered {answer.status_code}: {answer.text[:500]}")
    run_id: str = answer.json()["id"]
    return run_id
