"""Steps that failed and are tried again: what went wrong, which try it is and when it begins. Pure."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from runs.presentation.words import clock, reason, sentence

State = dict[str, Any]
StepState = dict[str, Any]
_OPEN = ("running", "retrying")


def waits_of(state: State) -> dict[str, StepState]:
    """Return, by top-level step, the step in it that waits for its next try; of several, the one tried soonest.

    A step whose next try has begun a step of its own waits no more.
    """
    steps = state["steps"]
    tried = [(key, step) for key, step in steps.items() if step["status"] == "retrying"]
    waits: dict[str, StepState] = {}
    if not tried:
        return waits
    busy = {step["parent"] for step in steps.values() if step["status"] in _OPEN}
    for key, step in tried:
        if key not in busy:
            top = _top_of(steps, step)
            if top not in waits or next_try_ms(step) < next_try_ms(waits[top]):
                waits[top] = step
    return waits


def holding(state: State) -> StepState | None:
    """Return the step that all waits for: None while anything else is under way."""
    steps = state["steps"]
    busy = {step["parent"] for step in steps.values() if step["status"] in _OPEN}
    moving = any(step["status"] == "running" and key not in busy for key, step in steps.items())
    waits = [] if moving else list(waits_of(state).values())
    return min(waits, key=next_try_ms) if waits else None


def next_try_ms(step: StepState) -> int:
    """Return when the next try begins, or began; 0 where an old record does not say."""
    return int(step.get("retry_at", 0))


def wrong(step: StepState) -> str:
    """Say what went wrong with the try before."""
    return sentence(reason(step["error"]) or "It failed.")


def described(step: StepState, now: datetime) -> str:
    """Say what went wrong and when the next try begins."""
    message = wrong(step)
    at = clock(next_try_ms(step), now)
    if at is None:
        return f"{message} Try {step['tries']} follows."
    begins = "begins" if next_try_ms(step) > now.timestamp() * 1000 else "began"
    return f"{message} Try {step['tries']} {begins} at {at.text}."


def _top_of(steps: dict[str, StepState], step: StepState) -> str:
    while step["parent"] in steps:
        step = steps[step["parent"]]
    return str(step["key"])
