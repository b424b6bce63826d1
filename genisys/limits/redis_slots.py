"""The slots in Redis: who holds one, who waits, and until when."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any, cast

import redis

from ..redis_io.connection import AnyRedis
from ..redis_io.errors import STORE_ERRORS
from ..redis_io.keys import LEASE_MS
from ..redis_io.lua import script
from .slots import WAITER_MS, Ticket, log

FREE_WITHIN_S = 2.0


def _keys(name: str) -> list[str]:
    return [f"genisys:{{slot:{name}}}:{part}" for part in ("holders", "queue", "seen")]


class RedisSlots:
    """Slots in Redis. The lease keeper renews those in `held` with `keep`, from its own thread and connection."""

    def __init__(self, client: AnyRedis, *, lease_ms: int = LEASE_MS, waiter_ms: int = WAITER_MS) -> None:
        self._slot = client.register_script(script("slot"))
        self._lease_ms = lease_ms
        self._waiter_ms = waiter_ms
        self.held: set[Ticket] = set()

    async def take(self, ticket: Ticket, limit: int) -> int:
        taken, place = await self._slot(keys=_keys(ticket.name), args=self._args("take", ticket, limit))
        if taken:
            self.held.add(ticket)
        return int(place)

    async def free(self, ticket: Ticket) -> None:
        self.held.discard(ticket)
        try:
            async with asyncio.timeout(FREE_WITHIN_S):  # what ends here must not wait for a Redis that is away
                await self._slot(keys=_keys(ticket.name), args=self._args("free", ticket, 0))
        except (*STORE_ERRORS, TimeoutError) as error:
            log.info("slot.runs_out", name=ticket.name, error=str(error))

    def keep(self, client_of: Callable[[str], redis.Redis]) -> None:
        """Renew every slot that is held here. Called in the keeper's thread, with its own client for a key."""
        for ticket in list(self.held):
            run = cast(Any, client_of(_keys(ticket.name)[0])).register_script(script("slot"))
            run(keys=_keys(ticket.name), args=self._args("keep", ticket, 0))
            if ticket not in self.held:  # It was freed meanwhile, perhaps before the renewal, which then took it again.
                run(keys=_keys(ticket.name), args=self._args("free", ticket, 0))

    def _args(self, mode: str, ticket: Ticket, limit: int) -> list[Any]:
        return [mode, ticket.who, ticket.attempt, limit, self._lease_ms, self._waiter_ms]
