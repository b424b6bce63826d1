"""The web process is replaced under its viewers, and all of them come back at once."""

from __future__ import annotations

import asyncio
import time

from ...harness.figures import Found, Row, percentile
from ...harness.processes import BenchmarkFailed
from ..check import Faults
from ..stage import Load, dealt, stage
from .latency import CONNECTS_PER_S

WARM_S = 3.0
CAUGHT_UP_S = 60.0


async def storm(load: Load) -> tuple[Found, Faults]:
    """SIGTERM, a new process on the same port, and how long until 99 % are caught up.

    Each viewer comes back at a random time within 5 s of its close, with its cursor, and tries again within a second
    while nobody listens. The clock starts when the new process listens.
    """
    async with stage(load, "storm") as it:
        writer, cookies = await it.runs(load.runs)
        viewers = it.audience()
        await it.attached(viewers, dealt(cookies, load.viewers), within_s=load.viewers / CONNECTS_PER_S)
        await writer.order("rate", per_run=load.rate)
        await asyncio.sleep(WARM_S)  # as in `latency`
        await viewers.order("mark")
        left = time.time()
        await it.site.stop()
        stopped = time.time()
        await it.site.start()
        listening = time.time()
        wanted = -(-load.viewers * 99 // 100)
        await viewers.until(
            lambda seen: sum(done > 0 for _, done in seen.caught_up) >= wanted,
            "99 % of the viewers did not catch up",
            CAUGHT_UP_S,
        )
        seen = await viewers.report()
        closed = await it.ended(viewers, writer)
    caught_up = sorted(done for _, done in seen.caught_up if done)
    if seen.reopened < load.viewers:
        raise BenchmarkFailed(f"only {seen.reopened} of {load.viewers} viewers came back")
    each = [done - began for began, done in seen.caught_up if done]
    rows = [
        Row("storm: SIGTERM to exit", f"{stopped - left:.1f} s"),
        Row("storm: start of the new process to its first answer", f"{listening - stopped:.1f} s"),
        Row(
            "storm: a viewer's connect to caught up, p50 / p99",
            f"{percentile(each, 50):.2f} / {percentile(each, 99):.2f} s",
        ),
    ]
    return Found({"storm_caught_up_s": max(0.0, caught_up[wanted - 1] - listening)}, rows), closed.faults
