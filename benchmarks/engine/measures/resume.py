"""Resume of a long journal: the worker dies behind 10,000 steps; how long until the next new step runs?"""

from __future__ import annotations

import os
import signal
from typing import Any

from genisys.host import RunMeta

from ...harness.figures import Found, row
from ...harness.stage import Bench, Stage, epoch_ms, stage, until


async def resume(bench: Bench) -> Found:
    steps, rounds = bench.size(10_000, 300), bench.size(3, 1)
    async with stage(bench, "resume") as place:
        worker = place.worker()
        await place.ready(worker)
        run_id = await place.start("bench-resume", steps=steps)
        gate = await place.event(run_id, _is_gate(1), seconds=90)
        took = []
        for attempt in range(2, rounds + 2):
            os.kill(await _holder(place, run_id), signal.SIGKILL)
            acquired = await _acquired(place, run_id, attempt)
            gate = await place.event(run_id, _is_gate(attempt), seconds=30, after=gate["seq"])
            took.append((gate["at"] - acquired) / 1000)
    found = Found(rows=[row(f"resume of {steps:,} steps: acquire to the next new step", took, "s")])
    if not bench.quick:
        found.figures["resume_10k_s"] = sorted(took)[len(took) // 2]
    return found


async def _holder(place: Stage, run_id: str) -> int:
    """Return the id of the process that holds the run."""
    meta = await place.engine.meta(run_id)
    return next(info.pid for info in await place.engine.workers() if meta is not None and info.id == meta.worker)


def _is_gate(attempt: int) -> Any:
    return lambda event: event["type"] == "step.started" and event["name"] == "gate" and event["attempt"] == attempt


async def _acquired(place: Stage, run_id: str, attempt: int) -> float:
    """Return the moment at which the attempt's lease is seen: some 2 ms late at most.

    Not run.started: a worker may read the journal before it says so.
    """

    async def taken() -> RunMeta | None:
        meta = await place.engine.meta(run_id)
        return meta if meta is not None and meta.attempt >= attempt else None

    await until(taken, "no worker took the run again", 30, every=0.002)
    return epoch_ms()
