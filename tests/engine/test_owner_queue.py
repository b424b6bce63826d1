"""Fairness between persons: how many runs of one person are held at once, and in which order the others come."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable

import pytest
import redis
from pydantic import BaseModel

from genisys import component, sleep, workflow
from genisys.host import Engine, RunMeta, Watch, Worker
from genisys.testing.redis import Store
from tests.waits import ended, until

LIMIT = 2
gates: dict[str, asyncio.Event] = {}
began: list[str] = []


class Job(BaseModel):
    name: str
    sleeps: float = 0


class Done(BaseModel):
    name: str


@component
async def do(name: str) -> str:
    began.append(name)
    if gate := gates.get(name):
        await gate.wait()
    return name


@workflow(name="places-job")
async def job(request: Job) -> Done:
    if request.sleeps:
        await sleep(request.sleeps)
    return Done(name=await do(request.name))


@pytest.fixture
async def engine(redis_url: str) -> AsyncIterator[Engine]:
    began.clear()
    gates.clear()
    async with Engine(redis_url, deployment="places", per_owner=LIMIT) as engine:
        yield engine


@pytest.fixture
def start_worker(work_here: Callable[..., Worker]) -> Callable[..., Worker]:
    return lambda deployment="places": work_here(deployment=deployment, per_owner=LIMIT)


def shut(*names: str) -> None:
    gates.update({name: asyncio.Event() for name in names})


async def begun(*names: str) -> None:
    async def all_begun() -> bool:
        return set(names) <= set(began)

    await until(all_begun, f"not all of {names} began: {began}")


async def start(engine: Engine, *names: str, owner: str = "ann", sleeps: float = 0) -> list[str]:
    return [
        await engine.start("places-job", {"name": name, "sleeps": sleeps}, owner=owner, title=name) for name in names
    ]


async def meta_of(engine: Engine, run_id: str) -> RunMeta:
    meta = await engine.meta(run_id)
    assert meta is not None
    return meta


def held_and_in_line(redis_url: str) -> tuple[int, int]:
    """How many places are held, and how many runs wait for one: of every owner, where tests have only ann."""
    with redis.Redis.from_url(redis_url) as client:

        def all_in(part: str) -> int:
            return sum(int(client.zcard(key)) for key in client.scan_iter(f"genisys:{{o:*}}:{part}"))

        return all_in("held"), all_in("line:places")


async def all_left(redis_url: str) -> None:
    """Wait until nobody holds a place or stands in line: a run leaves its place just after its end."""

    async def nobody() -> bool:
        return held_and_in_line(redis_url) == (0, 0)

    await until(nobody, "a place is still held", seconds=5)


async def test_two_workers_together_hold_no_more_of_a_persons_runs_than_the_limit(
    engine: Engine, start_worker: Callable[..., Worker]
) -> None:
    shut("a", "b", "c", "d", "e")
    start_worker()
    start_worker()
    runs = await start(engine, "a", "b", "c", "d", "e")
    await begun("a", "b")
    for run_id in runs[2:]:  # wakeups that nobody asked for change nothing
        await engine.wake(run_id, deployment="places", attempt=7)
    other = await start(engine, "of-bob", owner="bob")
    await ended(engine, *other)
    assert sorted(began) == ["a", "b", "of-bob"]
    for name in "abcde":
        gates[name].set()
    await ended(engine, *runs)
    assert sorted(began) == ["a", "b", "c", "d", "e", "of-bob"]


async def test_the_line_is_left_in_the_order_in_which_the_runs_were_made(
    engine: Engine, start_worker: Callable[..., Worker], redis_url: str
) -> None:
    names = [f"n{number}" for number in range(8)]
    shut(*names)
    start_worker()
    runs = await start(engine, *names)
    for number in range(0, 8, 2):
        await begun(*names[: number + 2])
        assert sorted(began) == names[: number + 2]
        gates[names[number]].set()
        gates[names[number + 1]].set()
        await ended(engine, *runs[number : number + 2])
    await all_left(redis_url)


async def test_a_run_in_line_tells_its_exact_place(engine: Engine, start_worker: Callable[..., Worker]) -> None:
    shut("a", "b")
    start_worker()
    runs = await start(engine, "a", "b", "c", "d", "e")
    await begun("a", "b")

    async def moves() -> bool:  # a machine with no time for it says of its worker that it is blocked
        return await engine.why_waiting(await meta_of(engine, runs[0])) == ""

    await until(moves, "its worker stays blocked")
    told = [await engine.why_waiting(await meta_of(engine, run_id)) for run_id in runs]
    assert told == [
        "",
        "",
        "Waiting for one of your 2 places: it is the next of your runs.",
        "Waiting for one of your 2 places: 1 run of yours is before it.",
        "Waiting for one of your 2 places: 2 runs of yours are before it.",
    ]
    place = await engine.place(await meta_of(engine, runs[4]))
    assert place is not None and (place.before, place.limit) == (2, 2)
    assert await engine.place(await meta_of(engine, runs[0])) is None
    await engine.cancel(runs[3])
    assert await engine.why_waiting(await meta_of(engine, runs[4])) == told[3]
    gates["a"].set()
    gates["b"].set()
    await ended(engine, *runs)


async def test_runs_without_an_owner_are_not_limited(engine: Engine, start_worker: Callable[..., Worker]) -> None:
    shut("a", "b", "c", "d")
    start_worker()
    runs = await start(engine, "a", "b", "c", "d", owner="")
    await begun("a", "b", "c", "d")
    for gate in gates.values():
        gate.set()
    await ended(engine, *runs)


async def test_a_run_that_waits_gives_its_place_to_the_next(
    engine: Engine, start_worker: Callable[..., Worker]
) -> None:
    start_worker()
    sleeping = await start(engine, "late-1", "late-2", sleeps=3600)
    runs = await start(engine, "a", "b", "c")
    await ended(engine, *runs)
    assert sorted(began) == ["a", "b", "c"]
    metas = await engine.metas(sleeping)
    assert {meta.status for meta in metas.values()} == {"waiting"}


async def test_a_run_that_is_paused_in_line_lets_the_others_pass(
    engine: Engine, start_worker: Callable[..., Worker], redis_url: str
) -> None:
    shut("a", "b")
    start_worker()
    runs = await start(engine, "a", "b", "c", "d")
    await begun("a", "b")

    async def both_in_line() -> bool:
        return held_and_in_line(redis_url) == (2, 2)

    await until(both_in_line, "the two others do not stand in line")
    await engine.pause(runs[2])

    async def one_in_line() -> bool:
        return held_and_in_line(redis_url) == (2, 1)

    await until(one_in_line, "the paused run stays in line")  # a wakeup on its way may put it back for a moment
    gates["a"].set()
    await begun("d")
    assert "c" not in began
    await engine.resume(runs[2])
    gates["b"].set()
    await ended(engine, *runs)


async def test_a_wakeup_that_comes_after_a_pause_puts_no_run_back_in_line(engine: Engine, redis_url: str) -> None:
    runs = await start(engine, "a", "b", "c")
    before = [await meta_of(engine, run_id) for run_id in runs]
    assert [await engine.owner_queue.ask(meta) for meta in before[:2]] == [True, True]
    await engine.pause(runs[2])
    assert not await engine.owner_queue.ask(before[2])
    assert held_and_in_line(redis_url) == (2, 0)


async def test_a_run_that_is_handed_over_keeps_its_place(
    engine: Engine, start_worker: Callable[..., Worker], redis_url: str
) -> None:
    shut("a", "b")
    first = start_worker()
    runs = await start(engine, "a", "b", "c")
    await begun("a", "b")
    start_worker()
    first.stop()

    async def both_again() -> bool:
        return began.count("a") == 2 and began.count("b") == 2

    await until(both_again, f"the two runs did not begin again: {began}")
    assert "c" not in began
    gates["a"].set()
    gates["b"].set()
    await ended(engine, *runs)
    await all_left(redis_url)


async def test_a_place_that_nobody_renews_is_free_when_its_lease_runs_out(
    engine: Engine, start_worker: Callable[..., Worker], redis_url: str
) -> None:
    """A worker that dies between taking a place and taking the lease leaves a place behind, and nothing else."""
    store = Store(redis_url)
    runs = await start(engine, "a", "b", "c")
    for run_id in runs[:2]:
        meta = await meta_of(engine, run_id)
        assert await store.owner_queue.ask("ann", "places", run_id, meta.created_ms, LIMIT)
        await engine.end_cancelled(run_id)
        assert await store.owner_queue.ask("ann", "places", run_id, meta.created_ms, LIMIT)
    await store.close()
    assert held_and_in_line(redis_url) == (2, 1)
    start_worker()
    await ended(engine, runs[2], watch=Watch(engine))


async def test_what_a_crash_left_in_line_does_not_stop_it(
    engine: Engine, start_worker: Callable[..., Worker], redis_url: str
) -> None:
    store = Store(redis_url)
    stale = [("ann", "places", f"gone-{number}", number) for number in range(LIMIT + 3)]
    await store.owner_queue.line_up(stale, LIMIT)
    await store.close()
    runs = await start(engine, "a")
    place = await engine.place(await meta_of(engine, runs[0]))
    assert place is not None and place.before == LIMIT + 3
    start_worker()
    await ended(engine, *runs, watch=Watch(engine))


async def test_many_runs_in_line_get_no_wakeups(engine: Engine, redis_url: str) -> None:
    await start(engine, *(f"n{number}" for number in range(50)))
    with redis.Redis.from_url(redis_url) as client:
        assert client.xlen("genisys-places:stream") == LIMIT


async def test_a_limit_below_zero_is_refused(redis_url: str) -> None:
    with pytest.raises(ValueError, match="0 for no limit"):
        Engine(redis_url, per_owner=-1)
