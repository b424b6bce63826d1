"""What a workflow can wait for and come back to: sleep, answers, checkpoints, tries that survive."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from pydantic import BaseModel

from genisys import (
    GenisysError,
    Retry,
    StepFailed,
    checkpoint,
    component,
    gather,
    publish_object,
    request_input,
    sleep,
    sleep_until,
    status,
    workflow,
)
from genisys.testing import Clock, MemoryStore, run_in_memory


class Order(BaseModel):
    count: int = 3


class Result(BaseModel):
    value: Any = None


class Decision(BaseModel):
    approved: bool
    note: str = ""


@component
async def work(n: int) -> int:
    return n * n


@workflow(name="control-sleeper")
async def sleeper(order: Order) -> Result:
    first = await work(1)
    await sleep(timedelta(hours=6))
    return Result(value=first + await work(2))


async def test_a_long_sleep_leaves_the_worker_and_comes_back_in_time() -> None:
    clock = Clock()
    began = clock.now()
    report = await run_in_memory(sleeper, Order(), clock=clock)
    assert report.output == Result(value=5)
    assert report.attempts == 2
    assert clock.now() - began >= timedelta(hours=6)
    waiting = next(event for event in report.events if event["type"] == "run.waiting")
    assert waiting["reason"] == "sleep"
    assert waiting["until"] == round((began + timedelta(hours=6)).timestamp() * 1000)
    assert report.bodies_run["work"] == 2


@workflow(name="control-parallel")
async def parallel(order: Order) -> Result:
    values = await gather(work(2), sleep(3600), work(3))
    return Result(value=values)


async def test_what_goes_on_beside_a_sleep_is_done_before_the_run_leaves() -> None:
    report = await run_in_memory(parallel, Order(), clock=Clock())
    assert report.output == Result(value=[4, None, 9])
    assert report.bodies_run["work"] == 2
    done = [event["type"] for event in report.events if event["type"] in ("step.completed", "run.waiting")]
    assert done == ["step.completed", "step.completed", "run.waiting", "step.completed"]


async def test_a_moment_that_has_passed_is_not_waited_for() -> None:
    with Clock() as clock:
        await sleep_until(clock.now() - timedelta(days=1))
        await sleep_until(clock.now() + timedelta(days=1))
        assert clock.now() == datetime(2030, 1, 2, tzinfo=UTC)
    with pytest.raises(ValueError, match="aware"):
        await sleep_until(datetime(2030, 1, 1))  # noqa: DTZ001 - the mistake under test


@workflow(name="control-asker")
async def asker(order: Order) -> Result:
    status("Drafting")
    draft = await work(order.count)
    decision = await request_input(Decision, "Publish this?", name="publish", deadline=timedelta(days=2))
    return Result(value=[draft, decision.approved, decision.note])


async def test_an_answer_is_waited_for_without_a_worker() -> None:
    store, run_id = MemoryStore(), "asked"
    report = await run_in_memory(
        asker, Order(), clock=Clock(), store=store, run_id=run_id, answers={"publish": {"approved": True, "note": "go"}}
    )
    assert report.output == Result(value=[9, True, "go"])
    assert report.bodies_run["work"] == 1
    types = [event["type"] for event in report.events]
    assert types.index("input.requested") < types.index("run.waiting") < types.index("input.received")
    [asked] = report.state["inputs"].values()
    assert asked["open"] is False
    assert asked["schema"]["properties"]["approved"]["type"] == "boolean"
    assert [line["text"] for line in report.state["status_lines"]] == ["Drafting"], "a replayed body speaks once"


async def test_a_question_that_nobody_answers_fails_at_its_deadline() -> None:
    clock = Clock()
    report = await run_in_memory(asker, Order(), clock=clock)
    assert report.error is not None
    assert report.error.kind == "InputExpired"
    assert clock.now() == datetime(2030, 1, 3, tzinfo=UTC)


@workflow(name="control-default")
async def with_default(order: Order) -> Result:
    return Result(value=await request_input(bool, "Really?", deadline=60, default=False))


async def test_a_question_may_have_an_answer_for_silence() -> None:
    report = await run_in_memory(with_default, Order(), clock=Clock())
    assert report.output == Result(value=False)


@component
async def draft(topic: str, feedback: Any) -> str:
    return f"{topic} ({feedback or 'first'})"


@workflow(name="control-checkpoint")
async def reviewed(order: Order) -> Result:
    status("Looking it up")
    topic = str(await work(2))
    point = await checkpoint("draft", max_restores=2)
    status(f"Draft {point.restores + 1}")
    text = await draft(topic, point.feedback)
    if point.restores < order.count:
        await point.restore({"say": point.restores})
    return Result(value=text)


async def test_a_restored_checkpoint_begins_again_there_with_the_feedback() -> None:
    report = await run_in_memory(reviewed, Order(count=2))
    assert report.output == Result(value="4 ({'say': 1})")
    assert report.bodies_run == {"work": 1, "draft": 3}
    assert [line["text"] for line in report.state["status_lines"]] == ["Looking it up", "Draft 1", "Draft 2", "Draft 3"]


async def test_a_restore_survives_a_crash_behind_it() -> None:
    report = await run_in_memory(reviewed, Order(count=2), crash_after={"draft": 2})
    assert report.output == Result(value="4 ({'say': 1})")
    assert report.bodies_run == {"work": 1, "draft": 3}
    assert [line["text"] for line in report.state["status_lines"]] == ["Looking it up", "Draft 1", "Draft 2", "Draft 3"]


async def test_a_checkpoint_is_gone_back_to_only_so_often() -> None:
    report = await run_in_memory(reviewed, Order(count=5))
    assert report.error is not None
    assert report.error.kind == "RestoredTooOften"


async def test_outside_a_run_a_component_can_go_back_too() -> None:
    tries: list[Any] = []

    @component
    async def loop() -> int:
        point = await checkpoint()
        tries.append(point.feedback)
        if len(tries) < 3:
            await point.restore(len(tries))
        return point.restores

    assert await loop() == 2
    assert tries == [None, 1, 2]


class Flaky(GenisysError):
    """Fails as often as the test says."""


calls: list[int] = []


@component(retry=Retry(attempts=5, base=0))
async def flaky(until: int) -> int:
    calls.append(1)
    if len(calls) < until:
        raise Flaky("not yet")
    return len(calls)


@component
async def after() -> None:
    """Stands for what comes next."""


@workflow(name="control-flaky")
async def flaky_flow(order: Order) -> Result:
    return Result(value=await flaky(order.count))


async def test_tries_that_were_used_before_a_crash_are_not_given_again() -> None:
    calls.clear()
    store = MemoryStore()
    report = await run_in_memory(flaky_flow, Order(count=99), store=store, run_id="whole")
    assert isinstance(report.error, StepFailed)
    assert len(calls) == 5

    calls.clear()
    crashed = await run_in_memory(flaky_flow, Order(count=99), crash_after={"step.retrying": 3})
    assert crashed.attempts == 2
    assert isinstance(crashed.error, StepFailed)
    assert len(calls) == 5, "three tries before the crash leave two after it"


@component(on_error=lambda error, n: -n)
async def broken(n: int) -> int:
    raise Flaky(f"no {n}")


@workflow(name="control-fallback")
async def with_fallback(order: Order) -> Result:
    return Result(value=await broken(order.count))


async def test_an_error_boundary_gives_something_else_and_keeps_the_error() -> None:
    report = await run_in_memory(with_fallback, Order(count=7))
    assert report.output == Result(value=-7)
    done = next(event for event in report.events if event["type"] == "step.completed")
    assert done["fallback"]["message"] == "no 7"


async def test_a_deadline_over_all_tries_ends_them() -> None:
    @component(retry=Retry(attempts=50, base=40, cap=40), total_timeout=60)
    async def slow() -> None:
        raise Flaky("still not")

    @component(retry=Retry(attempts=50, base=40, cap=40, deadline=60))
    async def hopeless() -> None:
        raise Flaky("still not")

    with Clock() as clock:
        began = clock.now()
        with pytest.raises(StepFailed, match="still not"):
            await hopeless()
        assert clock.now() - began <= timedelta(seconds=60)


@workflow(name="control-objects")
async def painter(order: Order) -> Result:
    shape: dict[str, Any] = {"title": "a" * 200, "rows": []}
    for n in range(order.count):
        shape["title"] += "b"
        shape["rows"].append({"n": await work(n)})
        publish_object("shape", shape)
    return Result()


@pytest.mark.parametrize("crash", [None, {"work": 1}, {"work": 2}])
async def test_an_object_grows_by_patches_and_is_whole_after_a_crash(crash: dict[str, int] | None) -> None:
    report = await run_in_memory(painter, Order(count=3), crash_after=crash)
    assert report.state["objects"]["shape"] == {"title": "a" * 200 + "bbb", "rows": [{"n": 0}, {"n": 1}, {"n": 4}]}
    patches = [event["patch"] for event in report.events if event["type"] == "object.patch"]
    assert len(patches) == 3
    assert patches[0][0]["path"] == ""
    if crash is None:
        assert patches[1] == [
            {"op": "append", "path": "/title", "value": "b"},
            {"op": "add", "path": "/rows/-", "value": {"n": 1}},
        ]
