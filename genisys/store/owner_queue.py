"""The places that one person's runs have among the workers, as Redis keeps them.

A held place expires with its run's lease, so what a crash leaves behind counts no longer than that. The line is in
the order in which the runs were made.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

from ..core.clock import stated_ms
from ..redis_io.connection import AnyRedis
from ..redis_io.keys import LEASE_MS, RUN_TTL_S, held_places_key, line_key
from ..redis_io.pipe import AnyPipe


class OwnerQueueStore:
    """Hands out places, over the connections of the store around it. Raises what they raise."""

    def __init__(self, client: AnyRedis, pipe: AnyPipe, lease_ms: int = LEASE_MS) -> None:
        self._lease_ms = lease_ms
        self._redis = client
        self._pipe = pipe

    async def ask(self, owner: str, deployment: str, run_id: str, made_ms: int, limit: int) -> bool:
        """Take one of the owner's `limit` places for a lease, or stand in line; return whether the run has one."""
        return bool((await self._run("ask", owner, deployment, run_id, made_ms, limit))[0])

    async def line_up(self, runs: Sequence[tuple[str, str, str, int]], limit: int) -> list[bool]:
        """Put runs (owner, deployment, run id, made ms) in line; return which of them have a place waiting for them."""
        # Not one script for all: owners' keys are in different slots of a cluster.
        answers = await asyncio.gather(*[self._run("line", *run, limit) for run in runs])
        return [bool(turn) for turn, _ in answers]

    async def leave(self, owner: str, deployment: str, run_id: str, limit: int) -> list[str]:
        """Give the run's place up; return the runs that come next, one for each free place."""
        return [each.decode() for each in await self._run("leave", owner, deployment, run_id, 0, limit)]

    async def before(self, owner: str, deployment: str, run_id: str, limit: int) -> int | None:
        """Return how many runs are before this one in line, or None where it waits in none, or its turn has come."""
        stands, before = await self._run("look", owner, deployment, run_id, 0, limit)
        return int(before) if stands == 0 else None

    async def first_in_line(self, lines: Sequence[tuple[str, str]], count: int) -> list[list[str]]:
        """Return the first `count` runs of each line (owner, deployment)."""
        async with self._redis.pipeline(transaction=False) as pipe:
            for owner, deployment in lines:
                pipe.zrange(line_key(owner, deployment), 0, count - 1)
            return [[run_id.decode() for run_id in answer] for answer in await pipe.execute()]

    async def drop_from_line(self, owner: str, deployment: str, run_ids: Sequence[str]) -> None:
        """Take runs that should not stand there out of the line."""
        if run_ids:
            await self._redis.zrem(line_key(owner, deployment), *run_ids)

    async def _run(self, mode: str, owner: str, deployment: str, run_id: str, made_ms: int, limit: int) -> list[Any]:
        keys = (held_places_key(owner), line_key(owner, deployment))
        args = (mode, run_id, stated_ms(), made_ms, limit, self._lease_ms, RUN_TTL_S)
        answer: list[Any] = await self._pipe.script("owner_queue", len(keys), *keys, *args)
        return answer
