"""What does not grow, or how, with the number of unfinished runs: to start one, to sweep, to list.

`python -m benchmarks.capacity.growth REDIS TOKEN SIZE...` in a site's environment makes so many runs in Redis and in
the database, half of them waiting for a person and half for a worker that does not come, and prints what each took.
"""

from __future__ import annotations

import asyncio
import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable
from typing import Any

import django

from ..harness.processes import REPOSITORY, BenchmarkFailed
from ..harness.site import Site
from ..harness.stage import Bench, redis_server
from .curves import Curve

AT_ONCE = 500
MEANS = {
    "start_ms": "engine.start",
    "watch_ms": "a sweep of the watch, nothing due",
    "watch_due_ms": "a sweep of the watch, every run that waits for a worker due",
    "control_ms": "a round of control's sweep over the record",
    "list_ms": "GET /api/runs",
    "list_waiting_ms": "GET /api/runs?status=waiting",
}


async def growth(bench: Bench) -> list[Curve]:
    sizes = (1000, 10_000, 100_000) if not bench.quick else (200, 2000)
    folder = bench.folder / "growth-site"
    folder.mkdir()
    async with redis_server(bench, "growth-redis", "everysec") as url:
        site = Site(folder, url, "daphne")
        site.env["GENISYS_APPS"] = "benchmarks.harness"
        await asyncio.to_thread(site.prepare, bench.folder / "template.sqlite3")
        token = await asyncio.to_thread(site.token)
        argv = [sys.executable, "-m", "benchmarks.capacity.growth", url, token, *map(str, sizes)]
        done = await asyncio.to_thread(
            lambda: subprocess.run(  # noqa: S603 - our own command
                argv, env={**os.environ, **site.env}, cwd=REPOSITORY, capture_output=True, text=True, check=False
            )
        )
    if done.returncode:
        raise BenchmarkFailed(f"growth ended with {done.returncode}:\n{done.stderr[-2000:]}")
    told: dict[str, dict[str, float]] = json.loads(done.stdout.splitlines()[-1])
    return [
        Curve(f"unfinished_{name}", "unfinished runs", "ms", means, {int(at): told[at][name] for at in told})
        for name, means in MEANS.items()
    ]


async def _look(url: str, token: str, sizes: list[int]) -> dict[int, dict[str, float]]:
    from django.conf import settings
    from django.test import AsyncClient

    from genisys.host import Engine
    from runs.control_plane.control import Control

    settings.ALLOWED_HOSTS = ["*"]
    client = AsyncClient()
    found: dict[int, dict[str, float]] = {}
    made = 0
    async with Engine(url, deployment="bench") as engine:
        control = Control(engine)

        async def listed(query: str) -> None:
            answer = await client.get(f"/api/runs{query}", headers={"authorization": f"Bearer {token}"})
            if answer.status_code != 200:
                raise BenchmarkFailed(f"the list answered {answer.status_code}")

        for size in sizes:
            await _fill(engine, size - made)
            made = size
            await _all_due(engine, due=False)
            found[size] = {
                "start_ms": await _took(100, lambda: engine.start("bench-start", {}, title="")),
                "watch_ms": await _took(10, control.watch.sweep),
                "control_ms": await _control_round(control),
                "list_ms": await _took(10, lambda: listed("")),
                "list_waiting_ms": await _took(10, lambda: listed("?status=waiting")),
            }
            await _all_due(engine, due=True)
            await control.watch.sweep()  # the first one after an outage: it meets them all
            found[size]["watch_due_ms"] = await _over_a_cycle(control)
    return found


async def _took(times: int, act: Callable[[], Awaitable[Any]]) -> float:
    await act()
    took = []
    for _ in range(times):
        before = time.perf_counter()
        await act()
        took.append(1000 * (time.perf_counter() - before))
    return statistics.median(took)


async def _control_round(control: Any) -> float:
    control._owes_a_sweep = False  # the first sweep of a process meets every row, once
    return await _took(5, control.sweep_in_turn)


async def _over_a_cycle(control: Any) -> float:
    """Return what a sweep takes on the average while the runs come due again, at one a second."""
    took = []
    for _ in range(12):
        before = time.perf_counter()
        await control.watch.sweep()
        took.append(1000 * (time.perf_counter() - before))
        await asyncio.sleep(max(0.0, 1 - took[-1] / 1000))  # a sweep a second, as control does
    return statistics.mean(took)


async def _all_due(engine: Any, *, due: bool) -> None:
    """Let those that wait for a worker be due now, or in an hour."""
    from genisys.core.clock import now_ms

    queued = await _ids("queued")
    at = now_ms() + (0 if due else 3_600_000)
    for start in range(0, len(queued), 5000):
        await engine.store.look_again_at(queued[start : start + 5000], at)


async def _ids(status: str) -> list[str]:
    from runs.models import Run

    return [pk async for pk in Run.objects.filter(status=status).values_list("pk", flat=True)]


async def _fill(engine: Any, count: int) -> None:
    from django.contrib.auth import get_user_model

    from genisys.host import new_run_id
    from genisys.redis_io.keys import NEVER_MS
    from genisys.store.records import Append
    from runs.models import Run

    owner = await get_user_model()._default_manager.aget()
    for start in range(0, count, AT_ONCE):
        ids = {new_run_id(): "waiting" if n % 2 else "queued" for n in range(min(AT_ONCE, count - start))}
        at = time.time_ns() // 1_000_000
        meta = {"workflow": "bench-start", "title": "A run", "deployment": "bench", "created_ms": str(at)}
        queued = {"type": "run.queued", "at": at, "workflow": "bench-start", "title": "A run"}
        await asyncio.gather(
            *(
                engine.store.create(run, meta, Append(events=[queued], status=status, meta={"owner": str(owner.pk)}))
                for run, status in ids.items()
            )
        )
        await engine.store.look_again_at([run for run, status in ids.items() if status == "waiting"], NEVER_MS)
        metas = await engine.metas(list(ids))  # as control has written them: a round looks at them, and changes none
        rows = [
            Run(pk=run, status=status, log_id=metas[run].log_id, seq=metas[run].last_seq, owner=owner)
            for run, status in ids.items()
        ]
        for row in rows:
            row.workflow, row.title, row.deployment, row.input = "bench-start", "A run", "bench", {}
        await Run.objects.abulk_create(rows)


if __name__ == "__main__":
    os.environ["DJANGO_SETTINGS_MODULE"] = "genisys_site.settings"
    django.setup()
    print(json.dumps(asyncio.run(_look(sys.argv[1], sys.argv[2], [int(each) for each in sys.argv[3:]]))))
