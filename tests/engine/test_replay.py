"""Steps keep their keys while the code around them changes: what was finished is not run again after an edit."""

from __future__ import annotations

from collections import Counter
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from pydantic import BaseModel

from genisys import Workflow, component, gather, workflow
from genisys.testing import MemoryStore, Report, run_in_memory
from tests.codec import digest, digest_of_texts

ran: Counter[str] = Counter()


class Order(BaseModel):
    count: int = 3


class Result(BaseModel):
    value: Any = None


@component
async def step(name: str) -> str:
    ran[name] += 1
    return name.upper()


@component
async def added(name: str) -> str:
    ran[f"added {name}"] += 1
    return name


@component
async def last() -> None:
    ran["last"] += 1


@component
async def group(names: list[str]) -> list[str]:
    ran["group"] += 1
    return [await step(name) for name in names]


Body = Callable[[], Awaitable[Any]]


def deploy(body: Body) -> Workflow[[Order], Result]:
    """Stands for a deployment: the workflow of that name has this body from now on."""

    async def edited(order: Order) -> Result:
        return Result(value=await body())

    return workflow(name="replay-edited")(edited)


async def crashed_then(before: Body, after: Body, crash: dict[str, int]) -> Report:
    """Run one version of the code until it crashes, and go on with another."""
    ran.clear()
    store = MemoryStore()

    class Stop(Exception):
        """Ends the test's first run where the crash has been."""

    async def old() -> Any:
        result = await before()
        await last()
        return result

    flow = deploy(old)
    real = store.acquire

    async def only_once(run_id: str, worker: str) -> Any:
        if worker != "doomed-worker":
            raise Stop
        return await real(run_id, worker)

    store.acquire = only_once  # type: ignore[method-assign]
    with pytest.raises(Stop):
        await run_in_memory(flow, Order(), store=store, run_id="edited", crash_after=crash)
    store.acquire = real  # type: ignore[method-assign]
    return await run_in_memory(deploy(after), Order(), store=store, run_id="edited")


async def test_a_step_that_is_put_before_the_others_runs_alone() -> None:
    async def before() -> Any:
        return [await step("a"), await step("b")]

    async def after() -> Any:
        return [await added("new"), await step("a"), await step("b"), await step("c")]

    report = await crashed_then(before, after, {"step": 2})
    assert report.output == Result(value=["new", "A", "B", "C"])
    assert ran == {"a": 1, "b": 1, "c": 1, "added new": 1}


async def test_steps_may_change_places() -> None:
    async def before() -> Any:
        return [await step("a"), await step("b"), await step("c")]

    async def after() -> Any:
        return await gather(step("c"), step("b"), step("a"))

    report = await crashed_then(before, after, {"step": 3})
    assert report.output == Result(value=["C", "B", "A"])
    assert ran == {"a": 1, "b": 1, "c": 1}


async def test_a_step_that_is_taken_away_does_no_harm() -> None:
    async def before() -> Any:
        return [await added("gone"), await step("a")]

    async def after() -> Any:
        return [await step("a")]

    report = await crashed_then(before, after, {"step": 1})
    assert report.output == Result(value=["A"])
    assert ran == {"added gone": 1, "a": 1}


async def test_a_changed_input_runs_again_and_only_it() -> None:
    async def before() -> Any:
        return [await step("a"), await step("b")]

    async def after() -> Any:
        return [await step("a"), await step("b2")]

    report = await crashed_then(before, after, {"step": 2})
    assert report.output == Result(value=["A", "B2"])
    assert ran == {"a": 1, "b": 1, "b2": 1}


async def test_equal_steps_are_told_apart_by_their_place_among_equals() -> None:
    async def before() -> Any:
        return [await step("same"), await step("same")]

    async def after() -> Any:
        return [await step("same"), await added("between"), await step("same"), await step("same")]

    report = await crashed_then(before, after, {"step": 2})
    assert report.output == Result(value=["SAME", "between", "SAME", "SAME"])
    assert ran["same"] == 3


async def test_a_step_moved_into_another_component_is_another_step() -> None:
    async def before() -> Any:
        return [await step("a")]

    async def after() -> Any:
        return await group(["a"])

    report = await crashed_then(before, after, {"step": 1})
    assert report.output == Result(value=["A"])
    assert ran == {"a": 2, "group": 1}


async def test_what_a_broken_parent_had_finished_is_kept_in_its_new_version() -> None:
    async def before() -> Any:
        return await group(["a", "b", "c"])

    report = await crashed_then(before, before, {"step": 2})
    assert report.output == Result(value=["A", "B", "C"])
    assert ran == {"group": 2, "a": 1, "b": 1, "c": 1}


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ({"a": 1, "b": [1, 2]}, {"b": [1, 2], "a": 1}, True),
        ({"a": [1, 2]}, {"a": [2, 1]}, False),
        ({"a": 1}, {"a": 1.5}, False),
        ({"a": "1"}, {"a": 1}, False),
        ({"a": None}, {}, False),
        ({"ä": "😀"}, {"ä": "😀"}, True),
    ],
)
def test_a_digest_depends_on_the_data_alone(one: Any, other: Any, same: bool) -> None:
    assert (digest(one) == digest(other)) is same
    assert len(digest(one)) == 32


@given(st.lists(st.text(st.characters(exclude_categories=[]))))
@example(["", 'a "b" \\ /', "\0\b\t\n\x1f\x7f\u2028", "ä😀", "\ud83d"])
def test_the_quick_digest_of_texts_is_that_of_their_list(texts: list[str]) -> None:
    assert digest_of_texts(*texts) == digest(texts)


async def test_keys_are_pinned() -> None:
    """Runs outlive releases: a change of how keys are made would run every finished step of theirs again."""

    async def body() -> Any:
        return [await step("a"), await step("a"), await group(["b"])]

    report = await run_in_memory(deploy(body), Order())
    first, second = (record.key for record in report.steps if record.name == "step" and record.parent is None)
    assert first == "eb34ef015ae7bf07fe2535de7ff9e808"
    assert second == "ed901d037b0519620cf29c2b855ef836"
