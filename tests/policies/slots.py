"""Slots taken by hand, as a component with `concurrency` takes them: by ticket, of a name."""

from __future__ import annotations

# Slots have no face of their own: authors see only that a component waits. Their contract is held to the parts.
from genisys.limits.redis_slots import RedisSlots
from genisys.limits.slots import Ticket  # as above
from tests.codec import digest

__all__ = ["RedisSlots", "Ticket", "name_of"]


def name_of(component: str, value: str) -> str:
    """Return the name under which a component's calls with this value of its argument share slots."""
    return digest(["concurrency", component, value])
