"""How long the server takes for the page of a run, by the length of the run's log."""

from __future__ import annotations

import asyncio
import contextlib
import statistics
import sys
import time

import httpx
import redis.asyncio

from genisys.redis_io.keys import run_key

from ...harness.figures import Found, row
from ...harness.processes import BenchmarkFailed, Child
from ...harness.stage import until
from ..check import Faults
from ..stage import Load, stage

COMPACTED_S = 15.0


async def paint(load: Load) -> tuple[Found, Faults]:
    """Pages of unfinished runs of 100, 1,000 and 10,000 events that fold to a state of one size, in turns."""
    bench = load.bench
    sizes = [bench.size(100, 50), bench.size(1_000, 200), bench.size(10_000, 1_000)]
    async with stage(load, "paint") as it:
        # Control is part of the product, and what compacts logs.
        control = Child("control", [sys.executable, "manage.py", "control"], bench.folder, env=it.site.env)
        try:
            pages = {}
            for events in sizes:
                writer, cookies = await it.runs(1)
                await writer.order("fill", events=events)
                pages[events], cookie = next(iter(cookies.items()))
                pages[events] += f" {cookie}"
            with contextlib.suppress(BenchmarkFailed):  # without compaction the figure tells
                await until(lambda: _compacted(it.redis, pages[sizes[-1]].split()[0]), "", COMPACTED_S, every=0.25)
            took = await _timed(it.site.url, pages, rounds=bench.size(20, 3))
        finally:
            await asyncio.to_thread(control.stop)
    rows = [row(f"page of a run of {events:,} events", times, "ms") for events, times in took.items()]
    ratio = statistics.median(took[sizes[-1]]) / statistics.median(took[sizes[0]])
    return Found({"first_paint_ratio": ratio}, rows), Faults()


async def _compacted(url: str, run: str) -> bool:
    async with redis.asyncio.Redis.from_url(url) as client:
        return bool(await client.exists(run_key(run, "snapshot")))


async def _timed(url: str, pages: dict[int, str], rounds: int) -> dict[int, list[float]]:
    took: dict[int, list[float]] = {events: [] for events in pages}
    async with httpx.AsyncClient(trust_env=False, timeout=60) as client:
        for number in range(rounds + 1):
            for events, page in pages.items():
                run, cookie = page.split()
                before = time.perf_counter()
                answer = await client.get(f"{url}/runs/{run}/", headers={"Cookie": cookie})
                if answer.status_code != 200:
                    raise BenchmarkFailed(f"the page of a run answered {answer.status_code}")
                if number:  # the first round warms
                    took[events].append(1000 * (time.perf_counter() - before))
    return took
