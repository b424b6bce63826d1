"""A run's steps and log for staff: where it stands now, from Redis or the archive alike."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.db.models import QuerySet

from genisys.host import STORE_ERRORS, LogPage, StepRecord
from runs.engines import sync
from runs.models import Run, Step
from runs.presentation import words
from runs.record.faults import fault_of
from runs.record.states import run_events, run_state, why_waiting
from runs.record.steps import run_steps, step_rows

STEPS = 50
EVENTS = 200
SHOWN_CHARS = 300
"""Of an event: all of the log is the dashboard's to show, and to export."""
PARTS = ("input", "output", "error")
TRACEBACK = "traceback"
_PARTS_OF = {"completed": ("input", "output"), "failed": ("input", "error", TRACEBACK)}
"""What may be opened of a step, by its status. Few failed ones have a traceback: that they have none is said then."""
_MARKS = {
    "completed": "✓",
    "failed": "!",
    "running": "▸",
    "retrying": "▸",
    "waiting": "·",
    "interrupted": "◐",
    "stopped": "–",
}


@dataclass(frozen=True, slots=True)
class Trace:
    """Where a run stands. `fault` is the traceback of the fault by which it failed, "" where there is none."""

    state: dict[str, Any]
    log_id: str
    why: str
    paused: bool
    fault: str


@dataclass(frozen=True, slots=True)
class StepLine:
    """A step as a line of the trace; `depth` counts the steps above it, `parts` are what may be opened of it."""

    position: int
    depth: int
    mark: str
    step: Step
    duration_text: str
    tokens_text: str
    cost_text: str
    parts: Sequence[str]


@dataclass(frozen=True, slots=True)
class EventLine:
    """An event as a line of the log."""

    seq: int
    at: datetime
    type: str
    attempt: int
    step: str
    text: str


@dataclass(frozen=True, slots=True)
class Page:
    """A page of lines; `problem` says in a sentence why there are none, where there should be."""

    lines: Sequence[Any]
    number: int
    pages: int
    total: int
    problem: str = ""

    @property
    def previous(self) -> int:
        return self.number - 1 if self.number > 1 else 0

    @property
    def next(self) -> int:
        return self.number + 1 if self.number < self.pages else 0


@sync
async def trace_of(run: Run) -> Trace:
    """Read where the run stands. While Redis is away, an open run is shown from its row."""
    state, meta = await run_state(run)
    why, fault = await why_waiting(run, meta), await fault_of(run, state)
    return Trace(state=state, log_id=meta.log_id, why=why, paused=meta.paused, fault=fault)


def step_page(run: Run, trace: Trace, number: int) -> Page:
    """Return one page of the steps, from 1, without what went in and out of them."""
    recorded = Step.objects.filter(run=run) if run.finished else Step.objects.none()
    light = step_rows(run.pk, trace.state, ()) if not (places := _places(recorded)) else None
    if light is not None:
        places = [(step.key, step.parent_key) for step in light]
    number, pages = _bounded(number, len(places), STEPS)
    depths = _depths(places)
    shown = (recorded.defer(*PARTS) if light is None else light)[(number - 1) * STEPS : number * STEPS]
    return Page([_step_line(step, depths[step.key]) for step in shown], number, pages, len(places))


def whole_step(run: Run, *, position: int | None = None, key: str = "") -> Step | None:
    """Return the step at that position, or with that key, with what went in and out of it; None for no such step."""
    found = Step.objects.filter(run=run, **({"key": key} if position is None else {"position": position})).first()
    if found is not None and run.finished:
        return found
    steps = step_rows(run.pk, *_journalled(run))
    return next((step for step in steps if (step.key == key if position is None else step.position == position)), None)


def step_value(run: Run, position: int, part: str) -> str | None:
    """Return a step's whole input, output, error or traceback as text; None where there is no such step or part."""
    step = whole_step(run, position=position) if part in (*PARTS, TRACEBACK) else None
    if step is None:
        return None
    if part in PARTS:
        return _text(getattr(step, part))
    return next((record.traceback for record in _journalled(run)[1] if record.key == step.key), "") or None


@sync
async def _journalled(run: Run) -> tuple[dict[str, Any], list[StepRecord]]:
    state, _ = await run_state(run)
    try:
        return state, await run_steps(run)
    except STORE_ERRORS:
        return state, []


def event_page(run: Run, number: int) -> Page:
    """Return one page of the log, from 1."""
    try:
        page = _read_events(run, number)
    except STORE_ERRORS:
        return Page([], 1, 1, 0, problem="The store of runs in flight does not answer just now.")
    if not page.found:
        return Page([], 1, 1, 0, problem="The log is not there: the run has not been handed out yet.")
    number, pages = _bounded(number, page.last_seq, EVENTS)
    return Page([_event_line(event) for event in page.events[:EVENTS]], number, pages, page.last_seq)


@sync
async def _read_events(run: Run, number: int) -> LogPage:
    page = await run_events(run, (max(number, 1) - 1) * EVENTS, EVENTS)
    last, _ = _bounded(number, page.last_seq, EVENTS)
    return page if last == number else await run_events(run, (last - 1) * EVENTS, EVENTS)


def _bounded(number: int, total: int, size: int) -> tuple[int, int]:
    pages = max(1, -(-total // size))
    return min(max(number, 1), pages), pages


def _places(steps: QuerySet[Step]) -> list[tuple[str, str]]:
    return list(steps.values_list("key", "parent_key"))


def _depths(places: Sequence[tuple[str, str]]) -> dict[str, int]:
    depths: dict[str, int] = {}
    for key, parent in places:  # A parent starts before its children, so it is known by now.
        depths[key] = depths[parent] + 1 if parent in depths else 0
    return depths


def _step_line(step: Step, depth: int) -> StepLine:
    took = ""
    if step.started_at and step.ended_at:
        took = words.duration((step.ended_at - step.started_at).total_seconds())
    count = step.input_tokens + step.output_tokens
    return StepLine(
        position=step.position,
        depth=depth,
        mark=_MARKS.get(step.status, "·"),
        step=step,
        duration_text=took,
        tokens_text=words.tokens(count),
        cost_text=words.cost(step.cost_microusd),
        parts=_PARTS_OF.get(step.status, ("input",)),
    )


def _text(value: Any) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False)


def _event_line(event: dict[str, Any]) -> EventLine:
    rest = {name: value for name, value in event.items() if name not in ("seq", "at", "type", "attempt", "step")}
    text = json.dumps(rest, ensure_ascii=False) if rest else ""
    return EventLine(
        seq=event["seq"],
        at=datetime.fromtimestamp(event["at"] / 1000, UTC),
        type=event["type"],
        attempt=event["attempt"],
        step=event.get("step") or "",
        text=text if len(text) <= SHOWN_CHARS else text[:SHOWN_CHARS] + "…",
    )
