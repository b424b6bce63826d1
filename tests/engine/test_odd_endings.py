"""Whatever comes out of a person's code ends its step or its run at once, under its own name."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from pydantic import BaseModel

from genisys import (
    Retry,
    checkpoint,
    component,
    gather,
    map_concurrent,
    progress,
    publish,
    publish_object,
    record_usage,
    request_input,
    sleep,
    sleep_until,
    status,
    text,
    workflow,
)
from genisys.errors import UserError, describe
from genisys.host import Engine, Worker
from genisys.testing import Clock, MemoryStore, run_in_memory
from tests.engine.test_strict_json import nested
from tests.engine.turning import here, task_in_run
from tests.waits import until

calls: Counter[str] = Counter()


@pytest.fixture(autouse=True)
def _count_from_zero() -> None:
    calls.clear()


class Case(BaseModel):
    name: str = ""
    place: str = "component"


class Done(BaseModel):
    said: str = ""


class Halt(BaseException):
    """Somebody's own, which `except Exception` does not see."""


async def cancelled_by_its_own_hand() -> None:
    task = asyncio.create_task(asyncio.sleep(60))
    task.cancel()
    await task


async def group_of(*errors: BaseException) -> None:
    raise BaseExceptionGroup("two went wrong", list(errors))


def raising(error: BaseException) -> Callable[[], Any]:
    async def body() -> None:
        raise error

    return body


ODD: dict[str, tuple[Callable[[], Any], str, str]] = {
    "cancelled": (cancelled_by_its_own_hand, "CancelledError", "CancelledError"),
    "cancelled with words": (raising(asyncio.CancelledError("no more")), "CancelledError", "no more"),
    "exit": (raising(SystemExit(3)), "SystemExit", "3"),
    "interrupt": (raising(KeyboardInterrupt()), "KeyboardInterrupt", "KeyboardInterrupt"),
    "generator exit": (raising(GeneratorExit("left")), "GeneratorExit", "left"),
    "stop": (raising(StopAsyncIteration("end")), "StopAsyncIteration", "end"),
    "own": (raising(Halt("that is all")), "Halt", "that is all"),
    "group": (
        lambda: group_of(SystemExit(3), ValueError("one")),
        "BaseExceptionGroup",
        "two went wrong: SystemExit: 3; ValueError: one",
    ),
    "plain group": (
        raising(ExceptionGroup("two", [ValueError("one"), KeyError("missing")])),
        "ExceptionGroup",
        "two: ValueError: one; KeyError: 'missing'",
    ),
}


@component(retry=Retry(attempts=3, base=0))
async def odd(name: str) -> str:
    calls["odd"] += 1
    await ODD[name][0]()
    return "never"


@component
async def fine(n: int) -> int:
    await asyncio.sleep(0)  # one turn of the loop, in which the odd one begins
    return n


@workflow(name="test-odd")
async def odd_flow(case: Case) -> Done:
    if case.place == "component":
        await odd(case.name)
    elif case.place == "gather":
        await gather(fine(1), odd(case.name))
    elif case.place == "map":
        async for done in map_concurrent(odd, [case.name]):
            assert done.error is not None
            raise done.error
    elif case.place == "group":
        async with asyncio.TaskGroup() as group:
            group.create_task(fine(1))
            group.create_task(odd(case.name))
    else:
        await ODD[case.name][0]()
    return Done()


@pytest.mark.parametrize("name", ODD)
@pytest.mark.parametrize("place", ["component", "gather", "map"])
async def test_a_step_fails_with_what_its_body_raised_and_is_tried_as_its_policy_says(name: str, place: str) -> None:
    report = await run_in_memory(odd_flow, Case(name=name, place=place))
    _, kind, message = ODD[name]
    assert report.error is not None
    assert (report.error.kind, report.error.message, report.error.step_name) == (kind, message, "odd")
    assert report.attempts == 1
    assert calls["odd"] == 3
    failed = next(step for step in report.steps if step.name == "odd")
    assert failed.error is not None and failed.error["kind"] == kind


@pytest.mark.parametrize("name", ODD)
async def test_a_run_fails_with_what_its_workflow_raised(name: str) -> None:
    report = await run_in_memory(odd_flow, Case(name=name, place="workflow"))
    _, kind, message = ODD[name]
    assert report.error is not None
    assert (report.error.kind, report.error.message) == (kind, message)
    assert report.attempts == 1
    assert report.state["run_status"] == "failed"


async def test_a_group_of_a_task_group_says_what_was_inside() -> None:
    report = await run_in_memory(odd_flow, Case(name="own", place="group"))
    assert report.error is not None
    assert report.error.kind == "ExceptionGroup"
    assert "StepFailed: that is all" in report.error.message


@component
async def pause(n: int) -> int:
    await sleep(60)
    return n


@workflow(name="test-odd-group-that-waits")
async def waiting_group(case: Case) -> Done:
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(pause(n)) for n in (1, 2)]
    return Done(said=str([task.result() for task in tasks]))


async def test_a_run_that_waits_in_a_task_group_is_suspended_and_goes_on() -> None:
    report = await run_in_memory(waiting_group, Case(), clock=Clock())
    assert report.error is None
    assert report.output == Done(said="[1, 2]")


@workflow(name="test-odd-own-cancel")
async def cancels_itself(case: Case) -> Done:
    task = asyncio.current_task()
    assert task is not None
    task.cancel("by myself")
    await asyncio.sleep(1)  # never slept through: here the cancellation arrives
    return Done()


async def test_a_workflow_that_cancels_its_own_task_has_failed() -> None:
    report = await run_in_memory(cancels_itself, Case())
    assert report.error is not None
    assert (report.error.kind, report.error.message, report.attempts) == ("CancelledError", "by myself", 1)


@workflow(name="test-odd-restore")
async def restores_elsewhere(case: Case) -> Done:
    place: Any = None

    @component
    async def makes() -> None:
        nonlocal place
        place = await checkpoint()

    await makes()
    await place.restore()
    return Done()


async def test_a_checkpoint_of_another_component_cannot_be_gone_back_to() -> None:
    report = await run_in_memory(restores_elsewhere, Case())
    assert report.error is not None
    assert "restore() was called outside the component" in report.error.message


async def test_a_task_of_a_run_keeps_an_exit_to_itself_and_the_loop_goes_on(
    redis_url: str, work_here: Callable[..., Worker]
) -> None:
    work_here(deployment="odd")
    async with Engine(redis_url, deployment="odd") as engine:
        bad = await engine.start("test-odd-child-exits", Case(name="exit"))
        good = await engine.start("test-odd", Case(name="own", place="component"))
        for run_id in (bad, good):
            await until(lambda run_id=run_id: _is_closed(engine, run_id), "the run has ended")
        meta = await engine.meta(bad)
        assert meta is not None and (meta.status, meta.attempt) == ("failed", 1)
        assert (await engine.events(bad))[-1]["error"]["kind"] == "SystemExit"
        told = await engine.store.journal_value(bad, "@fault")
        assert "SystemExit" in told and "child_exits" in told
        assert all(step.traceback for step in await engine.journal(good))
    assert asyncio.get_running_loop().get_task_factory() is task_in_run


async def _is_closed(engine: Engine, run_id: str) -> bool:
    meta = await engine.meta(run_id)
    return meta is not None and meta.closed


@workflow(name="test-odd-child-exits")
async def child_exits(case: Case) -> Done:
    await asyncio.create_task(ODD[case.name][0]())
    return Done()


def deep_in_groups(error: Exception) -> Exception:
    for _ in range(2_000):
        error = ExceptionGroup("in", [error, OSError("beside it")])
    return error


@pytest.mark.parametrize(("inside", "tried"), [(ConnectionError("gone"), True), (ValueError("wrong"), False)])
def test_a_group_is_tried_again_for_what_is_in_it_however_deep(inside: Exception, tried: bool) -> None:
    retry = Retry(attempts=2, base=0, on=(OSError,))
    assert (retry.delay(1, deep_in_groups(inside)) is not None) is tried


def test_a_permanent_error_is_found_in_a_group_however_deep() -> None:
    told = describe(deep_in_groups(UserError("No such page.")))
    assert told["permanent"] is True
    assert told["message"].startswith("in: ExceptionGroup: in: ")
    assert "OSError: beside it" in told["message"]
    assert len(told["message"]) < 1000


# What is given wrong, and where


@component
async def wrongly(name: str) -> str:
    given = WRONG[name][0]()
    if asyncio.iscoroutine(given):
        await given
    return "went on"


async def _written(*pieces: Any) -> None:
    async with text("article") as out:
        for piece in pieces:
            out.write(piece)


NAN, INF = float("nan"), float("inf")
WRONG: dict[str, tuple[Callable[[], Any], str, str]] = {
    "progress of no number": (lambda: progress(NAN, 3), "TypeError", "progress: done is nan"),  # type: ignore[arg-type]
    "progress of a text": (lambda: progress(1, "3"), "TypeError", "progress: total is of type str"),  # type: ignore[arg-type]
    "progress below 0": (lambda: progress(-1, 3), "ValueError", "progress: done must be from 0"),
    "progress beyond a browser": (lambda: progress(1, 2**53), "ValueError", "progress: total must be from 0 to 2**53"),
    "unit of no text": (lambda: progress(1, 3, None), "TypeError", "progress: unit is None"),  # type: ignore[arg-type]
    "status of an object": (lambda: status(object()), "TypeError", "status: give a sentence"),  # type: ignore[arg-type]
    "status too long": (lambda: status("x" * 300_000), "ValueTooLarge", "status: this is 293 KB"),
    "publish NaN": (lambda: publish("mark", {"a": [NAN]}), "EncodingError", "publish('mark'), at a[0]: nan"),
    "publish half a character": (lambda: publish("mark", "\ud83d"), "EncodingError", "half of a surrogate pair"),
    "publish a large number": (lambda: publish("mark", 2**53), "EncodingError", "beyond 2**53 - 1"),
    "publish too much": (lambda: publish("mark", "x" * 300_000), "ValueTooLarge", "one event may have 256 KB"),
    "publish without a name": (lambda: publish("", 1), "ValueError", "a name has from 1 to 200"),
    "publish under an odd key": (lambda: publish("mark", 1, key=7), "TypeError", "key is 7"),  # type: ignore[arg-type]
    "object too deep": (
        lambda: publish_object("tree", nested(230)),
        "EncodingError",
        "publish_object('tree')",
    ),
    "object too large": (lambda: publish_object("tree", ["x" * 999] * 300), "ValueTooLarge", "publish_object('tree')"),
    "usage of a half": (lambda: record_usage(input_tokens=3.5), "TypeError", "input_tokens is 3.5"),  # type: ignore[arg-type]
    "usage below 0": (lambda: record_usage(output_tokens=-1), "ValueError", "output_tokens must be from 0"),
    "sleep for ever": (lambda: sleep(INF), "ValueError", "sleep: inf seconds are more than a run can wait"),
    "sleep no number": (lambda: sleep(NAN), "ValueError", "sleep: nan is no duration"),
    "sleep backwards": (lambda: sleep(-1), "ValueError", "sleep: -1 is no duration"),
    "sleep a text": (lambda: sleep("5"), "TypeError", "sleep: give seconds or a timedelta"),  # type: ignore[arg-type]
    "sleep a century": (lambda: sleep(timedelta(days=36500)), "ValueError", "28 days"),
    "sleep until the end": (lambda: sleep_until(datetime.max.replace(tzinfo=UTC)), "ValueError", "sleep_until"),
    "sleep until a number": (lambda: sleep_until(5), "TypeError", "sleep_until: give a datetime"),  # type: ignore[arg-type]
    "ask for ever": (lambda: request_input(str, "Why?", deadline=INF), "ValueError", "request_input: deadline"),
    "ask for a thing": (lambda: request_input(object, "", name=""), "ValueError", "a name has from 1"),
    "ask for a function": (lambda: request_input(Callable[[], int], "Do?"), "TypeError", "has no JSON Schema"),
    "ask with bytes": (lambda: request_input(str, b"Why?"), "TypeError", "the question as a str"),  # type: ignore[call-overload]
    "ask a novel": (lambda: request_input(str, "x" * 5000), "ValueError", "at most 4000 characters"),
    "ask with a wrong default": (lambda: request_input(float, "?", default=NAN), "EncodingError", "default"),
    "write bytes": (lambda: _written(b"x"), "TypeError", "text('article').write: give a str"),
    "text without a name": (lambda: text(""), "ValueError", "text: a name has from 1"),
}


@workflow(name="test-odd-wrongly")
async def wrongly_flow(case: Case) -> Done:
    return Done(said=await wrongly(case.name))


@pytest.mark.parametrize("name", WRONG)
async def test_what_is_given_wrong_fails_that_component_by_name_and_writes_nothing(name: str) -> None:
    report = await run_in_memory(wrongly_flow, Case(name=name))
    _, kind, told = WRONG[name]
    assert report.error is not None
    assert (report.error.kind, report.error.step_name) == (kind, "wrongly")
    assert told in report.error.message
    assert "'wrongly'" in report.error.message or "text('article')" in report.error.message
    shown = {event["type"] for event in report.events} - {"text.reset"}
    assert shown == {"run.queued", "run.started", "step.started", "step.failed", "run.failed"}


# A store that refuses


class Refusing(MemoryStore):
    """Refuses batches as a Redis would that cannot do what the script asks."""

    def __init__(self, when: Callable[[Any], bool], times: int) -> None:
        super().__init__()
        self._when = when
        self._times = times

    async def append(self, lease: Any, number: int, batch: Any) -> Any:
        if self._times and self._when(batch):
            self._times -= 1
            raise RuntimeError("WRONGTYPE this key holds another kind of value")
        return await super().append(lease, number, batch)


def _of(kind: str) -> Callable[[Any], bool]:
    return lambda batch: any(event["type"] == kind for event in batch.events)


@component
async def says(name: str) -> str:
    try:
        status("One")
        await asyncio.sleep(0.06)  # the status has gone by itself: nobody waits for it
        await asyncio.sleep(0.06)  # the fault has been met by now
    except Exception as error:
        raise AssertionError("the fault was shown to the body") from error
    return "said"


@workflow(name="test-odd-store")
async def store_flow(case: Case) -> Done:
    try:
        return Done(said=await says(case.name))
    except Exception as error:
        raise AssertionError("the fault was shown to the body") from error


@pytest.mark.parametrize(("kind", "times"), [("step.completed", 1), ("status", 1), ("run.completed", 1), ("status", 2)])
async def test_a_batch_that_cannot_be_written_ends_its_run_with_the_reason(kind: str, times: int) -> None:
    report = await run_in_memory(store_flow, Case(), store=Refusing(_of(kind), times))
    assert report.error is not None
    assert (report.error.kind, report.error.message) == (
        "RuntimeError",
        "WRONGTYPE this key holds another kind of value",
    )
    assert report.attempts == 1


@component
async def costs(amount: int) -> int:
    record_usage(input_tokens=amount)
    return amount


@workflow(name="test-odd-costs")
async def costs_flow(case: Case) -> Done:
    await costs(2**53 - 1)
    await costs(7)
    return Done()


async def test_counters_that_the_store_cannot_hold_end_the_run_with_the_reason() -> None:
    report = await run_in_memory(costs_flow, Case())
    assert report.error is not None
    assert report.error.kind == "BatchRefused"
    assert "input_tokens" in report.error.message
    assert [step.status for step in report.steps] == ["completed"]


seen: list[str] = []


@workflow(name="test-odd-turn-of-a-task")
async def turn_of_a_task(case: Case) -> Done:
    async def in_a_task() -> None:
        seen.append("" if here.scope is None else here.scope.execution.lease.run_id)

    await asyncio.create_task(in_a_task())
    return Done()


async def test_a_task_that_a_run_makes_has_its_turns_as_the_run(
    redis_url: str, work_here: Callable[..., Worker]
) -> None:
    """So code that blocks in it is named."""
    work_here(deployment="odd")
    async with Engine(redis_url, deployment="odd") as engine:
        run_id = await engine.start("test-odd-turn-of-a-task", Case(name="own"))
        await until(lambda: _is_closed(engine, run_id), "the run has ended")
    assert seen == [run_id]
