"""Slots: how many may do a thing at once, over the whole fleet. Leased, so that a dead holder's slot comes free.

A holder's lease is renewed by the worker's lease keeper, in its thread; a waiter stays in the queue by asking again.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar, cast

import redis
import redis.asyncio
import structlog

from .keys import LEASE_MS, STORE_ERRORS, script

R = TypeVar("R")

WAITER_MS = 10_000
PATIENCE_FIRST_S, PATIENCE_CAP_S = 0.05, 1.0
FREE_WITHIN_S = 2.0

log = structlog.get_logger("genisys.store")


@dataclass(frozen=True, slots=True)
class Ticket:
    """One claim to a slot of `name`: by a step of a run (`who`), in one attempt. A later attempt takes its place."""

    name: str
    who: str
    attempt: int


class SlotStore(Protocol):
    """The slots of all names. `RedisSlots` is the real one; `genisys.testing` ships one in memory."""

    async def take(self, ticket: Ticket, limit: int) -> int:
        """Take one of `limit` slots, or a place in the queue: gives 0 for a slot, else the place, from 1."""
        ...

    async def free(self, ticket: Ticket) -> None:
        """Give the slot or the place in the queue back. Where Redis is away, the lease runs out instead."""
        ...


async def patiently(ask: Callable[[], Awaitable[R]]) -> R:
    """Ask Redis until it answers."""
    delay = PATIENCE_FIRST_S
    while True:
        try:
            return await ask()
        except STORE_ERRORS as error:
            log.info("store.waiting", error=str(error))
            await asyncio.sleep(delay)
            delay = min(delay * 2, PATIENCE_CAP_S)


def _keys(name: str) -> list[str]:
    return [f"genisys:{{slot:{name}}}:{part}" for part in ("holders", "queue", "seen")]


class RedisSlots:
    """Slots in Redis. `held` is what the lease keeper renews with `keep`, from its own thread and connection."""

    def __init__(self, client: redis.asyncio.Redis, *, lease_ms: int = LEASE_MS, waiter_ms: int = WAITER_MS) -> None:
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
            async with asyncio.timeout(FREE_WITHIN_S):
                await self._slot(keys=_keys(ticket.name), args=self._args("free", ticket, 0))
        except (*STORE_ERRORS, TimeoutError) as error:
            log.info("slot.runs_out", name=ticket.name, error=str(error))

    def keep(self, client: redis.Redis) -> None:
        """Renew every slot that is held here. Called in the keeper's thread, with its own client."""
        for ticket in list(self.held):
            run = cast(Any, client).register_script(script("slot"))
            run(keys=_keys(ticket.name), args=self._args("keep", ticket, 0))
            if ticket not in self.held:  # It was given back meanwhile, perhaps before it was renewed.
                run(keys=_keys(ticket.name), args=self._args("free", ticket, 0))

    def _args(self, mode: str, ticket: Ticket, limit: int) -> list[Any]:
        return [mode, ticket.who, ticket.attempt, limit, self._lease_ms, self._waiter_ms]
