"""What a body says of itself while it runs: status, progress, named events, usage. Outside a run all do nothing."""

from __future__ import annotations

import random as _random
from datetime import UTC, datetime
from typing import Any

from pydantic import TypeAdapter

from ._clock import now_ms
from ._scope import current
from ._steps import open_step
from ._store import new_run_id
from .errors import EncodingError

_ANY: TypeAdapter[Any] = TypeAdapter(Any)


def status(text: str) -> None:
    """Say in one sentence what is being done now, in words for the person who watches."""
    scope = current.get()
    if scope is not None:
        scope.say("status", text=text)


def progress(done: int, total: int, unit: str = "") -> None:
    """Say how far a counted piece of work is. In a component it belongs to that step, else to the run."""
    scope = current.get()
    if scope is not None:
        scope.say("progress", done=done, total=total, unit=unit)


def publish(name: str, data: Any, key: str | None = None) -> None:
    """Send a named event with JSON data to the page. With `key`, the page keeps the last one of each key.

    Give whole numbers or text: a float is not written the same way by Python and by a browser.
    """
    scope = current.get()
    if scope is None:
        return
    try:
        plain = _ANY.dump_python(data, mode="json")
    except ValueError as error:
        raise EncodingError(f"publish({name!r}): the data cannot be written as JSON: {error}") from error
    scope.say("event", name=name, key=key or "", data=plain)


def record_usage(
    *, model: str = "", input_tokens: int = 0, output_tokens: int = 0, cost_microusd: int | None = None
) -> None:
    """Add tokens and cost (millionths of a US dollar; None when not known) to the current step and its run."""
    scope = current.get()
    if scope is not None:
        scope.use(model, input_tokens, output_tokens, cost_microusd)


def run_id() -> str | None:
    """Give the id of the run that this code is part of, or None outside a run."""
    scope = current.get()
    return scope.execution.lease.run_id if scope is not None else None


def attempt() -> int:
    """Give the number of the current attempt, from 1; 0 outside a run."""
    scope = current.get()
    return scope.execution.lease.attempt if scope is not None else 0


async def now() -> datetime:
    """Give the time, aware and in UTC; on replay the same time again."""
    async with open_step("now", None) as step:
        if not step.recorded:
            step.complete(now_ms())
        value = step.value if step.recorded else step.output
    return datetime.fromtimestamp(value / 1000, UTC)


async def uuid7() -> str:
    """Give a UUIDv7; on replay the same one again."""
    async with open_step("uuid7", None) as step:
        if not step.recorded:
            step.complete(new_run_id())
        return str(step.value if step.recorded else step.output)


async def random() -> float:
    """Give a number from 0 to below 1; on replay the same one again."""
    async with open_step("random", None) as step:
        if not step.recorded:
            step.complete(_random.random())  # noqa: S311 - not a secret
        return float(step.value if step.recorded else step.output)
