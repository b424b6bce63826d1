"""Versions of the code side by side: where new runs go, what becomes of old ones, and who may take what."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
from pydantic import BaseModel

from genisys import (
    DeploymentInUse,
    RunHandedOver,
    RunNotOpen,
    UnknownDeployment,
    component,
    record_usage,
    workflow,
)
from genisys.host import Deployments, Engine, Fate, Manifest, Watch, Worker, manifest_here
from tests.waits import until

gates: dict[str, asyncio.Event] = {}
ran: Counter[str] = Counter()


class Order(BaseModel):
    name: str


class Bill(BaseModel):
    name: str


@component
async def plan(name: str) -> str:
    ran[f"plan {name}"] += 1
    return name


@component(paid=True)
async def ask_model(name: str) -> str:
    ran[f"ask {name}"] += 1
    record_usage(model="m", input_tokens=100, output_tokens=20, cost_microusd=12_300)
    return name


@component
async def research(name: str) -> str:
    return await ask_model(name)


@component
async def deliver(name: str) -> str:
    ran[f"deliver {name}"] += 1
    if gate := gates.get(name):
        await gate.wait()
    return name


@workflow(name="deployments-order")
async def order(request: Order) -> Bill:
    await plan(request.name)
    await research(request.name)
    await deliver(request.name)
    await plan(f"after {request.name}")
    return Bill(name=request.name)


@pytest.fixture
async def engine(redis_url: str) -> AsyncIterator[Engine]:
    gates.clear()
    ran.clear()
    async with Engine(redis_url, deployment="v1") as engine:
        yield engine


@pytest.fixture
def deployments(engine: Engine) -> Deployments:
    return Deployments(engine)


@pytest.fixture
async def start_worker(redis_url: str) -> AsyncIterator[Callable[[str], Worker]]:
    running: list[tuple[Worker, asyncio.Task[None]]] = []

    def start(deployment: str) -> Worker:
        worker = Worker(redis_url, deployment=deployment, hand_over_s=0.2)
        running.append((worker, asyncio.create_task(worker.run())))
        return worker

    yield start
    for gate in gates.values():
        gate.set()
    for worker, _ in running:
        worker.stop()
    await asyncio.gather(*(task for _, task in running))


async def registered(deployments: Deployments, *names: str) -> None:
    async def all_known() -> bool:
        # A worker's first heartbeat may be there before its code is registered.
        return set(names) <= {each.name for each in await deployments.all() if each.workers and each.state != "unknown"}

    await until(all_known, f"the workers of {names} did not register")


async def delivering(name: str, times: int = 1) -> None:
    async def began() -> bool:
        return ran[f"deliver {name}"] >= times

    await until(began, f"{name} is not being delivered")


async def ended(engine: Engine, run_id: str) -> str:
    async def closed() -> str:
        meta = await engine.meta(run_id)
        return meta.status if meta is not None and meta.closed else ""

    return await until(closed, "the run did not end")


async def states(deployments: Deployments) -> dict[str, str]:
    return {each.name: each.state for each in await deployments.all()}


async def deployment_of(engine: Engine, run_id: str) -> str:
    meta = await engine.meta(run_id)
    assert meta is not None
    return meta.deployment


def manifest(**changes: Any) -> dict[str, Any]:
    """What the code here holds, as another version of it might."""
    return Manifest(**{**manifest_here().as_json(), **changes}).as_json()


def without(*names: str) -> dict[str, list[str]]:
    return {name: found for name, found in manifest_here().components.items() if name not in names}


async def stopped_in_delivery(
    engine: Engine, deployments: Deployments, start_worker: Callable[[str], Worker], name: str = "a"
) -> str:
    """A run of v1 that has planned and paid for its research, and is being delivered."""
    gates[name] = asyncio.Event()
    start_worker("v1")
    await registered(deployments, "v1")
    run_id = await engine.start("deployments-order", {"name": name}, title=f"Order {name}")
    await delivering(name)

    async def logged() -> bool:
        events = await engine.events(run_id)
        return any(event["type"] == "step.started" and event["name"] == "deliver" for event in events)

    await until(logged, "the delivery is not in the log")
    return run_id


async def the_fate(deployments: Deployments, name: str = "v2") -> Fate:
    (found,) = await deployments.preview(name)
    return found


async def test_without_a_promoted_deployment_new_runs_go_to_the_engines_own(engine: Engine) -> None:
    assert await deployment_of(engine, await engine.start("deployments-order", {"name": "a"})) == "v1"


async def test_new_runs_go_to_the_promoted_deployment_and_old_ones_stay(
    engine: Engine, deployments: Deployments, start_worker: Callable[[str], Worker]
) -> None:
    old = await stopped_in_delivery(engine, deployments, start_worker)
    start_worker("v2")
    await registered(deployments, "v1", "v2")
    await deployments.promote("v2")
    new = await engine.start("deployments-order", {"name": "b"})
    assert await ended(engine, new) == "completed"
    assert [await deployment_of(engine, run_id) for run_id in (old, new)] == ["v1", "v2"]
    assert await states(deployments) == {"v1": "draining", "v2": "promoted"}
    gates["a"].set()
    assert await ended(engine, old) == "completed"
    assert await deployment_of(engine, old) == "v1"


async def test_a_deployment_is_drained_when_its_last_run_has_ended(
    engine: Engine, deployments: Deployments, start_worker: Callable[[str], Worker]
) -> None:
    run_id = await stopped_in_delivery(engine, deployments, start_worker)
    await deployments.drain("v1")
    assert await deployments.note_drained() == []
    assert await states(deployments) == {"v1": "draining"}
    gates["a"].set()
    await ended(engine, run_id)
    await Watch(engine).sweep()
    (found,) = await deployments.all()
    assert (found.state, found.unfinished) == ("drained", 0)
    assert found.drained_ms >= found.draining_ms > 0


async def test_a_worker_takes_no_run_of_another_deployment_though_it_is_woken_for_it(
    engine: Engine, deployments: Deployments, start_worker: Callable[[str], Worker]
) -> None:
    start_worker("v1")
    await registered(deployments, "v1")
    run_id = await engine.start("deployments-order", {"name": "a"}, deployment="v2")
    await engine.wake(run_id, deployment="v1", attempt=0)
    assert await engine.store.acquire(run_id, "a worker of v1", "v1") == "moved"
    other = await engine.start("deployments-order", {"name": "b"})
    await ended(engine, other)
    meta = await engine.meta(run_id)
    assert meta is not None and meta.attempt == 0
    assert await engine.why_waiting(meta) == "Waiting for a worker of deployment v2: none is alive."


async def test_a_run_of_an_unknown_workflow_waits_for_code_that_has_it(
    engine: Engine, deployments: Deployments, start_worker: Callable[[str], Worker]
) -> None:
    start_worker("v1")
    await registered(deployments, "v1")
    run_id = await engine.start("deployments-of-tomorrow", {"name": "a"})
    await ended(engine, await engine.start("deployments-order", {"name": "b"}))
    meta = await engine.meta(run_id)
    assert meta is not None and (meta.attempt, meta.closed) == (0, False)
    assert "has no workflow deployments-of-tomorrow" in await engine.why_waiting(meta)


async def test_a_held_run_is_moved_at_its_next_step_boundary_and_repeats_nothing(
    engine: Engine, deployments: Deployments, start_worker: Callable[[str], Worker]
) -> None:
    gates["a"] = asyncio.Event()
    holder = start_worker("v1")
    await registered(deployments, "v1")
    run_id = await engine.start("deployments-order", {"name": "a"})
    await delivering("a")
    start_worker("v2")
    await registered(deployments, "v2")
    await engine.move(run_id, "v2", by="test")

    async def told() -> bool:
        return holder._held[run_id]._why is RunHandedOver

    await until(told, "the holder did not notice the move")
    gates["a"].set()
    assert await ended(engine, run_id) == "completed"
    moved = [event for event in await engine.events(run_id) if event.get("reason") == "moved"]
    assert [event["deployment"] for event in moved] == ["v2"]
    meta = await engine.meta(run_id)
    assert meta is not None and (meta.deployment, meta.attempt) == ("v2", 2)
    assert set(ran.values()) == {1}


async def test_a_stranded_run_is_moved_at_once(
    engine: Engine, deployments: Deployments, start_worker: Callable[[str], Worker]
) -> None:
    run_id = await engine.start("deployments-order", {"name": "a"}, deployment="v0")
    start_worker("v1")
    await registered(deployments, "v1")
    assert await states(deployments) == {"v1": "ready", "v0": "unknown"}
    await engine.move(run_id, "v1")
    assert await ended(engine, run_id) == "completed"
    assert [event["reason"] for event in await engine.events(run_id) if event["type"] == "run.resumed"] == ["moved"]
    await engine.store.deployments.register("v2", manifest())
    with pytest.raises(RunNotOpen):
        await engine.move(run_id, "v2")


async def test_a_run_is_moved_only_to_code_that_is_known(engine: Engine) -> None:
    run_id = await engine.start("deployments-order", {"name": "a"})
    with pytest.raises(UnknownDeployment, match="v9"):
        await engine.move(run_id, "v9")


async def test_the_promoted_deployment_neither_drains_nor_retires(engine: Engine, deployments: Deployments) -> None:
    await engine.store.deployments.register("v1", manifest())
    await deployments.promote("v1")
    for act in (deployments.drain, deployments.retire):
        with pytest.raises(DeploymentInUse, match="promote another deployment first"):
            await act("v1")
    with pytest.raises(UnknownDeployment, match="Known: v1"):
        await deployments.promote("v2")


async def test_a_deployment_with_unfinished_runs_is_not_forgotten(engine: Engine, deployments: Deployments) -> None:
    await engine.store.deployments.register("v1", manifest())
    run_id = await engine.start("deployments-order", {"name": "a"})
    with pytest.raises(DeploymentInUse, match="1 unfinished runs"):
        await deployments.retire("v1")
    await engine.cancel(run_id)
    await deployments.retire("v1")
    assert await deployments.all() == []


async def test_going_back_to_an_older_deployment_drains_the_newer_one(engine: Engine, deployments: Deployments) -> None:
    for name in ("v1", "v2", "v3"):
        await engine.store.deployments.register(name, manifest())
    await deployments.promote("v2")
    assert (await states(deployments))["v2"] == "promoted"
    await deployments.promote("v1")
    found = await states(deployments)
    assert (found["v1"], found["v2"]) == ("promoted", "drained")


async def test_the_registry_is_bounded_and_keeps_the_promoted_one(engine: Engine, deployments: Deployments) -> None:
    await engine.store.deployments.register("v0", manifest())
    await deployments.promote("v0")
    for number in range(1, 105):
        await engine.store.deployments.register(f"v{number}", {"workflows": {}, "inputs": {}, "components": {}})
    found = [each.name for each in await deployments.all()]
    assert len(found) == 100
    assert "v0" in found and "v104" in found


# What would become of a run: one that has planned, has paid $0.0123 for research, and is being delivered


async def test_under_the_same_code_a_run_resumes(
    engine: Engine, deployments: Deployments, start_worker: Callable[[str], Worker]
) -> None:
    run_id = await stopped_in_delivery(engine, deployments, start_worker)
    await engine.store.deployments.register("v2", manifest())
    found = await the_fate(deployments)
    assert (found.run_id, found.title, found.outcome, found.sentence) == (run_id, "Order a", "resumes", "Resumes.")
    assert await deployments.preview("v1") == []


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        (
            {"workflows": {}, "inputs": {}},
            "Must stay: the new code has no workflow “deployments-order”.",
        ),
        (
            {"inputs": {"deployments-order": {"type": "object", "required": ["name", "size"]}}},
            "Must stay: its input no longer fits “deployments-order”.",
        ),
        (
            {"inputs": {"deployments-order": {"properties": {"name": {"type": "integer"}}}}},
            "Must stay: its input no longer fits “deployments-order” at name.",
        ),
        (
            {"components": without("deliver")},
            "Must stay: it is in the middle of “deliver”, which the new code does not have.",
        ),
        (
            {"components": without("research")},
            "Would pay again: the new code does not have “research”, for which $0.0123 was paid.",
        ),
        (
            {"components": without("plan")},
            "Resumes: what “plan” did is done again, at no cost.",
        ),
        (
            # Replayed as a part of “research”, which stands: nobody asks for it.
            {"components": without("ask_model")},
            "Resumes.",
        ),
        (
            {"components": {**without(), "research": ["another"]}},
            "Resumes: what “research” gave under older code stands as recorded.",
        ),
        (
            {"components": {**without(), "deliver": ["another"]}},
            "Resumes: “deliver” goes on with the new code.",
        ),
        (
            {"workflows": {**manifest_here().workflows, "deployments-order": "another"}},
            "Resumes: the workflow's own code changed, and a step that it asks for in another way runs again.",
        ),
    ],
)
async def test_the_preview_tells_each_runs_fate_in_one_sentence(
    engine: Engine,
    deployments: Deployments,
    start_worker: Callable[[str], Worker],
    changes: dict[str, Any],
    sentence: str,
) -> None:
    await stopped_in_delivery(engine, deployments, start_worker)
    await engine.store.deployments.register("v2", manifest(**changes))
    found = await the_fate(deployments)
    assert found.sentence == sentence
    assert found.cost_microusd == (12_300 if found.outcome == "would pay again" else 0)
    assert found.tokens == (120 if found.outcome == "would pay again" else 0)


async def test_what_the_preview_says_of_a_changed_component_is_what_happens(
    engine: Engine, deployments: Deployments, start_worker: Callable[[str], Worker]
) -> None:
    """A completed component whose code changed is replayed as recorded: keys hold no version."""
    run_id = await stopped_in_delivery(engine, deployments, start_worker)
    (before,) = [step for step in await engine.journal(run_id) if step.name == "research"]
    assert before.version == research.version
    start_worker("v2")
    await registered(deployments, "v2")
    await engine.move(run_id, "v2")
    gates["a"].set()
    await ended(engine, run_id)
    assert ran["ask a"] == 1
