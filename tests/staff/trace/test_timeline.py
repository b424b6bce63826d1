"""The log says when what happened: tries, waits, attempts, in spans that end where the next begins."""

from __future__ import annotations

import asyncio
from typing import Any

from pydantic import BaseModel

from genisys import Concurrency, component, gather, workflow
from genisys.host import StepTimes, Timeline, follow
from genisys.testing import run_in_memory


class Log:
    """Events as they are written, with a clock that the test moves."""

    def __init__(self) -> None:
        self.events: list[dict[str, Any]] = []
        self.at = 1000

    def __call__(self, type_: str, after: int = 0, **fields: Any) -> None:
        self.at += after
        self.events.append({"seq": len(self.events) + 1, "at": self.at, "type": type_, "attempt": 1, **fields})

    def timeline(self) -> Timeline:
        return follow(Timeline(), self.events)

    def spans(self, key: str) -> list[list[Any]]:
        return self.timeline().steps[key].spans


def _begun() -> Log:
    log = Log()
    log("run.queued", workflow="w", title="")
    log("run.started", 500, worker="w-1")
    log("step.started", 0, step="a", name="ask", title="", parent=None)
    return log


def test_a_step_that_simply_ran_is_one_span_on_its_worker() -> None:
    log = _begun()
    log("step.completed", 200, step="a")
    assert log.timeline().steps["a"] == StepTimes("w-1", 1, "", [["done", 1500, 1700, ""]])
    log("run.completed", 0)
    assert log.timeline().spans == [["queued", 1000, 1500, ""], ["attempt", 1500, 1700, "w-1"]]


def test_each_try_is_a_span_with_its_error_and_so_is_the_time_between_two() -> None:
    log = _begun()
    log("step.retrying", 100, step="a", **{"try": 2}, delay_ms=50, error={"message": "Busy."})
    log("step.failed", 90, step="a", error={"message": "Gone."})
    assert log.spans("a") == [
        ["failed", 1500, 1600, "Busy."],
        ["backoff", 1600, 1650, ""],
        ["failed", 1650, 1690, "Gone."],
    ]


def test_a_next_try_that_the_run_waits_for_away_from_its_worker_has_not_begun() -> None:
    log = _begun()
    log("step.retrying", 100, step="a", **{"try": 2}, delay_ms=60_000, error={"message": "Busy."})
    log("run.waiting", 10, reason="retry", **{"for": [{"step": "a", "reason": "retry"}]})
    assert log.spans("a") == [["failed", 1500, 1600, "Busy."], ["backoff", 1600, 61_600, ""]]
    log("run.resumed", 60_000, reason="due")
    log("run.started", 20, worker="w-2")
    log("step.started", 0, step="a", name="ask", title="", parent=None)
    log("step.completed", 5, step="a")
    times = log.timeline().steps["a"]
    assert times.worker == "w-2"
    assert [span[0] for span in times.spans] == ["failed", "backoff", "done"]
    assert [span[0] for span in log.timeline().spans] == ["queued", "attempt", "wait", "queued", "attempt"]


def test_a_run_that_rests_leaves_its_steps_waiting_for_what_each_waits_for() -> None:
    log = _begun()
    log("step.started", 0, step="b", name="sleep", title="", parent="a")
    log("run.waiting", 300, reason="sleep", **{"for": [{"step": "b", "reason": "sleep"}]})
    assert log.spans("a") == [["left", 1500, 1800, ""], ["wait", 1800, 0, "sleep"]]
    log("run.cancelled", 50)
    assert log.spans("b") == [["left", 1500, 1800, ""], ["wait", 1800, 1850, "sleep"]]


def test_what_a_lost_worker_was_at_is_interrupted_and_begins_again_on_the_next() -> None:
    log = _begun()
    log("run.recovering", 400, reason="lease_expired", worker="w-1")
    log("run.started", 30, worker="w-2")
    log("step.started", 0, step="a", name="ask", title="", parent=None)
    log("run.failed", 70, error=None)
    assert log.spans("a") == [["interrupted", 1500, 1900, ""], ["stopped", 1930, 2000, ""]]
    assert [span[3] for span in log.timeline().spans] == ["", "w-1", "recovering", "w-2"]


def test_a_result_from_the_cache_names_the_run_that_made_it_and_waits_stand_where_they_were() -> None:
    log = _begun()
    log("step.completed", 100, step="a", cache={"hit": True, "why": "", "run": "r-1"}, waits=[["slot", 1510, 1590]])
    times = log.timeline().steps["a"]
    assert times.cached == "r-1"
    assert times.spans == [["done", 1500, 1600, ""], ["wait", 1510, 1590, "slot"]]


def test_taking_up_the_log_piece_by_piece_gives_what_reading_it_at_once_gives() -> None:
    log = _begun()
    log("step.retrying", 100, step="a", **{"try": 2}, delay_ms=50, error={"message": "Busy."})
    log("run.recovering", 400, reason="lease_expired", worker="w-1")
    log("run.started", 30, worker="w-2")
    log("step.started", 0, step="a", name="ask", title="", parent=None)
    log("step.completed", 10, step="a")
    timeline = Timeline()
    for event in log.events:
        follow(timeline, [event])
        follow(timeline, log.events[: event["seq"]])
    assert timeline == log.timeline()


def test_a_step_of_endless_tries_keeps_some_spans_and_the_last() -> None:
    log = _begun()
    for _ in range(500):
        log("step.retrying", 10, step="a", **{"try": 2}, delay_ms=5, error={"message": "Busy."})
    log("step.completed", 10, step="a")
    spans = log.spans("a")
    assert len(spans) == 200
    assert spans[-1][0] == "done" and spans[-1][2] == log.at


class Nothing(BaseModel):
    """No input, and no output."""


@component(concurrency=Concurrency(1))
async def one_at_a_time(part: int) -> int:
    await asyncio.sleep(1.0)  # the wait of the other must be long enough to be drawn
    return part


@workflow(name="test-timeline-slots")
async def two_at_once(given: Nothing) -> Nothing:
    await gather(one_at_a_time(1), one_at_a_time(2))
    return given


async def test_a_real_run_says_which_step_waited_for_a_slot_and_how_long() -> None:
    report = await run_in_memory(two_at_once, Nothing())
    ends = [event for event in report.events if event["type"] == "step.completed"]
    waits = [event.get("waits", []) for event in ends]
    assert waits[0] == []
    ((reason, begun, ended),) = waits[1]
    assert reason == "slot"
    assert 50 <= ended - begun < 5_000
    spans = follow(Timeline(), report.events).steps[ends[1]["step"]].spans
    assert [span[0] for span in spans] == ["done", "wait"]
