"""A clock that a test sets and moves."""

from __future__ import annotations

import asyncio
from contextvars import Token
from datetime import UTC, datetime, timedelta

from ..core import clock
from ..core.durations import seconds

START = datetime(2030, 1, 1, tzinfo=UTC)


class Clock:
    """Stands still until it is moved; `with Clock() as clock:` makes it the library's time in this context.

    Sleeps outside a run move it on. `run_in_memory(..., clock=clock)` moves it to where a waiting run goes on.
    """

    def __init__(self, start: datetime = START) -> None:
        self._ms = round(start.timestamp() * 1000)
        self._tokens: list[Token[clock.Clock | None]] = []

    def now_ms(self) -> int:
        return self._ms

    def now(self) -> datetime:
        """Return the clock's time, aware and in UTC."""
        return datetime.fromtimestamp(self._ms / 1000, UTC)

    def advance(self, duration: float | timedelta) -> None:
        """Move the clock on, by seconds or a timedelta."""
        self._ms += round(seconds(duration) * 1000)

    def advance_to(self, ms: int) -> None:
        """Move the clock on to that time (epoch milliseconds); never back."""
        self._ms = max(self._ms, ms)

    async def sleep(self, seconds: float) -> None:
        self.advance(seconds)
        await asyncio.sleep(0)

    def __enter__(self) -> Clock:
        self._tokens.append(clock.current.set(self))
        return self

    def __exit__(self, *_: object) -> None:
        clock.current.reset(self._tokens.pop())
