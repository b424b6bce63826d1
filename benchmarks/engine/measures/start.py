"""Start latency: from the call of `engine.start` to the first line of the first step's body."""

from __future__ import annotations

import asyncio
import random

from ...harness.figures import Found, percentile, row
from ...harness.stage import Bench, epoch_ms, stage


async def start(bench: Bench) -> Found:
    """Start runs one by one, at uneven distances, so that no two meet and no timer keeps step with them."""
    count = bench.size(300, 20)
    uneven = random.Random(7)  # noqa: S311 - distances, no secret
    async with stage(bench, "start") as place:
        await place.ready(place.worker())
        asked: dict[str, float] = {}
        for _ in range(count):
            before = epoch_ms()
            asked[await place.start("bench-start")] = before
            await asyncio.sleep(uneven.uniform(0.02, 0.06))
        took = [(await place.output(run_id))["epoch_us"] / 1000 - before for run_id, before in asked.items()]
    p50, p99 = percentile(took, 50), percentile(took, 99)
    return Found(
        figures={"start_p50_ms": p50, "start_p99_ms": p99},
        rows=[row("request to first step running", took, "ms"), row("the same, 99th percentile", [p99], "ms")],
    )
