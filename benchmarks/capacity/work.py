"""What a worker's core carries, and what its runs take in Redis.

Everything is counted by processor time, not by the clock: what else the machine does meanwhile changes it little.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import redis

from genisys.host import Compactor, new_run_id

from ..harness.processes import Told
from ..harness.stage import Bench, Stage, stage, until
from .curves import Curve
from .idle import cpu_ns

STEPS = 20
FEW_STEPS = 2
WARM_UP = 200
"""Runs before the first that are counted: what all runs share in Redis is there by then, and the worker is warm."""
PATIENCE_S = 240.0
CALLERS = 50
"""Starts under way at once: docket has a hundred connections to Redis and raises beyond them."""


@contextmanager
def server(url: str) -> Iterator[redis.Redis]:
    client = redis.Redis.from_url(url)
    try:
        yield client
    finally:
        client.close()


def redis_cpu_s(client: redis.Redis) -> float:
    told: Any = client.info("cpu")
    return float(told["used_cpu_user"] + told["used_cpu_sys"])


def redis_bytes(client: redis.Redis) -> int:
    """Return what its keys take. `used_memory` counts scripts and buffers of connections too, which come and go."""
    sizes = client.pipeline(transaction=False)
    for key in client.scan_iter(count=1000):
        sizes.memory_usage(key, samples=0)
    return sum(size or 0 for size in sizes.execute())


async def work(bench: Bench) -> list[Curve]:
    """Runs of STEPS steps that do nothing, all at once, in one worker process."""
    per_core = Curve("runs_per_core_s", "runs at once", "1/s", f"runs of {STEPS} steps a second of a worker's core")
    steps = Curve("steps_per_core_s", "runs at once", "1/s", "steps a second of a worker's core")
    run_ms = Curve("worker_ms_a_run", "runs at once", "ms", "a worker's core for a run, without its steps")
    in_redis = Curve("redis_us_a_step", "runs at once", "µs", "Redis's core for a step")
    kept = Curve("redis_bytes_a_run", "runs at once", "bytes", f"bytes in Redis of an ended run of {STEPS} steps")
    async with stage(bench, "work") as place:
        [pid] = await place.ready(place.worker(concurrency=1000))
        with server(place.url) as client:
            await _turn(place, client, pid, WARM_UP, FEW_STEPS)
            for size in (10, 100, bench.size(1000, 200)):
                few, _ = await _turn(place, client, pid, size, FEW_STEPS)
                before = redis_bytes(client)
                many, in_server = await _turn(place, client, pid, size, STEPS)
                kept.points[size] = (redis_bytes(client) - before) / size
                a_step = (many - few) / size / (STEPS - FEW_STEPS)
                per_core.points[size] = size / many
                steps.points[size] = 1 / max(a_step, 1e-7)
                run_ms.points[size] = max(0.001, 1000 * (few / size - FEW_STEPS * a_step))
                in_redis.points[size] = 1e6 * in_server / size / STEPS
    return [per_core, steps, run_ms, in_redis, kept]


async def _turn(place: Stage, client: redis.Redis, pid: int, runs: int, steps: int) -> tuple[float, float]:
    """Return the seconds that the worker and Redis spent on so many runs."""
    worker, in_redis = cpu_ns(pid), redis_cpu_s(client)
    callers = asyncio.Semaphore(CALLERS)

    async def start() -> str:
        async with callers:
            return await place.start("bench-steps", steps=steps)

    ids = await asyncio.gather(*(start() for _ in range(runs)))

    async def all_closed() -> bool:
        return all(meta.closed for meta in (await place.engine.metas(ids)).values())

    await until(all_closed, "the runs did not end", PATIENCE_S, every=0.2)
    return (cpu_ns(pid) - worker) / 1e9, redis_cpu_s(client) - in_redis


async def events(bench: Bench) -> list[Curve]:
    """One run of many events, half of them text as a model writes it, compacted as control does."""
    curve = Curve("redis_bytes_a_1000_events", "events", "bytes", "bytes in Redis for 1,000 events, with compaction")
    async with stage(bench, "events") as place:
        with server(place.url) as client:
            for size in (1000, 10_000, bench.size(100_000, 20_000)):
                writer = Told(f"events-{size}", "benchmarks.streams.writer", bench.folder)
                try:
                    before = redis_bytes(client)
                    await writer.order("create", redis=place.url, runs=[new_run_id()])
                    await writer.order("fill", events=size)
                    while await Compactor(place.engine).sweep():
                        pass
                    curve.points[size] = (redis_bytes(client) - before) / (size / 1000)
                    await writer.order("stop")
                finally:
                    writer.child.stop()
    return [curve]
