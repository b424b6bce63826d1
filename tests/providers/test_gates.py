"""One contract for the gates before providers, in Redis and in memory: quota, pause and circuit breaker."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

import pytest
import redis

from genisys.testing import Clock
from genisys.testing.redis import Store
from tests.providers.gates import (
    BREAK_AFTER,
    HELD_ASK_AGAIN_MS,
    HOUR_MS,
    LONGEST_HOLD_MS,
    LONGEST_PAUSE_MS,
    OPEN_CAP_MS,
    OPEN_FIRST_MS,
    PAUSE_CAP_MS,
    PAUSE_FIRST_MS,
    PAUSES_APART_MS,
    PROBE_MS,
    SLOT_GOOD_FOR_MS,
    USED_SHARE,
    WINDOW_MS,
    Gates,
    Limits,
    LocalGates,
    Use,
)

QUICK = Limits(requests_per_minute=600)
FREE = Limits()


@pytest.fixture(params=["memory", "redis"])
async def gates(request: pytest.FixtureRequest) -> AsyncIterator[Gates]:
    if request.param == "memory":
        yield LocalGates()
        return
    store = Store(request.getfixturevalue("redis_url"))
    yield store.gates
    await store.close()


@pytest.fixture
def clock() -> Iterator[Clock]:
    with Clock() as clock:
        yield clock


async def failing(gates: Gates, times: int, limits: Limits = FREE) -> int:
    """Fail so often; return until when the breaker is open then."""
    until = 0
    for _ in range(times):
        until = (await gates.settle("g", limits, "failed")).down_until_ms
    return until


async def test_without_a_quota_everything_passes_at_once(gates: Gates, clock: Clock) -> None:
    got = [await gates.reserve("g", FREE, 10_000) for _ in range(50)]
    assert {each.code for each in got} == {"go"}


async def test_no_more_than_the_quota_leaves_in_any_minute_and_nearly_all_of_it_does(
    gates: Gates, clock: Clock
) -> None:
    times = [(await gates.reserve("g", QUICK, 0)).at_ms for _ in range(1500)]
    assert times == sorted(times)
    per_minute = [sum(start <= at < start + 60_000 for at in times) for start in times[:600]]
    assert max(per_minute) < 600
    assert min(per_minute) > 0.97 * 600


async def test_without_a_burst_no_two_leave_closer_than_their_interval(gates: Gates, clock: Clock) -> None:
    slow = Limits(requests_per_minute=60 / (10 * USED_SHARE), burst_ms=0)
    got = [await gates.reserve("g", slow, 0) for _ in range(3)]
    assert [each.at_ms - got[0].at_ms for each in got] == [0, 10_000, 20_000]


async def test_a_place_is_kept_until_its_time_and_then_lets_pass(gates: Gates, clock: Clock) -> None:
    for _ in range(100):
        waiting = await gates.reserve("g", QUICK, 0)
    assert waiting.code == "wait"
    again = await gates.reserve("g", QUICK, 0, held=waiting.slot)
    assert (again.code, again.at_ms) == ("wait", waiting.at_ms)
    clock.advance_to(waiting.at_ms)
    assert (await gates.reserve("g", QUICK, 0, held=waiting.slot)).code == "go"


async def test_a_place_that_was_not_used_in_time_is_void(gates: Gates, clock: Clock) -> None:
    for _ in range(100):
        waiting = await gates.reserve("g", QUICK, 0)
    clock.advance_to(waiting.at_ms + SLOT_GOOD_FOR_MS + 1)
    for _ in range(50):
        last = await gates.reserve("g", QUICK, 0)
    late = await gates.reserve("g", QUICK, 0, held=waiting.slot)
    assert (late.code, late.at_ms > last.at_ms) == ("wait", True)


async def test_a_place_too_far_away_is_not_taken(gates: Gates, clock: Clock) -> None:
    for _ in range(100):
        await gates.reserve("g", QUICK, 0)
    first = await gates.reserve("g", QUICK, 0, within_ms=2000)
    second = await gates.reserve("g", QUICK, 0, within_ms=2000)
    assert first.code == second.code == "later"
    assert first.at_ms == second.at_ms > clock.now_ms() + 2000


async def test_tokens_are_reserved_by_estimate_and_settled_by_use(gates: Gates, clock: Clock) -> None:
    limits = Limits(tokens_per_minute=60_000)
    await gates.reserve("g", limits, 30_000)
    full = await gates.reserve("g", limits, 1, within_ms=0)
    assert full.at_ms - clock.now_ms() == pytest.approx(30_000, rel=0.03)
    await gates.settle("g", limits, "ok", tokens=-20_000)
    assert (await gates.reserve("g", limits, 1, within_ms=0)).at_ms - clock.now_ms() == pytest.approx(10_000, rel=0.06)
    await gates.settle("g", limits, "ok", tokens=5_000)
    assert (await gates.reserve("g", limits, 1, within_ms=0)).at_ms - clock.now_ms() == pytest.approx(15_000, rel=0.04)


async def test_a_pause_moves_the_places_of_all_but_for_a_burst_and_keeps_their_order(
    gates: Gates, clock: Clock
) -> None:
    waiting = [await gates.reserve("g", QUICK, 0) for _ in range(30)][10:]
    await gates.settle("g", QUICK, "limited", pause_ms=7_000)
    moved = [await gates.reserve("g", QUICK, 0, held=each.slot) for each in waiting]
    until, by = clock.now_ms() + 7_000, 7_000 - QUICK.burst_ms
    assert [each.at_ms for each in moved] == [max(until, each.at_ms + by) for each in waiting]
    assert len({each.at_ms for each in moved}) > 15
    behind = await gates.reserve("g", QUICK, 0)
    assert behind.at_ms >= moved[-1].at_ms


async def test_pauses_that_overlap_are_one(gates: Gates, clock: Clock) -> None:
    waiting = [await gates.reserve("g", QUICK, 0) for _ in range(60)][-1]
    for length_ms in (500, 1_000, 2_000, 2_000, 1_500):
        await gates.settle("g", QUICK, "limited", pause_ms=length_ms)
    moved = await gates.reserve("g", QUICK, 0, held=waiting.slot)
    assert moved.at_ms == waiting.at_ms + 2_000 - QUICK.burst_ms


async def test_a_pause_soon_after_another_is_not_caught_up(gates: Gates, clock: Clock) -> None:
    waiting = [await gates.reserve("g", QUICK, 0) for _ in range(200)][-1]
    await gates.settle("g", QUICK, "limited", pause_ms=2_000)
    clock.advance(2 + PAUSES_APART_MS / 1000 - 0.1)
    await gates.settle("g", QUICK, "limited", pause_ms=2_000)
    moved = await gates.reserve("g", QUICK, 0, held=waiting.slot)
    assert moved.at_ms == waiting.at_ms + 4_000 - QUICK.burst_ms


async def test_what_short_pauses_leave_of_the_quota_is_used_after_them_and_no_more_than_the_quota(
    gates: Gates, clock: Clock
) -> None:
    began, times = clock.now_ms(), list[int]()
    while len(times) < 650:
        got = await gates.reserve("g", QUICK, 0)
        while got.code != "go":
            clock.advance_to(got.at_ms)
            got = await gates.reserve("g", QUICK, 0, held=got.slot)
        times.append(clock.now_ms())
        if len(times) % 100 == 0:
            await gates.settle("g", QUICK, "limited", pause_ms=1_000)
    assert max(sum(start <= at < start + 60_000 for at in times) for start in times) < 600
    of_the_quota, of_pauses = 650 * 100 / USED_SHARE - QUICK.burst_ms, 6 * (1_000 - QUICK.burst_ms)
    assert times[-1] - began == pytest.approx(of_the_quota + of_pauses, rel=0.005)


async def test_after_a_pause_without_a_quota_those_who_waited_leave_one_after_another(
    gates: Gates, clock: Clock
) -> None:
    await gates.settle("g", FREE, "limited", pause_ms=3_000)
    times = [(await gates.reserve("g", FREE, 0)).at_ms for _ in range(10)]
    assert times[0] == clock.now_ms() + 3_000
    assert len(set(times)) == 10
    clock.advance(3)
    assert (await gates.reserve("g", FREE, 0)).code == "go"


async def test_a_pause_of_unknown_length_doubles_until_something_is_answered(gates: Gates, clock: Clock) -> None:
    async def paused_for() -> int:
        await gates.settle("g", FREE, "limited")
        at = (await gates.reserve("g", FREE, 0, within_ms=0)).at_ms
        length = at - clock.now_ms()
        clock.advance_to(at)
        return length

    assert [await paused_for() for _ in range(3)] == [PAUSE_FIRST_MS, 2 * PAUSE_FIRST_MS, 4 * PAUSE_FIRST_MS]
    assert max([await paused_for() for _ in range(12)]) == PAUSE_CAP_MS
    await gates.settle("g", FREE, "ok")
    assert await paused_for() == PAUSE_FIRST_MS


async def test_no_pause_is_longer_than_an_hour(gates: Gates, clock: Clock) -> None:
    await gates.settle("g", FREE, "limited", pause_ms=10**9)
    got = await gates.reserve("g", FREE, 0, within_ms=0)
    assert got.at_ms == clock.now_ms() + LONGEST_PAUSE_MS


async def test_the_breaker_opens_after_its_failures_and_one_probe_decides(gates: Gates, clock: Clock) -> None:
    assert await failing(gates, BREAK_AFTER - 1) == 0
    assert (await gates.reserve("g", FREE, 0)).code == "go"
    until = await failing(gates, 1)
    assert until == clock.now_ms() + OPEN_FIRST_MS
    refused = await gates.reserve("g", FREE, 0)
    assert (refused.code, refused.at_ms) == ("down", until)
    clock.advance_to(until)
    probe, other = await gates.reserve("g", FREE, 0), await gates.reserve("g", FREE, 0)
    assert (probe.code, probe.probe, other.code) == ("go", True, "down")
    assert (await gates.settle("g", FREE, "ok")).down_until_ms == 0
    assert [(await gates.reserve("g", FREE, 0)).probe for _ in range(3)] == [False] * 3


async def test_each_failed_probe_doubles_the_time_up_to_its_cap(gates: Gates, clock: Clock) -> None:
    until, lengths = await failing(gates, BREAK_AFTER), []
    for _ in range(8):
        clock.advance_to(until)
        assert (await gates.reserve("g", FREE, 0)).probe
        until = await failing(gates, 1)
        lengths.append(until - clock.now_ms())
    assert lengths[:3] == [2 * OPEN_FIRST_MS, 4 * OPEN_FIRST_MS, 8 * OPEN_FIRST_MS]
    assert set(lengths[4:]) == {OPEN_CAP_MS}


async def test_a_probe_that_never_comes_back_makes_room_for_another(gates: Gates, clock: Clock) -> None:
    clock.advance_to(await failing(gates, BREAK_AFTER))
    assert (await gates.reserve("g", FREE, 0)).probe
    clock.advance(PROBE_MS / 1000)
    assert (await gates.reserve("g", FREE, 0)).probe


async def test_only_failures_in_a_row_open_it_however_much_went_well_before(gates: Gates, clock: Clock) -> None:
    for _ in range(4):
        assert await failing(gates, BREAK_AFTER - 1) == 0
        assert (await gates.settle("g", FREE, "ok")).row == 0
    for _ in range(100):
        await gates.settle("g", FREE, "ok")
    assert await failing(gates, BREAK_AFTER) > 0


async def test_failures_of_long_ago_do_not_count(gates: Gates, clock: Clock) -> None:
    await failing(gates, BREAK_AFTER - 1)
    clock.advance(WINDOW_MS / 1000 + 1)
    assert await failing(gates, BREAK_AFTER - 1) == 0


async def test_what_left_before_it_opened_neither_closes_it_nor_opens_it_for_longer(gates: Gates, clock: Clock) -> None:
    until = await failing(gates, BREAK_AFTER)
    assert (await gates.settle("g", FREE, "ok")).down_until_ms == until
    assert (await gates.settle("g", FREE, "failed")).down_until_ms == until


async def test_a_probe_that_is_limited_shows_a_provider_that_lives(gates: Gates, clock: Clock) -> None:
    clock.advance_to(await failing(gates, BREAK_AFTER))
    assert (await gates.reserve("g", FREE, 0)).probe
    assert (await gates.settle("g", FREE, "limited", pause_ms=4_000)).down_until_ms == 0
    got = await gates.reserve("g", FREE, 0, within_ms=0)
    assert (got.code, got.at_ms) == ("later", clock.now_ms() + 4_000)


async def test_gates_do_not_know_of_each_other(gates: Gates, clock: Clock) -> None:
    await failing(gates, BREAK_AFTER)
    assert (await gates.reserve("another", FREE, 0)).code == "go"


async def test_a_gate_is_one_key_of_redis_and_it_expires(redis_url: str) -> None:
    store = Store(redis_url)
    await store.gates.reserve("g", QUICK, 10)
    await store.gates.settle("h", QUICK, "failed")
    await store.close()
    with redis.Redis.from_url(redis_url, decode_responses=True) as client:
        assert sorted(client.keys("*")) == ["genisys:{gate:g}:gate", "genisys:{gate:h}:gate"]  # type: ignore[type-var]
        assert all(0 < client.ttl(key) <= 24 * 3600 for key in client.keys("*"))  # type: ignore[union-attr, operator]


async def test_a_provider_that_operators_have_paused_lets_nothing_leave_until_then(gates: Gates, clock: Clock) -> None:
    until = clock.now_ms() + 60_000
    await gates.hold("g", until)
    assert (await gates.look("g")).held_until_ms == until
    got = await gates.reserve("g", QUICK, 0)
    assert (got.code, got.at_ms) == ("down", clock.now_ms() + HELD_ASK_AGAIN_MS)
    clock.advance_to(until - 5_000)
    assert (await gates.reserve("g", QUICK, 0)).at_ms == until
    assert (await gates.reserve("other", QUICK, 0)).code == "go"
    clock.advance_to(until)
    assert (await gates.reserve("g", QUICK, 0)).code == "go"
    assert (await gates.look("g")).held_until_ms == 0


async def test_a_pause_by_hand_can_be_ended_early_and_never_lasts_over_a_week(gates: Gates, clock: Clock) -> None:
    await gates.hold("g", clock.now_ms() + 10 * LONGEST_HOLD_MS)
    assert (await gates.look("g")).held_until_ms == clock.now_ms() + LONGEST_HOLD_MS
    await gates.hold("g", 0)
    assert (await gates.reserve("g", QUICK, 0)).code == "go"


async def test_a_look_at_a_gate_says_how_it_stands_and_changes_nothing(gates: Gates, clock: Clock) -> None:
    assert (await gates.look("g")).row == 0
    until = await failing(gates, BREAK_AFTER)
    await gates.settle("g", FREE, "limited", pause_ms=30_000)
    seen = await gates.look("g")
    assert (seen.is_open, seen.down_until_ms, seen.row) == (True, until, BREAK_AFTER)
    assert seen.paused_until_ms == clock.now_ms() + 30_000
    assert await gates.look("g") == seen


async def test_what_was_asked_is_counted_by_the_hour_and_in_the_present_minute(gates: Gates, clock: Clock) -> None:
    begin = clock.now_ms() // HOUR_MS * HOUR_MS + HOUR_MS
    clock.advance_to(begin + 60_000)
    await gates.settle("g", FREE, "ok", spent=100)
    await gates.settle("g", FREE, "failed", spent=0)
    clock.advance_to(begin + 120_000)
    await gates.settle("g", FREE, "ok", spent=0)
    await gates.settle("g", FREE, "", spent=40)  # the end of a stream that was answered before
    await gates.settle("g", FREE, "limited", spent=0)
    await gates.settle("g", FREE, "ok")  # what is not counted: the pace of a host
    (used,) = (await gates.look("g")).hours
    assert used == Use(begin, 2, 1, 1, 140, minute_requests=2, minute_tokens=40)
    clock.advance_to(begin + HOUR_MS + 1)
    last, present = (await gates.look("g", hours=2)).hours
    assert (last, present) == (Use(begin, 2, 1, 1, 140), Use(begin + HOUR_MS))
