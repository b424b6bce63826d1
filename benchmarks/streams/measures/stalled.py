"""A tenth of the viewers stop reading: what that costs the web process, and the others.

The hub keeps the last 1 MiB of each run that is watched, so memory grows until that is full, whoever reads: hence the
growth before anybody stalls stands beside the growth while they do.
"""

from __future__ import annotations

import asyncio

from ...harness.figures import Found, Row
from ..check import Faults
from ..stage import Load, dealt, stage, watched
from .latency import CONNECTS_PER_S, WARM_S

PIECES = 20
"""Of each entry here: some 3 KB, so that a stalled viewer's 256 KB are full within seconds."""
SLOWER = 4
"""The rate of entries is so many times lower than that of the other measures."""


async def stalled(load: Load) -> tuple[Found, Faults]:
    """The stalled read again in the end, and must find everything."""
    async with stage(load, "stalled") as it:
        writer, cookies = await it.runs(load.runs)
        viewers = it.audience()
        await it.attached(viewers, dealt(cookies, load.viewers), within_s=load.viewers / CONNECTS_PER_S)
        await writer.order("rate", per_run=load.rate / SLOWER, pieces=PIECES)
        await asyncio.sleep(WARM_S)  # as in `latency`
        await viewers.order("mark")
        usual = await watched(min(load.seconds, load.stall_seconds), it.site.memory_kb)
        before = await viewers.report()
        await viewers.order("stall", share=load.stall_share)
        await viewers.order("mark")
        memory = await watched(load.stall_seconds, it.site.memory_kb)
        during = await viewers.report()
        await viewers.order("resume")
        closed = await it.ended(viewers, writer, seconds=60)
    middle = len(memory) // 2
    rows = [
        Row(
            f"{load.stall_share:.0%} stalled for {load.stall_seconds:g} s: memory before", f"{usual[-1] / 1024:.0f} MB"
        ),
        Row("  its growth before, a second", f"{_growth(usual) / load.seconds:.2f} MB"),
        Row("  its growth in the second half, a second", f"{2 * _growth(memory[middle:]) / load.stall_seconds:.2f} MB"),
        Row("  its peak", f"{max(memory) / 1024:.0f} MB"),
        Row("  others' p99 without them", f"{before.percentile_ms(99):.0f} ms"),
        Row("  others' p99 beside them", f"{during.percentile_ms(99):.0f} ms"),
    ]
    return Found({}, rows), closed.faults


def _growth(memory: list[int]) -> float:
    return (memory[-1] - memory[0]) / 1024
