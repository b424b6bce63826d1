"""Durable sleep: a step that ends when its time has come, whatever happens to the worker meanwhile."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from ..core.clock import now_ms
from ..core.durations import waitable
from ..execution.scope import wait
from ..execution.steps import open_step
from .visible import here

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


async def sleep(duration: float | timedelta) -> None:
    """Sleep for so many seconds. A long sleep holds no worker, and goes on over crashes and deploys.

    At most 28 days at a time. Raises TypeError or ValueError for any other duration.
    """
    await _sleep(waitable(duration, where=f"{here()}, sleep"), None)


async def sleep_until(moment: datetime) -> None:
    """Sleep until that moment, an aware datetime at most 28 days from now; not at all where it has passed.

    Raises TypeError or ValueError for any other moment.
    """
    if not isinstance(moment, datetime):
        raise TypeError(f"{here()}, sleep_until: give a datetime; this is of type {type(moment).__name__}")
    if moment.tzinfo is None or moment.utcoffset() is None:
        raise ValueError(
            f"{here()}, sleep_until: give an aware datetime, such as datetime.now(UTC) + timedelta(hours=1)"
        )
    until_ms = round((moment - _EPOCH) / timedelta(milliseconds=1))
    waitable(max(0, until_ms - now_ms()) / 1000, where=f"{here()}, sleep_until")
    await _sleep(None, until_ms)


async def _sleep(duration: float | None, until_ms: int | None) -> None:
    async with open_step("sleep", duration if until_ms is None else until_ms) as step:
        if step.recorded:
            return
        until = until_ms if until_ms is not None else step.memory.get("until")
        if until is None:
            until = now_ms() + round((duration or 0) * 1000)
            step.remember(until=until)
        await wait(step.scope, reason="sleep", until_ms=until)
        step.complete(None)
