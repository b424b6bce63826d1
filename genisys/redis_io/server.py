"""How the Redis server itself is: what an operator looks at before it is full, or has lost something."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import redis.asyncio
from redis.exceptions import ResponseError


@dataclass(frozen=True, slots=True)
class ServerFacts:
    """A server as its INFO and CONFIG say. Bytes are bytes; `max_bytes` is 0 where it has no limit of its own.

    `policy` and `appends` are "" where the server does not tell (hosted ones often forbid CONFIG): `policy` is what it
    does when its memory is full, `appends` whether it keeps an append-only file ("yes" or "no"). `wrote_file_ok` is
    False where the last writing of either file failed.
    """

    version: str = ""
    used_bytes: int = 0
    max_bytes: int = 0
    policy: str = ""
    appends: str = ""
    wrote_file_ok: bool = True
    up_s: int = 0
    clients: int = 0
    commands_per_s: int = 0


async def server_facts(client: redis.asyncio.Redis) -> ServerFacts:
    """Ask the server. Raises STORE_ERRORS."""
    info = await client.info()
    try:
        config = await client.config_get("maxmemory-policy", "appendonly")
    except ResponseError:
        config = {}
    return facts_from(info, {_text(name): _text(value) for name, value in config.items()})


def facts_from(info: Mapping[str, Any], config: Mapping[str, str]) -> ServerFacts:
    """Return the facts in an answer of INFO, as redis-py reads it, and in one of CONFIG GET."""
    return ServerFacts(
        version=str(info.get("redis_version", "")),
        used_bytes=int(info.get("used_memory", 0)),
        max_bytes=int(info.get("maxmemory", 0)),
        policy=config.get("maxmemory-policy") or str(info.get("maxmemory_policy", "")),
        appends=config.get("appendonly") or {1: "yes", 0: "no"}.get(info.get("aof_enabled", -1), ""),
        wrote_file_ok=all(info.get(name, "ok") == "ok" for name in ("rdb_last_bgsave_status", "aof_last_write_status")),
        up_s=int(info.get("uptime_in_seconds", 0)),
        clients=int(info.get("connected_clients", 0)),
        commands_per_s=int(info.get("instantaneous_ops_per_sec", 0)),
    )


def _text(value: Any) -> str:
    return value.decode() if isinstance(value, bytes) else str(value)
