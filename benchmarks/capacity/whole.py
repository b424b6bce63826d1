"""The whole product: what a start over the API, a run's record and its row cost, in processor time and in bytes."""

from __future__ import annotations

import asyncio
import sqlite3
import sys
from pathlib import Path

from genisys.host import Deployments

from ..engine.measures.api_start import line
from ..harness.processes import Child
from ..harness.site import Site
from ..harness.stage import DEPLOYMENT, Bench, stage, until
from .curves import Curve
from .idle import cpu_ns
from .work import STEPS

LINES = 4
ORDER = f'{{"steps": {STEPS}}}'
PATIENCE_S = 240.0
LIMITS = ("GENISYS_OPEN_RUNS_PER_PERSON", "GENISYS_STARTS_PER_HOUR", "GENISYS_API_REQUESTS_PER_MINUTE")
UNLIMITED = {
    "GENISYS_APPS": "benchmarks.harness",
    "GENISYS_RUNS_PER_PERSON": "0",
    **dict.fromkeys(LIMITS, "1000000"),
}
"""Limits are counted as always, but never reached."""


async def whole(bench: Bench) -> list[Curve]:
    """Starts over the API, a worker that runs them, and a control that records them."""
    web = Curve("api_starts_per_core_s", "starts", "1/s", "starts over the API a second of a web process's core")
    control = Curve("control_s_a_1000_runs", "runs", "s", f"control's core for 1,000 runs of {STEPS} steps, archived")
    kept = Curve("database_bytes_a_run", "runs", "bytes", f"bytes in the database of an ended run of {STEPS} steps")
    folder = bench.folder / "whole-site"
    folder.mkdir()
    async with stage(bench, "whole") as place:
        site = Site(folder, place.url, "daphne")
        site.env |= UNLIMITED
        await asyncio.to_thread(site.prepare, bench.folder / "template.sqlite3")
        token = await asyncio.to_thread(site.token)
        recorder: Child | None = None
        try:
            await site.start()
            await place.ready(place.worker(concurrency=100))
            await Deployments(place.engine).promote(DEPLOYMENT)
            recorder = Child("control", [sys.executable, "manage.py", "control"], bench.folder, env=site.env)
            await starts(site, token, 10)  # warms all of them
            await _recorded(site, 10)
            ended = 10
            for size in (10, 100, bench.size(1000, 200)):
                before = cpu_ns(site.pid), cpu_ns(recorder.pid), _bytes(site)
                await starts(site, token, size)
                web.points[size] = size / ((cpu_ns(site.pid) - before[0]) / 1e9)
                ended += size
                await _recorded(site, ended)
                control.points[size] = (cpu_ns(recorder.pid) - before[1]) / 1e9 / size * 1000
                kept.points[size] = (_bytes(site) - before[2]) / size
        finally:
            if recorder is not None:
                await asyncio.to_thread(recorder.stop)
            await site.stop()
    return [web, control, kept]


async def starts(site: Site, token: str, count: int) -> None:
    left = list(range(count))

    async def caller() -> None:
        async with line(site.port, token, "bench-steps", ORDER) as post:
            while left:
                left.pop()
                await post()

    await asyncio.gather(*(caller() for _ in range(LINES)))


def _database(site: Site) -> sqlite3.Connection:
    return sqlite3.connect(Path(site.env["GENISYS_HOME"]) / "db.sqlite3", timeout=20)


async def _recorded(site: Site, wanted: int) -> None:
    async def are() -> bool:
        connection = _database(site)
        try:
            [[count]] = connection.execute("select count(*) from runs_run where status = 'completed'")
        finally:
            connection.close()
        return bool(count >= wanted)

    await until(are, f"not all of {wanted} runs are on record", PATIENCE_S, every=0.5)


def _bytes(site: Site) -> int:
    """Return the size of what the database holds, free pages left out."""
    connection = _database(site)
    try:
        [[pages]] = connection.execute("pragma page_count")
        [[free]] = connection.execute("pragma freelist_count")
        [[size]] = connection.execute("pragma page_size")
    finally:
        connection.close()
    return int((pages - free) * size)
