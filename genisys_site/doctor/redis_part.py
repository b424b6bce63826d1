"""Redis: whether it answers, keeps what it is given, has room, and agrees with this machine about the time."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from typing import Any

import redis.asyncio
from django.conf import settings
from redis.exceptions import RedisError

from genisys_site import health
from genisys_site.doctor.finding import Finding, bad, good, risky

_SECONDS = 3.0
_OLDEST = (7, 0)
_FULL = 0.8
_APART_S = 30.0


async def redis_part() -> list[Finding]:
    report = await health.queue()
    if report.failing:
        return [bad("redis", report.failing["redis"], "Start it, or mend REDIS_URL. Runs in flight wait meanwhile.")]
    todo = {
        "redis_memory": "Set `maxmemory-policy noeviction`, or use a Redis of its own.",
        "redis_file": "Set `appendonly yes` in redis.conf.",
    }
    found = [risky("redis", says, todo[part]) for part, says in report.warnings.items()]
    try:
        async with asyncio.timeout(_SECONDS), redis.asyncio.from_url(settings.REDIS_URL) as client:
            before = time.time()
            seconds, microseconds = await client.time()
            apart = seconds + microseconds / 1e6 - (before + time.time()) / 2
            found += [*_of_server(await client.info()), *_of_clock(apart)]
    except (RedisError, OSError, TimeoutError) as error:
        found.append(
            risky("redis", f"Redis does not say how it stands: {type(error).__name__}.", "Allow INFO and TIME.")
        )
    return found


def _of_server(info: dict[str, Any]) -> Iterator[Finding]:
    version = str(info.get("redis_version", "0"))
    if tuple(int(part) for part in version.split(".")[:2]) < _OLDEST:
        yield bad("redis", f"Redis {version} is too old.", "Use Redis 7.0 or newer, or a Valkey.")
    used, most = int(info.get("used_memory", 0)), int(info.get("maxmemory", 0))
    if most and used > most * _FULL:
        full = f"Redis has used {used / most:.0%} of its memory; when it is full, nothing can be started."
        yield risky("redis", full, "Give it more, or keep finished runs for less long (GENISYS_KEEP_FINISHED_SECONDS).")
    if info.get("aof_last_write_status", "ok") != "ok" or info.get("rdb_last_bgsave_status", "ok") != "ok":
        yield bad(
            "redis", "Redis could not write its file the last time.", "Look at its log and at the room on its disk."
        )
    yield good("redis", f"Redis {version}, {used / 2**20:.0f} MB used.")


def _of_clock(apart: float) -> Iterator[Finding]:
    if abs(apart) > _APART_S:
        says = f"This machine's clock is {abs(apart):.0f} s {'behind' if apart > 0 else 'ahead of'} Redis's."
        yield risky("clock", says, "Runs go by Redis's clock; certificates and mail do not: set the clock by NTP.")
    else:
        yield good("clock", "This machine and Redis agree about the time.")
