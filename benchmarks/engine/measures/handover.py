"""Hand-over: a worker that holds fifty long runs is told to stop; another is up. How long until it has them all?"""

from __future__ import annotations

import asyncio
from collections import Counter
from typing import Any

from ...harness.figures import Found, row
from ...harness.processes import BenchmarkFailed
from ...harness.stage import Bench, Stage, epoch_ms, stage, swept, until

STEP_S = 0.5
STEPS = 7200  # an hour of them


async def handover(bench: Bench) -> Found:
    """Return the worst of the repetitions: from SIGTERM to the last run's next attempt."""
    runs = bench.size(50, 5)
    took = [await _once(bench, n, runs) for n in range(bench.size(2, 1))]
    found = Found(rows=[row(f"SIGTERM to all {runs} runs moved (worst)", took, "s", worst=True)])
    if not bench.quick:
        found.figures["handover_50_s"] = max(took)
    return found


async def _once(bench: Bench, n: int, runs: int) -> float:
    async with stage(bench, f"handover-{n}") as place, swept(place.engine):
        first = place.worker(concurrency=runs)
        await place.ready(first)
        ids = [await place.start("bench-waits", steps=STEPS, seconds=STEP_S) for _ in range(runs)]
        await asyncio.gather(*(_stepped(place, run_id, attempt=1) for run_id in ids))
        second = place.worker(concurrency=runs + 3)  # room for the runs that find out whether it is ready
        await place.ready(second)
        asked = epoch_ms()
        first.terminate()
        moved = await asyncio.gather(*(_moved(place, run_id) for run_id in ids))
        if code := await first.ended(30):
            raise BenchmarkFailed(f"the stopping worker ended with {code}")
        await asyncio.gather(*(_stepped(place, run_id, attempt=2) for run_id in ids))
        for run_id in ids:
            await nothing_lost_or_doubled(place, run_id)
        return (max(moved) - asked) / 1000


async def _stepped(place: Stage, run_id: str, *, attempt: int) -> None:
    await place.event(
        run_id, lambda event: event["type"] == "step.completed" and event["attempt"] >= attempt, seconds=40
    )


async def _moved(place: Stage, run_id: str) -> float:
    async def next_attempt() -> bool:
        meta = await place.engine.meta(run_id)
        return meta is not None and meta.attempt > 1

    await until(next_attempt, "a run was not taken over", 60, every=0.1)
    event = await place.event(run_id, lambda event: event["type"] == "run.started" and event["attempt"] > 1, seconds=20)
    return float(event["at"])


async def nothing_lost_or_doubled(place: Stage, run_id: str) -> None:
    events: list[dict[str, Any]] = await place.engine.events(run_id)
    if [event["seq"] for event in events] != list(range(1, len(events) + 1)):
        raise BenchmarkFailed(f"the log of run {run_id} has a hole")
    completed = Counter(event["step"] for event in events if event["type"] == "step.completed")
    if twice := [step for step, times in completed.items() if times > 1]:
        raise BenchmarkFailed(f"run {run_id} completed {len(twice)} steps twice in the hand-over")
    numbers = sorted(record.output for record in await place.engine.journal(run_id))
    if numbers != list(range(len(numbers))):
        raise BenchmarkFailed(f"run {run_id} lost a step in the hand-over: {numbers}")
