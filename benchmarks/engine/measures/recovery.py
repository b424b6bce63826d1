"""Recovery: a worker's child is killed, or its whole host; how long until the run's next step runs?"""

from __future__ import annotations

import os
import signal

from ...harness.figures import Found, row
from ...harness.processes import BenchmarkFailed
from ...harness.stage import Bench, Stage, epoch_ms, stage, swept

STEP_S = 0.05


async def recovery(bench: Bench) -> Found:
    """Return the worst of the repetitions of each: these figures are promises."""
    child = [await _child_dies(bench, n) for n in range(bench.size(3, 1))]
    host = [await _host_dies(bench, n) for n in range(bench.size(2, 1))]
    return Found(
        figures={"recover_child_s": max(child), "recover_host_s": max(host)},
        rows=[
            row("child killed -9 to the next step (worst)", child, "s", worst=True),
            row("host lost to the next step, lease of 10 s included (worst)", host, "s", worst=True),
        ],
    )


async def _child_dies(bench: Bench, n: int) -> float:
    """One supervised worker and no other: its successor has to be started first."""
    async with stage(bench, f"recover-child-{n}") as place, swept(place.engine):
        worker = place.worker()
        (pid,) = await place.ready(worker)
        run_id = await _busy_run(place)
        killed = epoch_ms()
        os.kill(pid, signal.SIGKILL)
        return await _goes_on(place, run_id, killed)


async def _host_dies(bench: Bench, n: int) -> float:
    """Supervisor and child die at once, so that nobody says so; a worker elsewhere is alive and control sweeps."""
    async with stage(bench, f"recover-host-{n}") as place, swept(place.engine):
        first = place.worker()
        await place.ready(first)
        run_id = await _busy_run(place)
        second = place.worker()
        await place.ready(second)
        meta = await place.engine.meta(run_id)
        if meta is None or meta.attempt != 1:
            raise BenchmarkFailed("the run moved before its worker was killed")
        killed = epoch_ms()
        first.kill_all()
        return await _goes_on(place, run_id, killed)


async def _busy_run(place: Stage) -> str:
    run_id = await place.start("bench-waits", steps=100_000, seconds=STEP_S)
    await place.event(run_id, lambda event: event["type"] == "step.completed" and event["seq"] > 10, seconds=20)
    return run_id


async def _goes_on(place: Stage, run_id: str, killed_ms: float) -> float:
    event = await place.event(
        run_id, lambda event: event["type"] == "step.started" and event["attempt"] > 1, seconds=40
    )
    return float(event["at"] - killed_ms) / 1000
