"""A run's steps and log for staff: where it stands now, from Redis or the archive alike."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from genisys.host import STORE_ERRORS, LogPage, RunMeta, StepRecord
from runs.engines import sync
from runs.models import Run, Step
from runs.presentation import words
from runs.record.faults import fault_of
from runs.record.states import run_events, run_state, why_waiting
from runs.record.steps import run_steps, step_rows

STEPS = 100
EVENTS = 200
PREVIEW_CHARS = 160
SHOWN_CHARS = 20_000
PARTS = ("input", "output", "error")
TRACEBACK = "traceback"
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
    """All steps of a run in the order of their start, finished or not.

    `fault` is the traceback of the fault by which the run failed, "" where there is none; `tracebacks` has those of the
    steps that failed by one, by key.
    """

    state: dict[str, Any]
    log_id: str
    why: str
    paused: bool
    steps: Sequence[Step]
    fault: str
    tracebacks: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Value:
    """A step's input, output, error or traceback: its beginning, up to SHOWN_CHARS of it, and how much is not shown."""

    part: str
    preview: str
    text: str
    hidden_chars: int


@dataclass(frozen=True, slots=True)
class StepLine:
    """A step as a line of the trace; `depth` counts the steps above it."""

    position: int
    depth: int
    mark: str
    step: Step
    duration_text: str
    tokens_text: str
    cost_text: str
    values: Sequence[Value]


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


def trace_of(run: Run) -> Trace:
    """Read where the run stands. While Redis is away, an open run is shown from its row."""
    state, meta, journal, why, fault = _read(run)
    return Trace(
        state=state,
        log_id=meta.log_id,
        why=why,
        paused=meta.paused,
        steps=step_rows(run.pk, state, journal),
        fault=fault,
        tracebacks={record.key: record.traceback for record in journal if record.traceback},
    )


@sync
async def _read(run: Run) -> tuple[dict[str, Any], RunMeta, list[StepRecord], str, str]:
    state, meta = await run_state(run)
    try:
        journal = await run_steps(run)
    except STORE_ERRORS:
        journal = []
    return state, meta, journal, await why_waiting(run, meta), await fault_of(run, state, journal)


def step_page(trace: Trace, number: int) -> Page:
    """Return one page of the steps, from 1."""
    total = len(trace.steps)
    number, pages = _bounded(number, total, STEPS)
    depths = _depths(trace.steps)
    shown = trace.steps[(number - 1) * STEPS : number * STEPS]
    return Page([_step_line(trace, step, depths[step.key]) for step in shown], number, pages, total)


def step_value(trace: Trace, position: int, part: str) -> str | None:
    """Return a step's whole input, output, error or traceback as text; None where there is no such step or part."""
    if position >= len(trace.steps):
        return None
    step = trace.steps[position]
    if part == TRACEBACK:
        return trace.tracebacks.get(step.key)
    return _text(getattr(step, part)) if part in PARTS else None


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


def _depths(steps: Sequence[Step]) -> dict[str, int]:
    depths: dict[str, int] = {}
    for step in steps:  # A parent starts before its children, so it is known by now.
        depths[step.key] = depths[step.parent_key] + 1 if step.parent_key in depths else 0
    return depths


def _step_line(trace: Trace, step: Step, depth: int) -> StepLine:
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
        values=[_value(part, text) for part, text in _parts(trace, step)],
    )


def _parts(trace: Trace, step: Step) -> Iterator[tuple[str, str]]:
    for part in PARTS:
        if (value := getattr(step, part)) is not None:
            yield part, _text(value)
    if traceback := trace.tracebacks.get(step.key):
        yield TRACEBACK, traceback


def _value(part: str, text: str) -> Value:
    flat = " ".join(text.split())
    preview = flat if len(flat) <= PREVIEW_CHARS else flat[:PREVIEW_CHARS] + "…"
    return Value(part, preview, text[:SHOWN_CHARS], max(0, len(text) - SHOWN_CHARS))


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
