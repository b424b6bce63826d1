"""Many runs at once, one worker process a core: steps a second on a cluster of three masters, beside one server."""

from __future__ import annotations

import os
import statistics
from contextlib import AsyncExitStack

from ...harness.figures import Found, row
from ...harness.stage import Bench, stage
from .concurrent import at_once

MASTERS = 3
STEPS = 100


async def cluster(bench: Bench) -> Found:
    """Measure both in turns. Their rounds' ratios count, of which the median is the figure."""
    runs, rounds = bench.size(100, 10), bench.size(11, 2)
    cores = os.cpu_count() or 1
    async with AsyncExitStack() as stack:
        places = {
            masters: await stack.enter_async_context(stage(bench, f"cluster-{masters}", masters=masters))
            for masters in (1, MASTERS)
        }
        for place in places.values():
            # Each has room for its share: with more, one that is quicker takes them all, and the other stands idle.
            await place.ready(*[place.worker(concurrency=-(-runs // cores)) for _ in range(cores)])
            await at_once(place, [], runs, STEPS)  # warms them
        rates: dict[int, list[float]] = {masters: [] for masters in places}
        for turn in range(rounds):
            for masters in (1, MASTERS) if turn % 2 else (MASTERS, 1):
                await at_once(places[masters], rates[masters], runs, STEPS)
    ratios = [three / one for one, three in zip(rates[1], rates[MASTERS], strict=True)]
    named = {1: "one server", MASTERS: f"a cluster of {MASTERS} masters"}
    return Found(
        figures={"cluster_vs_one": statistics.median(ratios)},
        rows=[row(f"{runs} runs at once, {cores} workers, {named[each]}", rates[each], "steps/s") for each in rates]
        + [row(f"the same, {named[MASTERS]} over {named[1]}", ratios, "times")],
    )
