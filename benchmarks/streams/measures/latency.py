"""How soon what was appended is applied, how much a viewer costs, and that nobody misses anything meanwhile."""

from __future__ import annotations

import asyncio

from ...harness.figures import Found, Row
from ..check import Faults
from ..stage import Audience, Load, Seen, dealt, stage

WARM_S = 2.0
CONNECTS_PER_S = 400
STILL_S = 60.0
"""How long everything may stand still on a busy machine: longer than the second that a quick measure takes."""


async def latency(load: Load) -> tuple[Found, Faults]:
    """Viewers of a few runs, at the rate that was asked for."""
    async with stage(load, "latency") as it:
        writer, cookies = await it.runs(load.runs)
        viewers = it.audience()
        await it.attached(viewers, dealt(cookies, load.viewers), within_s=load.viewers / CONNECTS_PER_S)
        await writer.order("rate", per_run=load.rate)
        await asyncio.sleep(WARM_S)  # caches fill and the rate becomes steady before anything counts
        used = it.site.cpu_s()
        seen = await _seen(viewers, load.seconds)
        used = it.site.cpu_s() - used
        connections = it.site.redis_connections()
        closed = await it.ended(viewers, writer)
    found = Found(
        {"p50_ms": seen.percentile_ms(50), "p99_ms": seen.percentile_ms(99), "redis_connections": connections}
    )
    what = f"{load.viewers} viewers of {load.runs} runs, {load.rate:g} events/s each"
    found.rows = [
        Row(f"{what}: delivered", f"{seen.events / load.seconds:,.0f} events/s"),
        Row("  web process: processor time for a frame", f"{1e6 * used / max(1, seen.frames):.0f} µs"),
        Row("  web process: share of a core", f"{100 * used / load.seconds:.0f} %"),
        Row("  busiest viewer process: share of a core", f"{100 * seen.busy:.0f} %"),
    ]
    return found, closed.faults


async def memory(load: Load) -> tuple[Found, Faults]:
    """Many viewers at one event a second: what the web process grows by, attached and with news under way."""
    many = load.with_viewers(load.many)
    async with stage(many, "memory") as it:
        writer, cookies = await it.runs(load.runs)
        viewers = it.audience()
        before = it.site.memory_kb()
        await it.attached(viewers, dealt(cookies, many.viewers), within_s=many.viewers / CONNECTS_PER_S)
        attached = it.site.memory_kb()
        await writer.order("rate", per_run=1)
        await asyncio.sleep(WARM_S)  # as above
        seen = await _seen(viewers, load.seconds)
        busy = it.site.memory_kb()
        closed = await it.ended(viewers, writer, seconds=60)
    each = (busy - before) / many.viewers
    rows = [
        Row(f"{many.viewers} viewers at 1 event/s: idle, a viewer", f"{(attached - before) / many.viewers:.1f} KB"),
        Row("  with news under way, a viewer", f"{each:.1f} KB"),
        Row("  append to applied, p50 / p99", f"{seen.percentile_ms(50):.0f} / {seen.percentile_ms(99):.0f} ms"),
    ]
    return Found({"kb_per_viewer": each}, rows), closed.faults


async def _seen(viewers: Audience, seconds: float) -> Seen:
    """Return what they see from now on for so long, and until it is anything."""
    await viewers.order("mark")
    await asyncio.sleep(seconds)  # the time that is measured
    return await viewers.until(lambda seen: bool(seen.latency), "no viewer received anything", STILL_S)
