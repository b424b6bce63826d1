"""How the Redis server itself is: what an operator looks at before it is full, or has lost something."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from typing import Any

import redis.asyncio
from redis.exceptions import ResponseError

from .address import parse_address
from .cluster.client import Cluster
from .connection import AnyRedis, Sentinels, opened

_SETTINGS = ("maxmemory-policy", "appendonly", "min-replicas-to-write", "cluster-node-timeout")


@dataclass(frozen=True, slots=True)
class ServerFacts:
    """A server as its INFO and CONFIG say. Bytes are bytes; `max_bytes` is 0 where it has no limit of its own.

    `policy` and `appends` are "" where the server does not tell (hosted ones often forbid CONFIG): `policy` is what it
    does when its memory is full, `appends` whether it keeps an append-only file ("yes" or "no"). `wrote_file_ok` is
    False where the last writing of either file failed. Of a cluster's `masters` the facts are those of the worst, and
    sums of what adds up. `replicas` are in touch with each master, which takes no writes while there are fewer than
    `least_replicas`. `gone_after_ms` is how long a master is silent before another takes over, 0 where none does.
    `clock_ahead_s` is how far its clock is ahead of this machine's, in seconds.
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
    masters: int = 1
    replicas: int = 0
    least_replicas: int = 0
    gone_after_ms: int = 0
    clock_ahead_s: float = 0.0


async def look_at(url: str, seconds: float) -> ServerFacts:
    """Ask the servers behind an address how they are, by connections of one's own.

    Raises STORE_ERRORS, TimeoutError where that takes longer, and redis-py's ResponseError where one refuses.
    """
    async with asyncio.timeout(seconds), opened(url, socket_connect_timeout=seconds) as client:
        facts = await server_facts(client)
        if (address := parse_address(url)).kind == "sentinel":
            facts = replace(facts, gone_after_ms=await Sentinels(address).down_after_ms())
        return facts


async def server_facts(client: AnyRedis) -> ServerFacts:
    """Ask the server, or each master of a cluster. Raises STORE_ERRORS, ResponseError."""
    if not isinstance(client, Cluster):
        return await _facts_of(client)
    await client.learn()
    async with AsyncExitStack() as stack:
        servers = [client.one_server(*place) for place in client.masters()]
        for server in servers:
            stack.push_async_callback(server.aclose)
        return together(await asyncio.gather(*[_facts_of(server) for server in servers]))


async def _facts_of(client: redis.asyncio.Redis) -> ServerFacts:
    info = await client.info()
    before_s = time.time()
    seconds, micros = await client.time()
    ahead_s = seconds + micros / 1e6 - (before_s + time.time()) / 2
    try:
        config = await client.config_get(*_SETTINGS)
    except ResponseError:
        config = {}
    facts = facts_from(info, {_text(name): _text(value) for name, value in config.items()})
    return replace(facts, clock_ahead_s=ahead_s)


def together(facts: Sequence[ServerFacts]) -> ServerFacts:
    """Return the facts of a cluster: sums of what adds up, else those of the server that is worst off."""
    return ServerFacts(
        version=min((each.version for each in facts), key=_as_numbers),
        used_bytes=sum(each.used_bytes for each in facts),
        max_bytes=sum(each.max_bytes for each in facts) if all(each.max_bytes for each in facts) else 0,
        policy=next((each.policy for each in facts if each.policy != "noeviction"), "noeviction"),
        appends=next((each.appends for each in facts if each.appends != "yes"), "yes"),
        wrote_file_ok=all(each.wrote_file_ok for each in facts),
        up_s=min(each.up_s for each in facts),
        clients=sum(each.clients for each in facts),
        commands_per_s=sum(each.commands_per_s for each in facts),
        masters=len(facts),
        replicas=min(each.replicas for each in facts),
        least_replicas=min(each.least_replicas for each in facts),
        gone_after_ms=min(each.gone_after_ms for each in facts),
        clock_ahead_s=max((each.clock_ahead_s for each in facts), key=abs),
    )


def _as_numbers(version: str) -> list[int]:
    return [int(part) for part in version.split(".") if part.isdecimal()]


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
        replicas=int(info.get("connected_slaves", 0)),
        least_replicas=int(config.get("min-replicas-to-write") or 0),
        gone_after_ms=int(config.get("cluster-node-timeout") or 0) if info.get("cluster_enabled") else 0,
    )


def _text(value: Any) -> str:
    return value.decode() if isinstance(value, bytes) else str(value)
