"""Deployments in Redis: which there are, what each one's code holds, and which one new runs go to.

Every write is of one fact and may be repeated; nothing here spans two keys that must agree. A name without a hash, or
a promoted name that is not in the set, is read as unknown.
"""

from __future__ import annotations

from typing import Any, cast

from pydantic_core import from_json, to_json

from ..core.clock import now_ms
from ..redis_io.connection import AnyRedis
from ..redis_io.keys import DEPLOYMENTS_KEY, KEEP_DEPLOYMENTS, PROMOTED_KEY, deployment_key
from ..redis_io.pipe import AnyPipe

TIMES = ("registered_ms", "seen_ms", "promoted_ms", "draining_ms", "drained_ms")


class DeploymentStore:
    """The registry, over the connections of the store around it. Raises what they raise."""

    def __init__(self, client: AnyRedis, pipe: AnyPipe) -> None:
        self._redis = client
        self._pipe = pipe

    async def register(self, name: str, manifest: dict[str, Any]) -> None:
        """Register the deployment, or update what its code holds. Its state is not changed."""
        key, now = deployment_key(name), now_ms()
        async with self._redis.pipeline(transaction=False) as pipe:
            pipe.hset(key, mapping={"manifest": to_json(manifest), "seen_ms": now})
            pipe.hsetnx(key, "registered_ms", str(now))
            pipe.zadd(DEPLOYMENTS_KEY, {name: now}, nx=True)  # the set is in the order of first registration
            pipe.zcard(DEPLOYMENTS_KEY)
            *_, count = await pipe.execute()
        if count > KEEP_DEPLOYMENTS:
            await self._forget_oldest(count - KEEP_DEPLOYMENTS)

    async def _forget_oldest(self, count: int) -> None:
        """Bound the registry. Runs of a forgotten deployment go on: only what was known of it is gone."""
        promoted = await self.promoted()
        # One more than must go, as the promoted one may be among them, and stays.
        for name in [name for name in await self._names(count + 1) if name != promoted][:count]:
            await self.forget(name)

    async def promoted(self) -> str:
        """Return the name of the promoted deployment, or ""."""
        name = await self._pipe.call("GET", PROMOTED_KEY)  # asked at every start of a run
        return name.decode() if name else ""

    async def promote(self, name: str) -> None:
        await self._redis.set(PROMOTED_KEY, name)

    async def set(self, name: str, **facts: int) -> None:
        """Set times (epoch ms, 0 for not yet) of a known deployment."""
        await cast(Any, self._redis.hset(deployment_key(name), mapping=cast(Any, facts)))

    async def forget(self, name: str) -> None:
        async with self._redis.pipeline(transaction=False) as pipe:
            pipe.zrem(DEPLOYMENTS_KEY, name)
            pipe.delete(deployment_key(name))
            await pipe.execute()

    async def manifest(self, name: str) -> dict[str, Any] | None:
        """Return what the deployment's code holds, as it was registered; None where it is not known."""
        raw = await cast(Any, self._redis.hget(deployment_key(name), "manifest"))
        return None if raw is None else from_json(raw)

    async def all(self) -> dict[str, dict[str, int]]:
        """Return the times (epoch ms, 0 for not yet) of each deployment, the oldest first."""
        names = await self._names()
        async with self._redis.pipeline(transaction=False) as pipe:
            for name in names:
                pipe.hmget(deployment_key(name), *TIMES)
            answers = await pipe.execute()
        return {
            name: {field: int(value or 0) for field, value in zip(TIMES, raw, strict=True)}
            for name, raw in zip(names, answers, strict=True)
        }

    async def _names(self, count: int = 0) -> list[str]:
        names = await cast(Any, self._redis.zrange(DEPLOYMENTS_KEY, 0, count - 1))
        return [name.decode() for name in names]
