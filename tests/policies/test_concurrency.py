"""At most so many bodies at once, over the whole fleet."""

from __future__ import annotations

import asyncio
import os
import signal
from collections import Counter
from pathlib import Path

import pytest
from pydantic import BaseModel

from genisys import Concurrency, Retry, component, gather, workflow
from genisys.host import Engine
from genisys.testing import Ending, Execution, MemoryStore, Report, run_in_memory
from genisys.testing.attempts import taken
from genisys.testing.redis import Store, make_run
from tests.conftest import Process
from tests.policies.slots import Ticket, name_of
from tests.waits import until

AnyStore = Store | MemoryStore
inside: Counter[str] = Counter()
most: Counter[str] = Counter()
pairs: dict[str, asyncio.Event] = {}


@pytest.fixture(autouse=True)
def _count_from_zero() -> None:
    inside.clear()
    most.clear()
    pairs.clear()


class Pages(BaseModel):
    hosts: list[str]


class Read(BaseModel):
    pages: int


@component(retry=Retry(attempts=2, base=0, cap=0), concurrency=Concurrency(2, key=lambda host, n: host))
async def fetch(host: str, n: int) -> int:
    inside[host] += 1
    most[host] = max(most[host], inside[host])
    try:
        both = pairs.setdefault(host, asyncio.Event())
        if inside[host] == 2:
            both.set()
        await both.wait()  # The first one stays until there is a second: so many may be in at once.
        if n == 3 and most["failed"] == 0:
            most["failed"] = 1
            raise OSError("once")
    finally:
        inside[host] -= 1
    return 1


@workflow(name="test-slots-fetch")
async def fetching(request: Pages) -> Read:
    return Read(pages=sum(await gather(*(fetch(host, n) for n, host in enumerate(request.hosts)))))


async def test_no_more_bodies_of_a_key_run_at_once_than_its_limit_over_several_runs(store: AnyStore) -> None:
    runs = [run_in_memory(fetching, Pages(hosts=["a", "b"] * 4), store=store) for _ in range(3)]
    reports: list[Report] = await asyncio.gather(*runs)
    assert [report.output for report in reports] == 3 * [Read(pages=8)]
    assert most["a"] == most["b"] == 2, "two of each key, and no more"
    assert not any(inside.values())


async def test_outside_a_run_there_is_no_limit_to_wait_for() -> None:
    assert await gather(*(fetch("a", n) for n in range(4))) == [1, 1, 1, 1]


@component(concurrency=Concurrency(1))
async def nested(depth: int) -> int:
    return depth if depth == 0 else await nested(depth - 1)


@workflow(name="test-slots-nested")
async def nesting(request: Pages) -> Read:
    return Read(pages=await nested(len(request.hosts)))


async def test_a_component_that_would_wait_for_itself_is_told_so(store: AnyStore) -> None:
    report = await run_in_memory(nesting, Pages(hosts=["a"]), store=store)
    assert report.error is not None and "calls itself" in report.error.message


def test_a_limit_of_none_is_refused() -> None:
    with pytest.raises(ValueError, match="1 or more"):
        Concurrency(0)


def marks(folder: Path) -> list[tuple[str, int]]:
    file = folder / "marks"
    lines = file.read_text().splitlines() if file.exists() else []
    return [(name, int(pid)) for name, pid in (line.split() for line in lines)]


async def ended(engine: Engine, run_id: str) -> str:
    async def status() -> str:
        meta = await engine.meta(run_id)
        return meta.status if meta is not None and meta.closed else ""

    return await until(status, f"run {run_id} did not end")


@pytest.mark.parametrize("blocks", [False, True])
async def test_two_workers_together_keep_to_the_limit(
    redis_url: str, workers: list[Process], tmp_path: Path, blocks: bool
) -> None:
    async with Engine(redis_url, deployment="test") as engine:
        await until(engine.workers, "no worker came up")
        given = {"marks": str(tmp_path), "items": 4, "blocks": blocks}
        runs = [await engine.start("policy-visits", given) for _ in range(6)]
        assert [await ended(engine, run_id) for run_id in runs] == 6 * ["completed"]
    at_once = peak = 0
    for name, _ in marks(tmp_path):
        at_once += 1 if name == "begin" else -1
        peak = max(peak, at_once)
    assert len(marks(tmp_path)) == 48
    assert peak == 2


async def test_where_the_worker_that_computes_dies_another_leads(
    redis_url: str, workers: list[Process], tmp_path: Path
) -> None:
    async def computing() -> list[tuple[str, int]]:
        return marks(tmp_path)

    async with Engine(redis_url, deployment="test") as engine:
        await until(engine.workers, "no worker came up")
        runs = [await engine.start("policy-dear", {"marks": str(tmp_path)}) for _ in range(4)]
        [(_, leader)] = await until(computing, "nobody computes")
        os.kill(leader, signal.SIGKILL)
        (tmp_path / "go").touch()
        assert [await ended(engine, run_id) for run_id in runs] == 4 * ["completed"]
        hits = [step.cache["hit"] for run_id in runs for step in await engine.journal(run_id) if step.cache]
    assert sorted(hits) == [False, True, True, True]
    assert [name for name, _ in marks(tmp_path)] == ["computing", "computing"]


async def waiting_run(store: MemoryStore, hosts: list[str]) -> tuple[Execution, asyncio.Task[Ending]]:
    """A run that waits for a slot which others hold."""
    run_id = await make_run(store, "test-slots-fetch", events=[], input={"hosts": hosts})
    execution = await taken(store, run_id, "w1", None, store)
    task = asyncio.create_task(execution.run())
    async with asyncio.timeout(10):
        while not any(name.queue for name in store.slots._names.values()) or not execution.waits.idle:
            await asyncio.sleep(0.005)
    return execution, task


@pytest.mark.parametrize("how", ["hand_over", "cancel"])
async def test_a_run_that_waits_for_a_slot_can_be_left_at_once_and_leaves_the_queue(how: str) -> None:
    store = MemoryStore()
    name = name_of("fetch", "a")
    for who in ("x", "y"):
        assert await store.slots.take(Ticket(name, who, 1), 2) == 0
    execution, task = await waiting_run(store, ["a"])
    getattr(execution, how)()
    async with asyncio.timeout(10):
        ending = await task
    assert ending is (Ending.HANDED_OVER if how == "hand_over" else Ending.CANCELLED)
    assert not store.slots._names[name].queue and len(store.slots._names[name].holders) == 2
    assert not most["a"]
