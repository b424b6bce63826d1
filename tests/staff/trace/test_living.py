"""A look at a run in flight takes up what is new, and gives what reading all of it anew would give."""

from __future__ import annotations

from typing import Any

import pytest

from genisys.host import StepTimes, Timeline, fold, follow
from genisys.testing.redis import make_run, now_ms, write
from staff.trace.living import LivingRun
from staff.waterfall.node import node_of_fold


def _step(type_: str, key: str, **fields: Any) -> dict[str, Any]:
    started = {"name": "read", "title": key, "parent": None} if type_ == "step.started" else {}
    return {"type": type_, "at": now_ms(), "attempt": 1, "step": key, **started, **fields}


def _run(type_: str, **fields: Any) -> dict[str, Any]:
    return {"type": type_, "at": now_ms(), "attempt": 1, **fields}


ACTS = [
    [_run("run.started", worker="w-1"), _step("step.started", "a"), _step("step.started", "b")],
    [_step("step.completed", "a", ms=1)],
    [_step("step.retrying", "b", **{"try": 2}, delay_ms=5, error={"message": "Busy."})],
    [_run("run.recovering", reason="lease_expired", worker="w-1")],
    [_run("run.started", worker="w-2"), _step("step.started", "b"), _step("step.started", "c")],
    [_run("run.waiting", reason="sleep", **{"for": [{"step": "c", "reason": "sleep"}]})],
    [_run("run.resumed", reason="due"), _run("run.started", worker="w-3")],
    [_step("step.failed", "b", error={"message": "Gone."}), _step("step.started", "d")],
]


async def _anew(engine, run_id: str) -> list[Any]:
    events = await engine.events(run_id)
    state, timeline = fold(events), follow(Timeline(), events)
    return [
        node_of_fold(at, state["steps"][key], timeline.steps.get(key) or StepTimes())
        for at, key in enumerate(state["step_order"])
    ]


async def test_after_each_act_it_is_what_reading_anew_gives(engine):
    run_id, seen = await make_run(engine), LivingRun()
    for act in ACTS:
        await write(engine, run_id, act)
        assert await seen.look(engine, run_id) is not None
        assert seen.nodes == await _anew(engine, run_id)


@pytest.mark.parametrize("late", range(1, len(ACTS)))
async def test_what_comes_between_its_two_reads_is_taken_up_at_the_next_look(engine, monkeypatch, late):
    run_id, seen = await make_run(engine), LivingRun()
    for act in ACTS[:late]:
        await write(engine, run_id, act)
    await seen.look(engine, run_id)
    snapshot = engine.snapshot

    async def then_comes_more(*args: Any) -> Any:
        found = await snapshot(*args)
        await write(engine, run_id, ACTS[late])
        return found

    monkeypatch.setattr(engine, "snapshot", then_comes_more)
    await write(engine, run_id, [_run("status", text="Reading")])
    await seen.look(engine, run_id)
    monkeypatch.undo()
    await seen.look(engine, run_id)
    assert seen.nodes == await _anew(engine, run_id)


async def test_a_run_that_redis_does_not_hold_is_not_there(engine):
    assert await LivingRun().look(engine, "01a22578-9072-70e5-bc01-f3607ff35365") is None
