"""What a body reports while it runs: status, progress, named events, usage. Outside a run these do nothing."""

from __future__ import annotations

import random as _random
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from ..core.clock import now_ms
from ..core.ids import new_run_id
from ..data import strict_json
from ..execution.scope import current
from ..execution.steps import open_step
from .visible import a_value as _a
from .visible import fits, here, name_given, shown_data


def status(text: str) -> None:
    """Show in one sentence what is being done now, for the person who watches.

    Raises TypeError where it is not text, ValueTooLarge for more than an event holds. Invalid characters are shown as
    U+FFFD.
    """
    if not isinstance(text, str):
        raise TypeError(f"{here()}, status: give a sentence, a str; this is {_a(text)}")
    scope = current.get()
    if scope is not None:
        shown = strict_json.text(text)
        fits(shown, where=lambda: f"{here()}, status")
        scope.say("status", text=shown)


def progress(done: int, total: int, unit: str = "") -> None:
    """Show how far a counted piece of work has come. In a component it belongs to that step, else to the run.

    `done` and `total` are whole numbers, 0 or more. Raises TypeError or ValueError for anything else.
    """
    for name, value in (("done", done), ("total", total)):
        if isinstance(value, bool) or not isinstance(value, int):
            raise TypeError(f"{here()}, progress: {name} is {_a(value)}; give a whole number, an int")
        if not 0 <= value <= strict_json.SHOWN_WHOLE:
            raise ValueError(f"{here()}, progress: {name} must be from 0 to 2**53 - 1")
    if not isinstance(unit, str):
        raise TypeError(f'{here()}, progress: unit is {_a(unit)}; give a word, such as "pages"')
    scope = current.get()
    if scope is not None:
        shown = strict_json.text(unit)
        fits(shown, where=lambda: f"{here()}, progress")
        scope.say("progress", done=int(done), total=int(total), unit=shown)


def publish(name: str, data: Any, key: str | None = None) -> None:
    """Send a named event with JSON data to the page. With `key`, the page keeps the last one of each key.

    Use whole numbers or text: Python and browsers do not write floats the same way. Raises TypeError,
    EncodingError for data that is not strict JSON, ValueTooLarge for more than an event holds (256 KB).
    """
    name_given(name, "publish")
    if not isinstance(key, str | None):
        raise TypeError(f"{here()}, publish({name!r}): key is {_a(key)}; give a str, or None for an event of its own")
    scope = current.get()
    if scope is None:
        return
    plain = shown_data(scope, "publish", name, data, beside=key or "")
    scope.say("event", name=strict_json.text(name), key=strict_json.text(key or ""), data=plain)


def record_usage(
    *, model: str = "", input_tokens: int = 0, output_tokens: int = 0, cost_microusd: int | None = None
) -> None:
    """Add tokens and cost (millionths of a US dollar; None when not known) to the current step and its run.

    All are whole numbers, 0 or more. Raises TypeError or ValueError for anything else.
    """
    if not isinstance(model, str):
        raise TypeError(f"{here()}, record_usage: model is {_a(model)}; give its name, a str")
    amounts = {"input_tokens": input_tokens, "output_tokens": output_tokens, "cost_microusd": cost_microusd}
    for name, amount in amounts.items():
        if amount is None and name == "cost_microusd":
            continue
        if isinstance(amount, bool) or not isinstance(amount, int):
            raise TypeError(f"{here()}, record_usage: {name} is {_a(amount)}; give a whole number, an int")
        if not 0 <= amount <= strict_json.SHOWN_WHOLE:
            raise ValueError(f"{here()}, record_usage: {name} must be from 0 to 2**53 - 1")
    scope = current.get()
    if scope is not None:
        scope.use(strict_json.text(model)[:200], input_tokens, output_tokens, cost_microusd)


@dataclass(frozen=True, slots=True)
class Used:
    """What steps have used: tokens, those that a provider did not report as estimated, and their known cost."""

    tokens: int = 0
    cost_microusd: int = 0


def used() -> Used:
    """Return what the steps that this body has called so far have used, and what is inside them; on replay the same.

    In a workflow it is the run's use so far, in a component that component's. What steps that still run use counts
    when they end.
    """
    scope = current.get()
    if scope is None:
        return Used()
    inside = scope.used_inside
    tokens = sum(inside.get(name, 0) for name in ("input_tokens", "output_tokens", "guessed_tokens"))
    return Used(tokens, inside.get("cost_microusd", 0))


def run_id() -> str | None:
    """Return the id of the run that this code is part of, or None outside a run."""
    scope = current.get()
    return scope.execution.lease.run_id if scope is not None else None


def attempt() -> int:
    """Return the number of the current attempt, from 1; 0 outside a run."""
    scope = current.get()
    return scope.execution.lease.attempt if scope is not None else 0


async def now() -> datetime:
    """Return the time, aware and in UTC; on replay the same time again."""
    async with open_step("now", None) as step:
        if not step.recorded:
            step.complete(now_ms())
        value = step.value if step.recorded else step.output
    return datetime.fromtimestamp(value / 1000, UTC)


async def uuid7() -> str:
    """Return a UUIDv7; on replay the same one again."""
    async with open_step("uuid7", None) as step:
        if not step.recorded:
            step.complete(new_run_id())
        return str(step.value if step.recorded else step.output)


async def random() -> float:
    """Return a number from 0 to below 1; on replay the same one again."""
    async with open_step("random", None) as step:
        if not step.recorded:
            step.complete(_random.random())  # noqa: S311 - not a secret
        return float(step.value if step.recorded else step.output)
