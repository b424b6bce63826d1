"""A worker that is asked to drain takes no more runs, leaves those it holds at their next step, and can take again."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable

import pytest
from pydantic import BaseModel

from genisys import UnknownWorker, component, workflow
from genisys.host import Engine, Watch, Worker, WorkerInfo, Workers, worker_state
from tests.waits import ended, until

gate = asyncio.Event()
ran: Counter[str] = Counter()
NOW = 1_000_000


class Name(BaseModel):
    name: str


@component
async def first(name: str) -> str:
    ran["first"] += 1
    await gate.wait()
    return name


@component
async def second(name: str) -> str:
    ran["second"] += 1
    return name


@workflow(name="drain-two-steps")
async def two_steps(request: Name) -> Name:
    await first(request.name)
    return Name(name=await second(request.name))


@pytest.fixture
async def engine(redis_url: str) -> AsyncIterator[Engine]:
    gate.clear()
    ran.clear()
    async with Engine(redis_url) as engine:
        yield engine
        gate.set()


async def states(engine: Engine) -> dict[str, str]:
    return {worker.id: state for worker, state in await Workers(engine).all()}


async def in_state(engine: Engine, worker: Worker, state: str) -> None:
    async def there() -> bool:
        return (await states(engine)).get(worker.id) == state

    await until(there, f"{worker.id} is not {state}")


async def test_a_worker_that_drains_ends_its_step_once_and_another_goes_on(
    engine: Engine, work_here: Callable[..., Worker]
) -> None:
    old = work_here()
    run_id = await engine.start("drain-two-steps", {"name": "a"})
    await in_state(engine, old, "busy")
    await Workers(engine).drain(old.id)
    await in_state(engine, old, "draining")
    new = work_here()
    await in_state(engine, new, "idle")
    gate.set()
    (meta,) = await ended(engine, run_id, watch=Watch(engine))
    assert meta.status == "completed"
    assert ran == {"first": 1, "second": 1}
    attempts = [event["worker"] for event in await engine.events(run_id) if event["type"] == "run.started"]
    assert attempts == [old.id, new.id]
    await in_state(engine, old, "drained")


async def test_a_drained_worker_takes_nothing_until_it_is_told_to_take_again(
    engine: Engine, work_here: Callable[..., Worker]
) -> None:
    gate.set()
    worker = work_here()
    await in_state(engine, worker, "idle")
    await Workers(engine).drain(worker.id)
    await in_state(engine, worker, "drained")
    run_id = await engine.start("drain-two-steps", {"name": "b"})
    watch = Watch(engine)
    for _ in range(3):
        await watch.sweep()
    meta = await engine.meta(run_id)
    assert meta is not None and not meta.worker
    assert await engine.why_waiting(meta) == (
        "Waiting for a free place: every worker of deployment dev drains, and takes no new run."
    )
    await Workers(engine).take_again(worker.id)
    (meta,) = await ended(engine, run_id, watch=watch)
    assert meta.status == "completed"


async def test_nobody_drains_a_worker_that_is_not_there(engine: Engine) -> None:
    with pytest.raises(UnknownWorker, match="No worker 'gone' is alive"):
        await Workers(engine).drain("gone")


@pytest.mark.parametrize(
    ("facts", "state"),
    [
        ({"beat_ms": NOW - 10_001, "runs": ("a",)}, "dead"),
        ({"beat_ms": NOW - 4_001, "runs": ("a",)}, "stale"),
        ({"draining": True, "runs": ("a",)}, "draining"),
        ({"draining": True}, "drained"),
        ({"asked_to_drain": True}, "draining"),
        ({"runs": ("a",)}, "busy"),
        ({"started_ms": NOW - 500}, "starting"),
        ({}, "idle"),
    ],
)
def test_a_worker_stands_as_its_last_heartbeat_says(facts: dict[str, object], state: str) -> None:
    known = {"started_ms": NOW - 60_000, "beat_ms": NOW - 900, "runs": (), "draining": False, **facts}
    assert worker_state(WorkerInfo("w", "host", 1, "d", 4, **known), NOW) == state  # type: ignore[arg-type]
