"""What a run is at just now: the line at the top of its page, the page's title, and when to draw it anew. Pure."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from runs.presentation import retries, words
from runs.presentation.counted.progress import ProgressView
from runs.presentation.failure import finished_parts
from runs.presentation.stages import StepView
from runs.presentation.words import Moment, clock

State = dict[str, Any]


def now_line(
    state: State, status: str, steps: list[StepView], why: str, paused: bool, now: datetime, *, asked: bool = False
) -> str:
    if status == "completed":
        took = elapsed(state, now)
        return f"Done in {took}." if took else "Done."
    if status == "failed":
        return "Stopped by an error."  # What is kept stands beside the error.
    if status == "cancelled":
        left = any(finished_parts(state)) or any(block["txt"] for block in state["blocks"].values())
        return f"Stopped.{' What was done is kept.' if left else ''}"
    if status == "cancelling":
        return "Stopping. What was done so far is kept."
    if status == "waiting" and state["waiting"]:
        return _waiting(state, steps, now, asked)
    if status == "recovering":
        last = state["notices"][-1]["kind"] if state["notices"] else ""
        moved = "Moving to another worker." if last == "handed_over" else "The worker on this run stopped."
        return f"{moved} {why}" if why else f"{moved} Another one is taking over."
    if status == "running" and paused:
        return "Pausing once the current step is done."
    if status == "running":
        # Why it stands still does not say where, so both are shown.
        doing = _doing(state, steps, retries.holding(state), now)
        return f"{words.sentence(doing)} {why}" if why else doing
    return why or "Waiting for a free worker."


def _waiting(state: State, steps: list[StepView], now: datetime, asked: bool) -> str:
    """Say what a run waits for; where that is a step's next try, or a provider that is down, what went wrong too."""
    waiting = state["waiting"]
    held = retries.holding(state) if waiting["reason"] in ("retry", "provider") else None
    if held is None:
        return words.waiting(waiting, now, asked=asked)
    if waiting["reason"] == "retry":
        return _doing(state, steps, held, now)
    return f"{retries.wrong(held)} {words.waiting(waiting, now)}"


def _doing(state: State, steps: list[StepView], held: dict[str, Any] | None, now: datetime) -> str:
    """Say what the run is at, and where all waits for one step's next try, that too."""
    current = next((step.title for step in reversed(steps) if step.current), "")
    doing = state["status_text"] or current or "Under way."
    return f"{words.sentence(doing)} {retries.described(held, now)}" if held else doing


def due(state: State, now: datetime) -> Moment | None:
    """Return when the page changes although no event comes: when the next try begins."""
    now_ms = now.timestamp() * 1000
    coming = [at for step in retries.waits_of(state).values() if (at := retries.next_try_ms(step)) > now_ms]
    # Rounded up, since a Moment has whole seconds: drawn early, the page would still announce the try.
    return clock(min(coming) + 999, now) if coming else None


def moments(state: State, now: datetime) -> list[Moment]:
    """Return the times that the line of now may tell: when waiting ends, and when the next tries begin."""
    waits = [retries.next_try_ms(step) for step in retries.waits_of(state).values()]
    until = (state["waiting"] or {}).get("until") or 0
    found = (clock(at, now) for at in dict.fromkeys([until, *waits]))
    return [moment for moment in found if moment is not None]


def page_title(title: str, status: str, progress: ProgressView | None, steps: list[StepView]) -> str:
    if status != "running":
        return f"{words.STATUS_MARKS[status]} {title}"
    current = next((step for step in reversed(steps) if step.current), None)
    counted = (current.progress if current and current.progress else None) or progress
    parts = [f"({counted.done}/{counted.total})" if counted else "", current.title if current else ""]
    doing = " ".join(part for part in parts if part)
    return f"{doing} · {title}" if doing else f"{words.STATUS_MARKS[status]} {title}"


def elapsed(state: State, now: datetime) -> str:
    if not state["started_at"]:
        return ""
    until = state["ended_at"] or now.timestamp() * 1000
    return words.duration((until - state["started_at"]) / 1000)
