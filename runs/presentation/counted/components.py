"""The steps of one component, a page of them at a time: what opens under its line beside the work. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from runs.presentation import words
from runs.presentation.stages import MARKS, WORDS
from runs.presentation.words import Moment, clock

State = dict[str, Any]
StepState = dict[str, Any]

ROWS = 100
_ORDER = {"failed": 0, "retrying": 1, "running": 2, "waiting": 3, "interrupted": 3, "stopped": 4, "completed": 5}


@dataclass(frozen=True, slots=True)
class StepLine:
    """One step."""

    key: str
    mark: str
    word: str
    state: str
    title: str
    time_text: str
    started: Moment | None
    note: str


@dataclass(frozen=True, slots=True)
class StepPage:
    """So many steps of one component; `after` is where the next page begins, 0 where there is none."""

    name: str
    count: int
    lines: list[StepLine]
    start: int
    after: int


def step_page(state: State, name: str, start: int, now: datetime) -> StepPage:
    """Return the component's steps from `start` on, at most ROWS: failed ones first, then open ones, then by time.

    The name "" stands for all components. Steps within steps are the trace's to show.
    """
    steps = [
        step
        for key in state["step_order"]
        if not (step := state["steps"][key])["parent"] and name in ("", step["name"])
    ]
    steps.sort(key=lambda step: _ORDER.get(step["status"], 4))
    start = min(max(start, 0), len(steps))
    shown = steps[start : start + ROWS]
    after = start + len(shown)
    lines = [_line(step, name, now) for step in shown]
    return StepPage(name, len(steps), lines, start, after if after < len(steps) else 0)


def _line(step: StepState, name: str, now: datetime) -> StepLine:
    state = "done" if step["status"] == "completed" else step["status"]
    ended = step["ended_at"] or (now.timestamp() * 1000 if state in ("running", "retrying", "waiting") else 0)
    title = str(step["title"] or step["name"])
    return StepLine(
        key=step["key"],
        mark=MARKS[state],
        word=WORDS[state],
        state=state,
        title=title if name or title == step["name"] else f"{step['name']}: {title}",
        time_text=words.duration((ended - step["started_at"]) / 1000) if ended else "",
        started=clock(step["started_at"], now),
        note=words.reason(step["error"]) if state in ("failed", "retrying") else str(step["status_text"]),
    )
