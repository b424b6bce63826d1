"""How fast one host is asked: how many requests at once, how long between their starts, and after which pause.

All runs of a process that read the same host share its pace.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from weakref import WeakValueDictionary

LONGEST_WAIT_S = 120.0


class Pace:
    """The pace of one host. `delay_s` lies between the starts of two requests; from one second on, one at a time."""

    def __init__(self, delay_s: float = 0.0, concurrency: int = 4) -> None:
        self.delay_s = delay_s
        self.concurrency = 1 if delay_s >= 1 else concurrency
        self._slots = asyncio.Semaphore(self.concurrency)
        self._next_start = 0.0

    def pause(self, seconds: float) -> None:
        """Ask nothing of the host for this long."""
        self._next_start = max(self._next_start, time.monotonic() + min(seconds, LONGEST_WAIT_S))

    @asynccontextmanager
    async def turn(self) -> AsyncIterator[None]:
        """Wait for a turn, and hold it while the request lasts."""
        async with self._slots:
            while (wait := self._next_start - time.monotonic()) > 0:
                await asyncio.sleep(wait)
            self._next_start = time.monotonic() + self.delay_s
            yield


_paces: WeakValueDictionary[tuple[int, str, float, int], Pace] = WeakValueDictionary()


def pace_of(host: str, delay_s: float, concurrency: int) -> Pace:
    """Return the pace of a host, shared by everything in this event loop that reads it."""
    key = (id(asyncio.get_running_loop()), host, delay_s, concurrency)
    pace = _paces.get(key)
    if pace is None:
        pace = _paces[key] = Pace(delay_s, concurrency)
    return pace
