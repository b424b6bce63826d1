"""How soon control looks again: at its full pace while anything moves, seldom while nothing does."""

from __future__ import annotations

import asyncio
import contextlib
import time
from datetime import timedelta

QUIET_AFTER = timedelta(seconds=20)
AT_REST = timedelta(seconds=10)
"""What a piece of news that did not reach control costs at most. Of all that a run does, Redis brings the news."""


class Pace:
    """Pauses between rounds. While nothing is heard for QUIET_AFTER a pause is AT_REST long, or until there is news."""

    def __init__(self) -> None:
        self._stirred_s = time.monotonic()
        self._news = asyncio.Event()

    @property
    def is_quiet(self) -> bool:
        return time.monotonic() - self._stirred_s > QUIET_AFTER.total_seconds()

    def stir(self) -> None:
        """Something has happened, or goes on: end the pauses of those at rest."""
        self._stirred_s = time.monotonic()
        self._news.set()
        self._news = asyncio.Event()  # for the pauses to come; whoever waits holds the one that was set

    async def pause(self, every: timedelta, stopping: asyncio.Event, at_rest: timedelta = AT_REST) -> None:
        """Wait for the next round, or until `stopping` is set and told by `stir`."""
        quiet = self.is_quiet
        wait = max(every, at_rest) if quiet else every
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for((self._news if quiet else stopping).wait(), wait.total_seconds())
