"""Slots: how many may do something at once, over the whole fleet. Leased, so that a dead holder's slot comes free.

A holder's lease is renewed by the worker's lease keeper, in its thread; a waiter stays in the queue by asking again.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Protocol, TypeVar

from ..core.logs import Logger
from ..redis_io import errors as store_errors

R = TypeVar("R")

WAITER_MS = 10_000
PATIENCE_FIRST_S, PATIENCE_CAP_S = 0.05, 1.0

log = Logger("genisys.store")


@dataclass(frozen=True, slots=True)
class Ticket:
    """One claim to a slot of `name`: by a step of a run (`who`), in one attempt. A later attempt takes its place."""

    name: str
    who: str
    attempt: int


class SlotStore(Protocol):
    """The slots of all names. `RedisSlots` is the one in Redis; `genisys.testing` has one in memory."""

    async def take(self, ticket: Ticket, limit: int) -> int:
        """Take one of `limit` slots, or a place in the queue; return 0 for a slot, else the place, from 1."""
        ...

    async def free(self, ticket: Ticket) -> None:
        """Give the slot or the place in the queue back. Where Redis is away, the lease runs out instead."""
        ...


async def patiently(ask: Callable[[], Awaitable[R]]) -> R:
    """Return what `ask` returns, which is called until Redis answers."""
    delay = PATIENCE_FIRST_S
    while True:
        try:
            return await ask()
        except store_errors.STORE_ERRORS as error:
            log.info("store.waiting", error=str(error))
            await asyncio.sleep(delay)
            delay = min(delay * 2, PATIENCE_CAP_S)
