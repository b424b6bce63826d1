"""Components and workflows as their authors meet them, in memory."""

from __future__ import annotations

import asyncio
from collections import Counter
from dataclasses import dataclass

import pytest
from pydantic import BaseModel

from genisys import (
    EncodingError,
    GenisysError,
    Retry,
    StepFailed,
    Used,
    UserError,
    component,
    gather,
    map_concurrent,
    now,
    progress,
    publish,
    random,
    record_usage,
    status,
    text,
    used,
    uuid7,
    workflow,
)
from genisys.host import MOST_ATTEMPTS_WITHOUT_PROGRESS
from genisys.testing import MemoryStore, run_in_memory
from genisys.testing.redis import HeldRun, make_run

calls: Counter[str] = Counter()


@pytest.fixture(autouse=True)
def _count_from_zero() -> None:
    calls.clear()


class Numbers(BaseModel):
    values: list[int]


class Total(BaseModel):
    total: int
    note: str = ""


@component
async def double(value: int) -> int:
    calls["double"] += 1
    return 2 * value


@workflow(name="test-sum")
async def add_up(request: Numbers) -> Total:
    """Double and add."""
    status("Adding")
    total = 0
    async for done in map_concurrent(double, request.values, limit=3):
        assert done.result is not None
        total += done.result
        progress(done.index + 1, len(request.values), "numbers")
    return Total(total=total)


async def test_a_component_outside_a_run_just_runs() -> None:
    assert await double(4) == 8


async def test_a_workflow_runs_to_its_result() -> None:
    report = await run_in_memory(add_up, Numbers(values=[1, 2, 3]))
    assert report.output == Total(total=12)
    assert report.state["run_status"] == "completed"
    assert [step.output for step in report.steps if step.name == "double"] == [2, 4, 6] or calls["double"] == 3


@pytest.mark.parametrize("n", range(1, 8))
async def test_no_completed_step_runs_again_after_a_crash_at_any_step(n: int) -> None:
    values = [5, 6, 7, 5, 5, 8, 9]
    report = await run_in_memory(add_up, Numbers(values=values), crash_after={"double": n})
    assert report.output == Total(total=2 * sum(values))
    assert report.attempts == 2
    completed = [event["step"] for event in report.events if event["type"] == "step.completed"]
    assert len(completed) == len(set(completed)) == len(values)
    assert report.state["notices"][0]["kind"] == "recovering"


async def test_a_body_that_runs_again_does_not_repeat_what_it_said() -> None:
    report = await run_in_memory(add_up, Numbers(values=[1, 2, 3, 4]), crash_after={"double": 2})
    said = [event for event in report.events if event["type"] == "status"]
    marks = [event for event in report.events if event["type"] == "progress"]
    assert len(said) == 1
    assert len(marks) == 4


async def test_equal_siblings_are_different_steps() -> None:
    report = await run_in_memory(add_up, Numbers(values=[3, 3, 3]))
    assert report.output == Total(total=18)
    assert calls["double"] == 3 and len(report.steps) == 3


@component(retry=Retry(attempts=3, base=0, cap=0))
async def shaky(limit: int) -> str:
    calls["shaky"] += 1
    if calls["shaky"] < limit:
        raise OSError(f"broken {calls['shaky']}")
    return "well"


@workflow(name="test-shaky")
async def shaky_flow(request: Numbers) -> Total:
    return Total(total=0, note=await shaky(request.values[0]))


async def test_a_step_is_tried_again_as_its_policy_says() -> None:
    report = await run_in_memory(shaky_flow, Numbers(values=[3]))
    assert report.output == Total(total=0, note="well")
    assert [event["try"] for event in report.events if event["type"] == "step.retrying"] == [2, 3]
    assert report.steps[0].tries == 3


async def test_a_failed_step_is_recorded_as_failed_and_fails_the_run() -> None:
    report = await run_in_memory(shaky_flow, Numbers(values=[9]))
    assert report.error is not None and report.error.kind == "OSError"
    assert report.error.message == "broken 3" and report.error.step_name == "shaky"
    assert [step.status for step in report.steps] == ["failed"]


async def test_the_fluent_form_gives_a_new_component() -> None:
    once = shaky.retry(attempts=1).named("once")
    assert (once.policies[0].attempts, shaky.policies[0].attempts) == (1, 3)
    with pytest.raises(StepFailed) as caught:
        await once(2)
    assert caught.value.step_name == "once" and isinstance(caught.value.__cause__, OSError)


async def test_a_permanent_error_is_not_tried_again() -> None:
    @component(retry=Retry(attempts=5, base=0, cap=0))
    async def refuse() -> None:
        calls["refuse"] += 1
        raise UserError("That is no address. Check its spelling.")

    with pytest.raises(StepFailed, match="That is no address") as caught:
        await refuse()
    assert caught.value.permanent and calls["refuse"] == 1


async def test_a_try_over_its_timeout_is_stopped_and_says_so() -> None:
    @component(timeout=0.02)
    async def slow() -> None:
        await asyncio.sleep(30)

    with pytest.raises(StepFailed, match=r"“slow” took longer than its limit of 0.02 s"):
        await slow()


def test_retry_after_is_honoured_and_backoff_stays_under_its_cap() -> None:
    policy = Retry(attempts=9, base=1, cap=4)
    limited = GenisysError("limited", retry_after=17.0)
    assert policy.delay(1, limited) == 17.0
    assert all(0 <= (policy.delay(8, OSError()) or 0) <= 4 for _ in range(200))
    assert policy.delay(9, OSError()) is None
    with pytest.raises(ValueError, match="at least once"):
        Retry(attempts=0)


class Opaque:
    pass


async def test_a_result_that_is_no_data_names_the_component() -> None:
    @component
    async def opaque() -> object:
        return Opaque()

    with pytest.raises(StepFailed, match="Component 'opaque', result") as caught:
        await opaque()
    assert caught.value.kind == EncodingError.__name__


@dataclass
class Point:
    x: int
    label: str | None = None


async def test_results_come_back_as_their_types_on_replay() -> None:
    seen: list[object] = []

    @component
    async def point(x: int) -> Point:
        return Point(x, "é")

    @component
    async def after() -> int:
        return 1

    @workflow(name="test-types")
    async def flow(request: Numbers) -> Total:
        seen.append(await point(1))
        await after()
        await after.named("later")()
        return Total(total=0)

    await run_in_memory(flow, Numbers(values=[]), crash_after={"after": 1})
    assert seen == [Point(1, "é"), Point(1, "é")]


async def test_a_failure_that_the_workflow_caught_is_the_same_on_replay() -> None:
    caught: list[tuple[str, str]] = []

    @component
    async def bad() -> None:
        calls["bad"] += 1
        raise OSError("no such page")

    @component
    async def good() -> int:
        return 1

    @workflow(name="test-caught")
    async def flow(request: Numbers) -> Total:
        try:
            await bad()
        except StepFailed as error:
            caught.append((error.kind, error.message))
        return Total(total=await good() + await good.named("good 2")())

    report = await run_in_memory(flow, Numbers(values=[]), crash_after={"good": 1})
    assert report.output == Total(total=2)
    assert caught == [("OSError", "no such page")] * 2 and calls["bad"] == 1


async def test_streamed_text_is_neither_doubled_nor_torn_by_a_crash() -> None:
    @component
    async def write(n: int) -> str:
        async with text(f"part-{n}", title=f"Part {n}") as out:
            for word in ("Grüße ", "an ", "𝄞 ", f"Nr. {n}"):
                out.write(word)
                await asyncio.sleep(0)  # so that each word can be sent by itself
        return out.text

    @workflow(name="test-text")
    async def flow(request: Numbers) -> Total:
        parts = [await write(n) for n in (1, 2, 3)]
        return Total(total=0, note="|".join(parts))

    report = await run_in_memory(flow, Numbers(values=[]), crash_after={"write": 2})
    assert report.output.note == "|".join(f"Grüße an 𝄞 Nr. {n}" for n in (1, 2, 3))
    blocks = report.state["blocks"]
    assert [blocks[f"part-{n}"]["txt"] for n in (1, 2, 3)] == report.output.note.split("|")
    assert all(block["state"] == "final" for block in blocks.values())


async def test_time_ids_and_chance_are_the_same_on_replay() -> None:
    seen: list[tuple[object, str, float]] = []

    @component
    async def mark() -> int:
        return 1

    @workflow(name="test-recorded")
    async def flow(request: Numbers) -> Total:
        seen.append((await now(), await uuid7(), await random()))
        await mark()
        return Total(total=await mark.named("second mark")())

    await run_in_memory(flow, Numbers(values=[]), crash_after={"mark": 1})
    assert len(seen) == 2 and seen[0] == seen[1]


async def test_usage_is_counted_once_and_rolls_up_to_the_run() -> None:
    @component(paid=True)
    async def ask(n: int) -> int:
        record_usage(model="m-1", input_tokens=10 * n, output_tokens=n, cost_microusd=3)
        return n

    @workflow(name="test-usage")
    async def flow(request: Numbers) -> Total:
        return Total(total=sum(await gather(ask(1), ask(2), ask(3))))

    report = await run_in_memory(flow, Numbers(values=[]), crash_after={"ask": 3})
    state = report.state
    assert (state["input_tokens"], state["output_tokens"], state["cost_microusd"]) == (60, 6, 9)
    assert state["models"] == ["m-1"]


async def test_a_body_is_told_what_its_steps_have_used_and_after_a_crash_the_same() -> None:
    seen: list[tuple[str, int, int]] = []

    @component(paid=True)
    async def ask(n: int) -> int:
        record_usage(model="m-1", input_tokens=10 * n, output_tokens=n, cost_microusd=3)
        return n

    @component
    async def ask_twice(n: int) -> int:
        await ask(n)
        await ask(n + 1)
        seen.append(("inside", used().tokens, used().cost_microusd))
        return n

    @workflow(name="test-used")
    async def flow(request: Numbers) -> Total:
        await ask(1)
        await ask_twice(2)
        seen.append(("after", used().tokens, used().cost_microusd))
        return Total(total=await ask(4))

    await run_in_memory(flow, Numbers(values=[]), crash_after={"ask": 4})
    assert seen == [("inside", 55, 6), ("after", 66, 9), ("after", 66, 9)]
    assert used() == Used()


async def test_a_paid_step_is_in_the_log_before_its_body_runs() -> None:
    order: list[str] = []

    class Watching:
        pass

    from genisys.testing import MemoryStore

    store = MemoryStore()
    append = store.append

    async def watched(lease, number, batch):  # type: ignore[no-untyped-def]
        order.extend(event["type"] for event in batch.events)
        return await append(lease, number, batch)

    store.append = watched  # type: ignore[method-assign]

    @component(paid=True)
    async def pay() -> int:
        order.append("body")
        return 1

    @workflow(name="test-intent")
    async def flow(request: Numbers) -> Total:
        return Total(total=await pay())

    await run_in_memory(flow, Numbers(values=[]), store=store)
    assert order.index("step.started") < order.index("body") < order.index("step.completed")


async def test_published_items_keep_the_last_of_each_key() -> None:
    @workflow(name="test-publish")
    async def flow(request: Numbers) -> Total:
        for stage in ("reading", "read"):
            publish("page", {"stage": stage}, key="/a")
        publish("note", {"text": "once"})
        return Total(total=0)

    report = await run_in_memory(flow, Numbers(values=[]))
    assert report.state["items"] == {"page": {"/a": {"stage": "read"}}}
    assert report.state["events"][0]["data"] == {"text": "once"}


async def test_a_run_that_no_worker_survives_is_stopped_with_the_reason() -> None:
    store = MemoryStore()
    run_id = await make_run(store, "test-sum", events=[], input={"values": [1]}, status="")
    for _ in range(MOST_ATTEMPTS_WITHOUT_PROGRESS):
        await (await HeldRun.take(store, run_id, "doomed")).release()
    report = await run_in_memory(add_up, Numbers(values=[1]), store=store, run_id=run_id)
    assert report.error is not None and report.error.kind == "PoisonRun"
    assert (
        f"{MOST_ATTEMPTS_WITHOUT_PROGRESS} attempts at this in a row broke off" in report.error.message
        and calls["double"] == 0
    )


def test_a_workflow_must_take_and_give_a_model() -> None:
    with pytest.raises(TypeError, match="one pydantic model"):

        @workflow(name="test-wrong")
        async def wrong(a: Numbers, b: Numbers) -> Total: ...


def test_a_component_must_be_async() -> None:
    with pytest.raises(TypeError, match="async def plain"):

        @component  # type: ignore[arg-type]
        def plain() -> int:
            return 1


async def test_a_retried_body_gets_the_results_of_its_finished_children_back() -> None:
    @component
    async def child(n: int) -> int:
        calls[f"child-{n}"] += 1
        if n == 2 and calls["child-2"] < 3:
            raise OSError("not yet")
        return n

    @component(retry=Retry(attempts=3, base=0, cap=0))
    async def parent() -> int:
        return await child(1) + await child(2)

    @workflow(name="test-children")
    async def flow(request: Numbers) -> Total:
        return Total(total=await parent())

    report = await run_in_memory(flow, Numbers(values=[]))
    assert report.output == Total(total=3)
    assert (calls["child-1"], calls["child-2"]) == (1, 3)


async def test_a_retry_after_a_crash_runs_the_child_that_had_failed_before_it() -> None:
    @component
    async def early() -> int:
        return 1

    @component
    async def flaky() -> int:
        calls["flaky"] += 1
        if calls["flaky"] == 1:
            raise OSError("first time")
        return 2

    @component(retry=Retry(attempts=2, base=0, cap=0))
    async def parent() -> int:
        try:
            return await flaky()
        except StepFailed:
            await early()
            raise

    @workflow(name="test-crash-in-retry")
    async def flow(request: Numbers) -> Total:
        return Total(total=await parent())

    report = await run_in_memory(flow, Numbers(values=[]), crash_after={"early": 1})
    assert report.output == Total(total=2)
    assert calls["flaky"] == 2
