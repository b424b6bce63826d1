"""A worker that is full and a worker that has room: which one takes what is new."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable

import pytest
from pydantic import BaseModel

from genisys import component, workflow
from genisys.host import Engine, Watch, Worker
from tests.waits import ended

DEPLOYMENT = "room"
gate = asyncio.Event()
begun: list[str] = []


class Visit(BaseModel):
    name: str


@component
async def stay(name: str) -> str:
    begun.append(name)
    if name == "stays":
        await gate.wait()
    return name


@workflow(name="room-visit")
async def visit(request: Visit) -> Visit:
    return Visit(name=await stay(request.name))


@pytest.fixture
async def engine(redis_url: str, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Engine]:
    monkeypatch.setitem(globals(), "gate", asyncio.Event())
    begun.clear()
    async with Engine(redis_url, deployment=DEPLOYMENT) as engine:
        yield engine


@pytest.fixture
def start_worker(work_here: Callable[..., Worker]) -> Callable[..., Worker]:
    return lambda concurrency: work_here(deployment=DEPLOYMENT, concurrency=concurrency)


async def test_what_reaches_a_full_worker_is_passed_on_to_one_that_has_room(
    engine: Engine, start_worker: Callable[..., Worker]
) -> None:
    """No watch sweeps once both listen: a wakeup that the full worker kept to itself would never be given again."""
    full = start_worker(1)
    staying = await engine.start("room-visit", {"name": "stays"})
    async with asyncio.timeout(60):
        while not begun:
            await asyncio.sleep(0.01)
        free = start_worker(5)
        while {worker.id for worker in await engine.workers()} != {full.id, free.id}:
            await asyncio.sleep(0.05)
        first = await engine.start("room-visit", {"name": "first"})
        await ended(engine, first, watch=Watch(engine))  # now the other one listens too, which its beat does not say
        for number in range(20):
            run_id = await engine.start("room-visit", {"name": f"v{number}"})
            (meta,) = await ended(engine, run_id)
            assert meta.status == "completed"
            await asyncio.sleep(0.1)  # for what is remembered of the others to be looked up again
        assert (await engine.metas([staying]))[staying].worker == full.id
        gate.set()
        await ended(engine, staying)


async def test_where_nobody_has_room_what_is_new_waits_for_the_first_slot(
    engine: Engine, start_worker: Callable[..., Worker]
) -> None:
    start_worker(1)
    runs = [await engine.start("room-visit", {"name": "stays"})]
    async with asyncio.timeout(60):
        while not begun:
            await asyncio.sleep(0.01)
        runs += [await engine.start("room-visit", {"name": f"v{number}"}) for number in range(10)]
        await asyncio.sleep(0.2)  # a second slot would be taken at once; that none is has no event
        assert begun == ["stays"]
        gate.set()
        await ended(engine, *runs)
    assert sorted(begun) == sorted(["stays", *(f"v{number}" for number in range(10))])
