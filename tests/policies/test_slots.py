"""One contract for slots over both stores: never more than the limit, first come first served, the dead let go."""

from __future__ import annotations

import asyncio
import functools
from collections.abc import AsyncIterator, Callable

import pytest
import redis
import redis.asyncio

from genisys.testing import MemoryStore
from genisys.testing.memory.slots import MemorySlots
from genisys.testing.redis import leaked_keys
from tests.policies.slots import RedisSlots, Ticket

SHORT_MS = 40
Slots = RedisSlots | MemorySlots


@pytest.fixture(params=["memory", "redis"])
async def slots(request: pytest.FixtureRequest) -> AsyncIterator[Slots]:
    if request.param == "memory":
        yield MemorySlots()
        return
    client = redis.asyncio.Redis.from_url(request.getfixturevalue("redis_url"))
    yield RedisSlots(client)
    await client.aclose()


@pytest.fixture(params=["memory", "redis"])
async def brief(request: pytest.FixtureRequest) -> AsyncIterator[Callable[..., Slots]]:
    """Makes slots whose leases (`lease_ms`) or places (`waiter_ms`) last a moment only."""
    if request.param == "memory":
        yield MemorySlots
        return
    client = redis.asyncio.Redis.from_url(request.getfixturevalue("redis_url"))
    yield functools.partial(RedisSlots, client)
    await client.aclose()


def ticket(who: str, attempt: int = 1) -> Ticket:
    return Ticket("name", who, attempt)


def die(slots: Slots, held: Ticket) -> None:
    slots.held.discard(held)


async def until_taken(slots: Slots, wanted: Ticket, limit: int = 1) -> None:
    async with asyncio.timeout(10):
        while await slots.take(wanted, limit):
            await asyncio.sleep(0.005)


async def test_no_more_than_the_limit_hold_a_slot(slots: Slots) -> None:
    places = [await slots.take(ticket(str(n)), 3) for n in range(5)]
    assert places == [0, 0, 0, 1, 2]


async def test_a_freed_slot_goes_to_who_came_first(slots: Slots) -> None:
    first, second, third = ticket("1"), ticket("2"), ticket("3")
    assert [await slots.take(each, 1) for each in (first, second, third)] == [0, 1, 2]
    await slots.free(first)
    assert await slots.take(third, 1) == 2, "the third may not overtake the second"
    assert await slots.take(second, 1) == 0


async def test_who_gives_up_waiting_leaves_the_queue(slots: Slots) -> None:
    first, second, third = ticket("1"), ticket("2"), ticket("3")
    for each in (first, second, third):
        await slots.take(each, 1)
    await slots.free(second)
    await slots.free(first)
    assert await slots.take(third, 1) == 0


async def test_taking_again_what_one_holds_changes_nothing(slots: Slots) -> None:
    assert [await slots.take(ticket("1"), 1) for _ in range(3)] == [0, 0, 0]
    assert await slots.take(ticket("2"), 1) == 1


async def test_names_do_not_share_slots(slots: Slots) -> None:
    assert await slots.take(Ticket("a", "1", 1), 1) == 0
    assert await slots.take(Ticket("b", "1", 1), 1) == 0


async def test_a_later_attempt_at_a_step_takes_over_the_slot_of_the_one_that_died(slots: Slots) -> None:
    assert await slots.take(ticket("1", attempt=1), 1) == 0
    die(slots, ticket("1", attempt=1))
    assert await slots.take(ticket("1", attempt=2), 1) == 0
    assert await slots.take(ticket("2"), 1) == 1


async def test_the_slot_of_a_dead_holder_comes_free_by_itself(brief: Callable[..., Slots]) -> None:
    slots = brief(lease_ms=SHORT_MS)
    assert await slots.take(ticket("dead"), 1) == 0
    die(slots, ticket("dead"))
    await until_taken(slots, ticket("alive"))


async def test_a_dead_waiter_leaves_the_queue_by_itself(brief: Callable[..., Slots]) -> None:
    slots = brief(waiter_ms=SHORT_MS)
    assert await slots.take(ticket("holder"), 1) == 0
    assert await slots.take(ticket("dead waiter"), 1) == 1
    await slots.free(ticket("holder"))
    await until_taken(slots, ticket("alive"))


async def test_a_renewed_slot_outlives_its_lease_and_redis_forgetting_it(redis_url: str) -> None:
    async with redis.asyncio.Redis.from_url(redis_url) as client:
        slots = RedisSlots(client)
        assert await slots.take(ticket("1"), 1) == 0
        await client.flushall()
        with redis.Redis.from_url(redis_url) as keeper:
            slots.keep(lambda key: keeper)
        assert await slots.take(ticket("2"), 1) == 1


async def test_a_slot_freed_while_it_is_renewed_is_free(redis_url: str) -> None:
    class Late(set[Ticket]):
        """A holder that gives its slot back just after the keeper looked at what is held."""

        def __contains__(self, each: object) -> bool:
            return False

    async with redis.asyncio.Redis.from_url(redis_url) as client:
        slots = RedisSlots(client)
        slots.held = Late({ticket("1")})
        with redis.Redis.from_url(redis_url) as keeper:
            slots.keep(lambda key: keeper)
        assert await slots.take(ticket("2"), 1) == 0


async def test_no_key_of_slots_stays_for_ever(redis_url: str) -> None:
    async with redis.asyncio.Redis.from_url(redis_url) as client:
        slots = RedisSlots(client)
        for who in ("1", "2"):
            await slots.take(ticket(who), 1)
        assert len(await client.keys("genisys:{slot:*")) == 3
        assert await leaked_keys(redis_url) == []


def test_a_memory_store_has_slots_of_its_own() -> None:
    assert MemoryStore().slots is not MemoryStore().slots
