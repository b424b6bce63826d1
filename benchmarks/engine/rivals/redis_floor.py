"""The bare Redis floor: what one durable write costs before any engine does anything."""

from __future__ import annotations

import time

import redis
import redis.asyncio

# As large as what one of our own steps that does nothing writes: its journal record, and its two events.
_RECORD = b"r" * 170
_EVENTS = b"e" * 220


async def floor_ms(url: str, writes: int) -> list[float]:
    """Time sequential MULTI/EXEC of one HSET and one XADD, each in ms, from asyncio: an engine of coroutines stands
    on this client.
    """
    client = redis.asyncio.Redis.from_url(url)
    took = []
    try:
        for n in range(writes):
            before = time.perf_counter_ns()
            async with client.pipeline(transaction=True) as pipe:
                pipe.hset("floor:journal", f"{n:032x}", _RECORD)
                pipe.xadd("floor:log", {"f": n, "a": 1, "b": _EVENTS}, id=f"{n + 1}-0")
                await pipe.execute()
            took.append((time.perf_counter_ns() - before) / 1e6)
        await client.delete("floor:journal", "floor:log")
    finally:
        await client.aclose()
    return took


def blocking_floor_ms(url: str, writes: int) -> list[float]:
    """The same from the blocking client, which has no event loop between it and the socket. For the table only."""
    client = redis.Redis.from_url(url)
    took = []
    try:
        for n in range(writes):
            before = time.perf_counter_ns()
            with client.pipeline(transaction=True) as pipe:
                pipe.hset("floor:journal", f"{n:032x}", _RECORD)
                pipe.xadd("floor:log", {"f": n, "a": 1, "b": _EVENTS}, id=f"{n + 1}-0")
                pipe.execute()
            took.append((time.perf_counter_ns() - before) / 1e6)
        client.delete("floor:journal", "floor:log")
    finally:
        client.close()
    return took
