"""Predictions held against this machine: what a few runs cost predicts how soon hundreds are done.

A worker runs a small crowd of runs of few steps, and one of many: their processor time, the worker's and Redis's,
is all that the model is told of the product. Of the machine it is told how long a process that was ready had to wait
for a core during the trial (the kernel's schedstat): what else runs there is not the product's, and not predicted.
"""

from __future__ import annotations

import asyncio
import json
import os
import statistics
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from ..capacity.idle import cpu_ns
from ..capacity.work import redis_cpu_s, server
from ..harness.figures import percentile
from ..harness.measuring import machine, say
from ..harness.stage import Bench, Stage, stage, until
from .costs import Costs
from .load import Fleet, Load
from .model import Installation

KEPT = Path(__file__).parent / "data" / "against.json"
STEPS, FEW = 20, 2
CROWD = 20
"""Runs at once whose cost is measured: one alone pays by itself for each wakeup of the loop, which others share."""
PATIENCE_S = 240.0
STARTING = 50


@dataclass(frozen=True, slots=True)
class Trial:
    """So many runs at once on so many workers, each step of which waits so long."""

    workers: int
    runs: int
    step_s: float


TRIALS = [Trial(workers, runs, step_s) for workers in (1, 2) for runs, step_s in ((100, 0.5), (200, 0.1), (200, 0.0))]


@dataclass(frozen=True, slots=True)
class Outcome:
    """Runs a second, and what a run takes at the 95th percentile, from the first start on."""

    rate: float
    p95_s: float


@dataclass(frozen=True, slots=True)
class Held:
    trial: Trial
    predicted: Outcome
    measured: Outcome

    @property
    def off(self) -> tuple[float, float]:
        """Return by which share the predictions of rate and of p95 are too high."""
        return self.predicted.rate / self.measured.rate - 1, self.predicted.p95_s / self.measured.p95_s - 1


@dataclass(frozen=True, slots=True)
class Cost:
    """What a run of a small crowd costs, in seconds of a core; `start` is what whoever starts it spends."""

    start: float
    run: float
    step: float
    redis_step: float


@dataclass(frozen=True, slots=True)
class Clock:
    """How much longer than its processor time each process took to get it: 1 on an idle machine."""

    mine: float
    worker: float
    redis: float


async def tries(bench: Bench) -> tuple[str, list[Held]]:
    """Measure a few runs, predict, and measure many; return the machine as it was and what each trial gave."""
    found: list[Held] = []
    chosen = [replace(each, runs=10) for each in TRIALS[:2]] if bench.quick else TRIALS
    for workers in sorted({each.workers for each in chosen}):
        async with stage(bench, f"against-{workers}") as place:
            pids = await place.ready(*(place.worker(concurrency=1000) for _ in range(workers)))
            one = await _crowd(place, pids)
            say(str(one))
            for trial in [each for each in chosen if each.workers == workers]:
                measured, clock = await _measure(place, trial, pids)
                predicted = _predict(trial, one, clock)
                found.append(Held(trial, predicted, measured))
                say(f"{trial}: {predicted} predicted, {measured} measured, {clock}")
    return machine(), found


async def _usual(cost: Callable[[int], Awaitable[tuple[float, float, float]]], steps: int) -> tuple[float, ...]:
    """Return the median of each cost over some turns."""
    turns = [await cost(steps) for _ in range(3)]
    return tuple(statistics.median(each) for each in zip(*turns, strict=True))


def _closed(place: Stage, run_id: str) -> Callable[[], Awaitable[bool]]:
    async def is_closed() -> bool:
        meta = await place.engine.meta(run_id)
        return meta is not None and meta.closed

    return is_closed


def _scheduled(pids: Sequence[int]) -> tuple[int, int]:
    """Return the nanoseconds that these processes had a core, and those that they were ready and had none.

    Of their first threads alone, which have the event loop: others that wait beside it hold up nobody.
    """
    told = [Path(f"/proc/{pid}/schedstat").read_text().split() for pid in pids]
    return sum(int(each[0]) for each in told), sum(int(each[1]) for each in told)


def _slow(before: tuple[int, int], after: tuple[int, int]) -> float:
    ran, waited = after[0] - before[0], after[1] - before[1]
    return 1 + waited / max(1, ran)


async def _crowd(place: Stage, pids: Sequence[int]) -> Cost:
    with server(place.url) as client:

        async def cost(steps: int) -> tuple[float, float, float]:
            mine, worker, redis = time.process_time(), sum(map(cpu_ns, pids)), redis_cpu_s(client)
            ids = await asyncio.gather(*(place.start("bench-waits", steps=steps) for _ in range(CROWD)))
            mine = time.process_time() - mine
            for run_id in ids:
                await until(_closed(place, run_id), "a run did not end", 60, every=0.5)  # asking costs Redis, too
            used = sum(map(cpu_ns, pids)) - worker
            return mine / CROWD, used / 1e9 / CROWD, (redis_cpu_s(client) - redis) / CROWD

        await cost(FEW)  # warms all of them
        few, many = await _usual(cost, FEW), await _usual(cost, STEPS)
    step = (many[1] - few[1]) / (STEPS - FEW)
    return Cost(few[0], max(0.0, few[1] - FEW * step), step, (many[2] - few[2]) / (STEPS - FEW))


def _predict(trial: Trial, one: Cost, clock: Clock) -> Outcome:
    load = Load(runs_a_day=0, steps=STEPS, step_s=trial.step_s, viewers_a_second=0, places=1000)
    costs = Costs(
        machine="",
        worker_run=one.run * clock.worker,
        worker_step=one.step * clock.worker,
        redis_step=one.redis_step * clock.redis,
        redis_event=0,
        web_start=one.start * clock.mine,
        web_viewer=0,
        web_frame=0,
        control_run=0,
        control_follow=0,
        database_run=0,
        redis_bytes_run=0,
        database_bytes_run=0,
    )
    installation = Installation(load, Fleet(1, trial.workers, 1, 1, 1), costs, even=True)
    seen = installation.batch(trial.runs)
    return Outcome(trial.runs / max(seen.run_took), percentile(seen.run_took, 95))


async def _measure(place: Stage, trial: Trial, pids: Sequence[int]) -> tuple[Outcome, Clock]:
    starting = asyncio.Semaphore(STARTING)
    with server(place.url) as client:
        told: Any = client.info("server")
    every = [os.getpid()], pids, [int(told["process_id"])]
    before = [_scheduled(each) for each in every]
    began = time.time_ns() / 1e6

    async def start() -> str:
        async with starting:
            return await place.start("bench-waits", steps=STEPS, seconds=trial.step_s)

    ids = await asyncio.gather(*(start() for _ in range(trial.runs)))
    usual = STEPS * trial.step_s
    await asyncio.sleep(usual)  # none ends earlier; asking takes processor time from what is measured

    async def all_closed() -> bool:
        return all(meta.closed for meta in (await place.engine.metas(ids)).values())

    await until(all_closed, "the runs did not end", PATIENCE_S, every=0.5)
    clock = Clock(*(_slow(was, _scheduled(each)) for was, each in zip(before, every, strict=True)))
    took = []
    for run_id in ids:
        last = (await place.engine.events(run_id))[-1]
        took.append((last["at"] - began) / 1000)
    return Outcome(trial.runs / max(took), percentile(took, 95)), clock


def as_text(found: tuple[str, list[Held]]) -> str:
    said, held = found
    head = f"{'workers':>7} {'runs':>5} {'a step':>7} | {'runs/s: predicted':>17} {'measured':>9} {'off':>6} | "
    lines = [said, "", head + f"{'p95 s: predicted':>16} {'measured':>9} {'off':>6}"]
    for each in held:
        rate, p95 = each.off
        line = f"{each.trial.workers:>7} {each.trial.runs:>5} {each.trial.step_s:>6g}s | "
        line += f"{each.predicted.rate:>17.2f} {each.measured.rate:>9.2f} {100 * rate:>+5.0f}% | "
        lines.append(line + f"{each.predicted.p95_s:>16.2f} {each.measured.p95_s:>9.2f} {100 * p95:>+5.0f}%")
    return "\n".join(lines)


def save(found: tuple[str, list[Held]]) -> None:
    KEPT.write_text(json.dumps({"machine": found[0], "held": [asdict(each) for each in found[1]]}, indent=1) + "\n")


def kept() -> tuple[str, list[Held]]:
    said = json.loads(KEPT.read_text())
    return said["machine"], [
        Held(Trial(**each["trial"]), Outcome(**each["predicted"]), Outcome(**each["measured"])) for each in said["held"]
    ]
