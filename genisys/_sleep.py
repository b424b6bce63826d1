"""Durable sleep: a step that ends when its time has come, whatever became of the worker meanwhile."""

from __future__ import annotations

from datetime import datetime, timedelta

from ._clock import now_ms
from ._seconds import seconds
from ._steps import open_step
from ._waiting import wait


async def sleep(duration: float | timedelta) -> None:
    """Sleep for so many seconds. A long sleep holds no worker, and goes on over crashes and deploys."""
    wanted = seconds(duration)
    if wanted < 0:
        raise ValueError(f"sleep({wanted:g}): give seconds, 0 or more")
    await _sleep(wanted, None)


async def sleep_until(moment: datetime) -> None:
    """Sleep until that moment, an aware datetime; not at all where it has passed."""
    if moment.tzinfo is None:
        raise ValueError("sleep_until: give an aware datetime, such as datetime.now(UTC) + timedelta(hours=1)")
    await _sleep(None, round(moment.timestamp() * 1000))


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
