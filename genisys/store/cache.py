"""The cache of results in Redis: entries that expire, and what the last entries of each component were made of."""

from __future__ import annotations

import hashlib
from typing import Any, cast

from pydantic_core import from_json, to_json

from ..redis_io.connection import AnyRedis
from .protocol import Entry

SEEN = 64
"""How many entries of a component are remembered by their parts, to explain a miss."""
SEEN_TTL_S = 30 * 24 * 3600


def _entry(entry: str) -> str:
    return f"genisys:{{cache:{entry}}}:result"


def _seen(component: str) -> str:
    return f"genisys:{{cache:{hashlib.blake2b(component.encode(), digest_size=16).hexdigest()}}}:seen"


class RedisCache:
    """Results across runs in Redis, in keys that expire."""

    def __init__(self, client: AnyRedis) -> None:
        self._redis: Any = client

    async def get(self, entry: str) -> Entry | None:
        packed, run_id = await self._redis.hmget(_entry(entry), "value", "run")
        return None if packed is None else Entry(packed, run_id.decode())

    async def put(self, entry: str, kept: Entry, ttl_ms: int) -> None:
        async with self._redis.pipeline(transaction=True) as pipe:
            pipe.hset(_entry(entry), mapping={"value": kept.packed, "run": kept.run_id})
            pipe.pexpire(_entry(entry), ttl_ms)
            await pipe.execute()

    async def seen(self, component: str) -> list[dict[str, str]]:
        found = await self._redis.zrevrange(_seen(component), 0, SEEN - 1)
        return [cast(dict[str, str], from_json(member)) for member in found]

    async def note(self, component: str, parts: dict[str, str], at_ms: int) -> None:
        async with self._redis.pipeline(transaction=True) as pipe:
            # Sorted: the same parts are the same member, whose time is then the latest.
            pipe.zadd(_seen(component), {to_json(dict(sorted(parts.items()))): at_ms})
            pipe.zremrangebyrank(_seen(component), 0, -SEEN - 1)  # all but the newest
            pipe.expire(_seen(component), SEEN_TTL_S)
            await pipe.execute()
