"""A hundred runs at once in one worker process: steps per second, from the first request to the last run's end."""

from __future__ import annotations

import asyncio
import statistics
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from functools import partial

from ...harness.figures import Found, row
from ...harness.stage import Bench, Stage, epoch_ms, stage, until
from ..rivals.dbos import APIS, dbos, missing, variants
from .sequential import ratio

STEPS = 10
OURS = "genisys"
OURS_A_TURN = 3
"""Of which the median counts: ours takes a third of a second, theirs five, so a moment of the machine weighs more."""


async def concurrent(bench: Bench) -> Found:
    runs, rounds = bench.size(100, 10), bench.size(3, 2)
    inner: list[float] = []
    async with AsyncExitStack() as stack:
        place = await stack.enter_async_context(stage(bench, "concurrent"))
        await place.ready(place.worker(concurrency=runs))
        takes: dict[str, Callable[[int], Awaitable[float]]] = {OURS: partial(at_once, place, inner)}
        headline: list[str] = []
        if not missing(bench):
            for variant in variants(bench, "concurrent"):
                theirs = await stack.enter_async_context(dbos(bench, variant))
                for api in APIS:
                    takes[f"{variant.name}, {api}"] = partial(theirs.concurrent, api, STEPS)
                headline += [f"{variant.name}, {api}" for api in APIS] if variant.headline else []
        for take in takes.values():
            await take(5)
        inner.clear()
        rates: dict[str, list[float]] = {name: [] for name in takes}
        for turn in range(rounds):
            order = list(takes)
            for name in order[turn % len(order) :] + order[: turn % len(order)]:
                takes_a_turn = OURS_A_TURN if name == OURS else 1
                rates[name].append(statistics.median([await takes[name](runs) for _ in range(takes_a_turn)]))
    found = Found(rows=[row(f"{runs} runs at once, {name}", each, "steps/s") for name, each in rates.items()])
    found.rows.insert(1, row(f"{runs} runs at once, {OURS}, first step's start to last step's end", inner, "steps/s"))
    if headline:
        best = max((rates[name] for name in headline), key=statistics.median)
        found.figures["concurrent_vs_dbos_sqlite"] = ratio(rates[OURS], best)
    return found


async def at_once(place: Stage, inner: list[float], runs: int, steps: int = STEPS) -> float:
    """Start all from this process, as an API does; the ends are the worker's own stamps in the runs' state."""
    before = epoch_ms()
    ids = await asyncio.gather(*(place.start("bench-steps", steps=steps) for _ in range(runs)))

    async def all_closed() -> bool:
        metas = await place.engine.metas(ids)
        return len(metas) == runs and all(meta.closed for meta in metas.values())

    await until(all_closed, "the runs did not end", 60, every=0.1)
    ends = [meta.ended_ms for meta in (await place.engine.metas(ids)).values()]
    stamps = [
        event["at"]
        for run_id in ids
        for event in await place.engine.events(run_id)
        if event["type"] in ("step.started", "step.completed")
    ]
    inner.append(runs * steps / (max(stamps) - min(stamps)) * 1000)
    return runs * steps / (max(ends) - before) * 1000
