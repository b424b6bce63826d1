"""The stages of a run beside its work: top-level steps, equal ones joined into one line, those to come named.

A workflow that reads 120 pages has 120 steps of one name; people want one line that says "34 of 120".
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from runs.presentation import retries, words
from runs.presentation.counted.progress import ProgressView, progress_view
from runs.presentation.words import Moment, clock

State = dict[str, Any]
StepState = dict[str, Any]

MARKS = {
    "done": "✓",
    "running": "▸",
    "retrying": "▸",
    "todo": "·",
    "skipped": "–",
    "stopped": "–",
    "waiting": "·",
    "interrupted": "◐",
    "partial": "!",
    "failed": "!",
}
WORDS = {
    "done": "done",
    "running": "under way",
    "retrying": "trying again",
    "todo": "to come",
    "skipped": "skipped",
    "stopped": "stopped",
    "waiting": "waiting",
    "interrupted": "taking over",
    "partial": "in part",
    "failed": "failed",
}
_OPEN = ("running", "retrying", "waiting", "interrupted")
MOST_LINES = 40
"""Of more components those stand here that failed or are open, and the last ones; the others are one line."""

THE_REST = "group:"
"""The key of that line."""


@dataclass(frozen=True, slots=True)
class StepView:
    """One line of the stages: a step, equal steps together, or one to come."""

    key: str
    name: str
    mark: str
    word: str
    state: str
    title: str
    time_text: str
    started: Moment | None
    note: str
    progress: ProgressView | None
    current: bool
    count: int
    children: int
    rev: str


def step_views(state: State, stages: tuple[tuple[str, str], ...], *, finished: bool, now: datetime) -> list[StepView]:
    """Return the lines in order. `stages` names the components to expect, with the titles they go by.

    A component whose title there is "" only does the bookkeeping of another and has no line of its own.
    """
    titles = dict(stages)
    found = {name: steps for name, steps in _groups(state).items() if titles.get(name) != ""}
    groups, rest = _shown_and_rest(found, titles)
    children = Counter(step["parent"] for step in state["steps"].values() if step["parent"])
    waits = retries.waits_of(state)
    open_names = [name for name, steps in groups.items() if any(step["status"] in _OPEN for step in steps)]
    current = open_names[-1] if open_names and not finished else ""
    counted = _counted_group(state, groups)
    lines = [
        _line(
            steps,
            title=titles.get(name, ""),
            current=name == current,
            children=sum(children[step["key"]] for step in steps),
            run_progress=progress_view(state["progress"], _ends(steps)) if name == counted else None,
            waits=[waits[step["key"]] for step in steps if step["key"] in waits],
            now=now,
        )
        for name, steps in groups.items()
    ]
    expected = tuple((name, title) for name, title in stages if title)
    lines = _with_those_to_come(_in_order(lines, expected), expected, state["run_status"])
    return [_rest(rest, now), *lines] if rest else lines


def progress_of_run(state: State) -> ProgressView | None:
    """Return the run's own progress, with the pace of the steps that it counts."""
    if not state["progress"]:
        return None  # as of most runs: their steps need not be looked through
    groups = _groups(state)
    return progress_view(state["progress"], _ends(groups.get(_counted_group(state, groups), ())))


def _ends(steps: Iterable[StepState]) -> list[int]:
    return [step["ended_at"] for step in steps]


def _groups(state: State) -> dict[str, list[StepState]]:
    """Return the top-level steps by name, in the order of their first start."""
    groups: dict[str, list[StepState]] = {}
    for key in state["step_order"]:
        step = state["steps"][key]
        if not step["parent"]:
            groups.setdefault(step["name"], []).append(step)
    return groups


def _shown_and_rest(
    groups: dict[str, list[StepState]], titles: dict[str, str]
) -> tuple[dict[str, list[StepState]], list[list[StepState]]]:
    """Part the groups into those with a line of their own, MOST_LINES at most, and the others."""
    if len(groups) <= MOST_LINES:
        return groups, []
    failed = [name for name, steps in groups.items() if any(step["status"] == "failed" for step in steps)]
    under_way = [name for name, steps in groups.items() if any(step["status"] in _OPEN for step in steps)]
    wanted = dict.fromkeys([*(name for name in titles if name in groups), *under_way[-MOST_LINES // 2 :]])
    wanted |= dict.fromkeys([*failed, *reversed(groups)])
    shown = set(list(wanted)[:MOST_LINES])
    rest = [steps for name, steps in groups.items() if name not in shown]
    return {name: steps for name, steps in groups.items() if name in shown}, rest


def _rest(groups: list[list[StepState]], now: datetime) -> StepView:
    """Return the line of the components that have none of their own."""
    steps = [step for group in groups for step in group]
    title = f"{len(groups):,} more components"
    line = _line(steps, title=title, current=False, children=0, run_progress=None, waits=[], now=now)
    return replace(line, key=THE_REST, name="")


def _counted_group(state: State, groups: dict[str, list[StepState]]) -> str:
    """Find the group that the run's own progress counts: the last of several equal steps, if they agree."""
    mark = state["progress"]
    if not mark:
        return ""
    several = [name for name, steps in groups.items() if len(steps) > 1]
    return several[-1] if several and len(groups[several[-1]]) <= mark["total"] else ""


def _line(
    steps: list[StepState],
    *,
    title: str,
    current: bool,
    children: int,
    run_progress: ProgressView | None,
    waits: list[StepState],
    now: datetime,
) -> StepView:
    first, single = steps[0], len(steps) == 1
    state = _state_of(steps)
    if single and waits and state in ("running", "waiting"):
        state = "retrying"
    is_open = state in _OPEN
    shown = title or _own_title(steps) or words.title_of(first["name"])
    progress = (progress_view(first["progress"]) if single else run_progress) if is_open else None
    note = _note(steps, state, waits, now)
    started = min(step["started_at"] for step in steps)
    ended = 0 if is_open or state == "stopped" else max(step["ended_at"] for step in steps)
    until = ended or (now.timestamp() * 1000 if is_open else started)
    return StepView(
        key=f"group:{first['name']}",
        name=first["name"],
        mark=MARKS[state],
        word=WORDS[state],
        state=state,
        title=shown,
        time_text=(words.took if ended else words.stopwatch)((until - started) / 1000) if ended or is_open else "",
        started=clock(started, now),
        note=note,
        progress=progress,
        current=current,
        count=len(steps),
        children=children,
        rev=_digest(state, shown, note, progress, current, len(steps), children, ended),
    )


def _state_of(steps: list[StepState]) -> str:
    statuses = {step["status"] for step in steps}
    for status in _OPEN:
        if status in statuses:
            return status
    if "failed" in statuses:
        return "partial" if "completed" in statuses else "failed"
    return "stopped" if "stopped" in statuses else "done"


def _own_title(steps: list[StepState]) -> str:
    """Return the title that the steps have in common, if any."""
    titles = {str(step["title"]) for step in steps}
    return titles.pop() if len(titles) == 1 else ""


def _note(steps: list[StepState], state: str, waits: list[StepState], now: datetime) -> str:
    single = len(steps) == 1
    note = _note_of_one(steps[0], state) if single else _note_of_many(steps, waits)
    if not waits:
        return note
    soonest = retries.described(min(waits, key=retries.next_try_ms), now)
    return soonest if single else f"{note}: {soonest}"


def _note_of_one(step: StepState, state: str) -> str:
    if state == "failed" and step["error"]:
        return words.reason(step["error"])
    if state == "done" and (progress := progress_view(step["progress"])) is not None:
        return progress.text
    return str(step["status_text"])


def _note_of_many(steps: list[StepState], waits: list[StepState]) -> str:
    """Count the steps, each once: one that waits for its next try may have any open status."""
    to_be_tried = {step["key"] for step in waits}
    counts = Counter(step["status"] for step in steps if step["key"] not in to_be_tried)
    under_way = counts["running"] + counts["retrying"]
    parts = (
        (counts["completed"], "done"),
        (counts["failed"], "failed"),
        (under_way, "under way"),
        (len(to_be_tried), "to be tried again"),
        (counts["waiting"], "waiting"),
        (counts["interrupted"], "taken over"),
        (counts["stopped"], "stopped"),
    )
    return ", ".join(f"{count:,} {word}" for count, word in parts if count)


def _in_order(lines: list[StepView], stages: tuple[tuple[str, str], ...]) -> list[StepView]:
    """Put the lines of expected stages into the order of the stages; the others keep their places."""
    place = {name: position for position, (name, _) in enumerate(stages)}
    ordered = iter(sorted((line for line in lines if line.name in place), key=lambda line: place[line.name]))
    return [next(ordered) if line.name in place else line for line in lines]


def _with_those_to_come(lines: list[StepView], stages: tuple[tuple[str, str], ...], status: str) -> list[StepView]:
    """Put each expected stage that has not begun before the first later one that has, else at the end."""
    place = {name: position for position, (name, _) in enumerate(stages)}
    begun = {line.name for line in lines}
    result = list(lines)
    for position, (name, title) in enumerate(stages):
        if name in begun:
            continue
        later = [at for at, line in enumerate(result) if place.get(line.name, -1) > position]
        passed_over = bool(later) and any(result[at].count for at in later)
        result.insert(later[0] if later else len(result), _to_come(name, title, status, passed_over))
    return result


def _to_come(name: str, title: str, status: str, passed_over: bool) -> StepView:
    skipped = passed_over or status in ("completed", "failed", "cancelled")
    state = "skipped" if skipped else "todo"
    word = "not reached" if status in ("failed", "cancelled") and not passed_over else WORDS[state]
    return StepView(
        key=f"stage:{name}",
        name=name,
        mark=MARKS[state],
        word=word,
        state=state,
        title=title,
        time_text="",
        started=None,
        note="",
        progress=None,
        current=False,
        count=0,
        children=0,
        rev=_digest(state, word, title),
    )


def _digest(*parts: Any) -> str:
    return hashlib.blake2b(repr(parts).encode("utf-8", "surrogatepass"), digest_size=6).hexdigest()
