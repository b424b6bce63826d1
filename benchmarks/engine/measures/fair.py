"""Fairness: one person starts 200 runs, then others start one each: how long until the first step of those?"""

from __future__ import annotations

from ...harness.figures import Found, row
from ...harness.stage import Bench, epoch_ms, stage

PER_PERSON = 8  # the product's default, GENISYS_RUNS_PER_PERSON


async def fair(bench: Bench) -> Found:
    """Return the worst wait of those who come after, while the first person's runs go on and stand in line."""
    crowd, others = bench.size(200, 30), bench.size(10, 2)
    async with stage(bench, "fair", per_owner=PER_PERSON) as place:
        await place.ready(place.worker())
        runs = [await place.start("bench-waits", owner="first", steps=20, seconds=1.0) for _ in range(crowd)]
        await place.event(runs[0], lambda event: event["type"] == "step.started", seconds=20)
        waited = []
        for n in range(others):
            before = epoch_ms()
            output = await place.output(await place.start("bench-start", owner=f"other-{n}"))
            waited.append((output["epoch_us"] / 1000 - before) / 1000)
    return Found(
        figures={"fair_s": max(waited)},
        rows=[
            row(f"{crowd} runs of one person, then one of another: to its first step (worst)", waited, "s", worst=True)
        ],
    )
