"""The time as the library sees it: the system's, or a test's own.

A test's clock stands in a context variable, so that two tests never share one and no other thread sees it.
"""

from __future__ import annotations

import asyncio
import time
from contextvars import ContextVar
from typing import Protocol


class Clock(Protocol):
    """What stands for the time. `genisys.testing.Clock` is the one that tests set."""

    def now_ms(self) -> int: ...
    async def sleep(self, seconds: float) -> None: ...


current: ContextVar[Clock | None] = ContextVar("genisys_clock", default=None)


def now_ms() -> int:
    """Epoch milliseconds."""
    clock = current.get()
    return time.time_ns() // 1_000_000 if clock is None else clock.now_ms()


def now_ns() -> int:
    """Epoch nanoseconds."""
    clock = current.get()
    return time.time_ns() if clock is None else clock.now_ms() * 1_000_000


async def sleep(seconds: float) -> None:
    """Sleep outside a run; a test's clock goes on by that time instead."""
    clock = current.get()
    await (asyncio.sleep(seconds) if clock is None else clock.sleep(seconds))
