"""Slots in this process: the same answers as slot.lua, without Redis. For tests only."""

from __future__ import annotations

from dataclasses import dataclass, field

from ...core.clock import now_ms
from ...limits.slots import WAITER_MS, Ticket
from ...redis_io.keys import LEASE_MS


@dataclass(slots=True)
class _Name:
    holders: dict[Ticket, int] = field(default_factory=dict)
    queue: dict[Ticket, int] = field(default_factory=dict)


class MemorySlots:
    """Follows slot.lua line by line. A lease runs out as in Redis where `keep` is not called."""

    def __init__(self, *, lease_ms: int = LEASE_MS, waiter_ms: int = WAITER_MS) -> None:
        self._names: dict[str, _Name] = {}
        self._lease_ms = lease_ms
        self._waiter_ms = waiter_ms
        self.held: set[Ticket] = set()

    async def take(self, ticket: Ticket, limit: int) -> int:
        self.keep()
        name = self._names.setdefault(ticket.name, _Name())
        name.holders = {each: until for each, until in name.holders.items() if until > now_ms()}
        if ticket in name.holders:
            self._hold(ticket)
            return 0
        name.queue = {each: until for each, until in name.queue.items() if until > now_ms()}
        if ticket not in name.queue:
            for held in (name.holders, name.queue):
                for each in [each for each in held if each.who == ticket.who and each.attempt < ticket.attempt]:
                    del held[each]
        name.queue[ticket] = now_ms() + self._waiter_ms
        place = list(name.queue).index(ticket)
        if place < limit - len(name.holders):
            del name.queue[ticket]
            self._hold(ticket)
            return 0
        return place + 1

    async def free(self, ticket: Ticket) -> None:
        self.held.discard(ticket)
        name = self._names.setdefault(ticket.name, _Name())
        name.holders.pop(ticket, None)
        name.queue.pop(ticket, None)

    def keep(self) -> None:
        """Renew what is held: what the lease keeper does for Redis. `take` does it too, as no thread does here."""
        for ticket in self.held:
            self._names[ticket.name].holders[ticket] = now_ms() + self._lease_ms

    def forget(self, ticket: Ticket) -> None:
        """Do as if the holder had died: nobody renews its slot any more."""
        self.held.discard(ticket)

    def _hold(self, ticket: Ticket) -> None:
        self._names[ticket.name].holders[ticket] = now_ms() + self._lease_ms
        self.held.add(ticket)
