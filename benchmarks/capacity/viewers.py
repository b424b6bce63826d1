"""What viewers cost: a web process's core for one who comes and for a frame, and Redis's core for an event."""

from __future__ import annotations

import asyncio

from ..harness.stage import Bench
from ..streams.stage import Load, dealt, stage
from .curves import Curve
from .idle import cpu_ns
from .work import redis_cpu_s, server

VIEWERS_A_RUN = 20
EVENTS_A_SECOND = 5.0
WARM_S = 2.0
COME_A_SECOND = 50


async def viewers(bench: Bench) -> list[Curve]:
    """Viewers of a few runs that are written to at an even pace, all in one web process."""
    comes = Curve("web_ms_a_viewer", "viewers", "ms", "a web process's core for a viewer who comes")
    frame = Curve("web_us_a_frame", "viewers", "µs", "a web process's core for a frame")
    event = Curve("redis_us_an_event", "viewers", "µs", "Redis's core for an event, written and read")
    for size in (10, 100, bench.size(1000, 100)):
        runs, seconds = max(1, size // VIEWERS_A_RUN), bench.size(15, 2)
        load = Load(bench, size, EVENTS_A_SECOND, runs, "daphne", seconds, 0, 0, size)
        async with stage(load, f"viewers-{size}") as it:
            writer, cookies = await it.runs(runs)
            audience = it.audience()
            before = cpu_ns(it.site.pid)
            await it.attached(audience, dealt(cookies, size), within_s=size / COME_A_SECOND)
            comes.points[size] = (cpu_ns(it.site.pid) - before) / 1e6 / size
            await writer.order("rate", per_run=EVENTS_A_SECOND)
            await asyncio.sleep(WARM_S)  # the rate becomes steady before anything counts
            with server(it.redis) as client:
                first = await audience.report()
                before, in_redis = cpu_ns(it.site.pid), redis_cpu_s(client)
                await asyncio.sleep(seconds)  # the time that is measured
                seen = await audience.report()
                frames, events = seen.frames - first.frames, (seen.events - first.events) * runs / size
                frame.points[size] = (cpu_ns(it.site.pid) - before) / 1e3 / max(1, frames)
                event.points[size] = 1e6 * (redis_cpu_s(client) - in_redis) / max(1, events)
            await it.ended(audience, writer)
    return [comes, frame, event]
