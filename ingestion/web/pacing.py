"""How fast one host is asked: how many requests at once, how long between their starts, and after which pause.

The time between two requests is kept over all workers, by the engine's own gates (`genisys.HostPace`). How many are
under way at once is this process's to say: from a delay of one second on, one at a time.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from weakref import WeakValueDictionary

from genisys import HostPace

LONGEST_WAIT_S = 120.0
LONGEST_TURN_S = 240.0
"""How long a page waits for its turn behind others; a step that reads one may take a little longer."""


class Pace:
    """The pace of one host. `delay_s` lies between the starts of two requests; from one second on, one at a time."""

    def __init__(self, host: str = "", delay_s: float = 0.0, concurrency: int = 4) -> None:
        self.delay_s = delay_s
        self.concurrency = 1 if delay_s >= 1 else concurrency
        self._slots = asyncio.Semaphore(self.concurrency)
        self._shared = HostPace(host, delay_s, LONGEST_TURN_S)

    @asynccontextmanager
    async def turn(self) -> AsyncIterator[None]:
        """Wait for a turn, and hold it while the request lasts. Raises HostAway where that is too far away."""
        async with self._slots:
            await self._shared.turn()
            yield

    async def answered(self) -> None:
        """Note that the host answers."""
        await self._shared.settle("ok")

    async def broke(self) -> None:
        """Note that the host did not answer, or with a fault of its own. Many in a row, and it is left alone."""
        await self._shared.settle("failed")

    async def pause(self, seconds: float | None) -> None:
        """Ask nothing of the host for this long; None where it did not say how long, and twice as long each time."""
        await self._shared.settle("limited", seconds)


_paces: WeakValueDictionary[tuple[int, str, float, int], Pace] = WeakValueDictionary()


def pace_of(host: str, delay_s: float, concurrency: int) -> Pace:
    """Return the pace of a host, shared by everything in this event loop that reads it."""
    key = (id(asyncio.get_running_loop()), host, delay_s, concurrency)
    pace = _paces.get(key)
    if pace is None:
        pace = _paces[key] = Pace(host, delay_s, concurrency)
    return pace
