"""What has come from a site and waits to be parsed: how much there may be of it, and what it may ask of the parsers."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

MOST_BYTES = 32_000_000
"""Nothing more is asked for while so much waits. What is under way by then may come on top of it."""
PARSED_AT_ONCE = 16
"""The parsers serve all readings of a worker in turn: a site of slow pages is not to fill their queue."""


class Backlog:
    """The pages of one reading between their arrival and their text."""

    def __init__(self) -> None:
        self._bytes = 0
        self._room = asyncio.Event()
        self._room.set()
        self._parsed = asyncio.Semaphore(PARSED_AT_ONCE)

    async def room(self) -> None:
        """Wait until more may be asked for."""
        await self._room.wait()

    @asynccontextmanager
    async def parsing(self, size: int) -> AsyncIterator[None]:
        """Hold a page of this many bytes, and let the caller have it parsed when it is its turn."""
        self._count(size)
        try:
            async with self._parsed:
                yield
        finally:
            self._count(-size)

    def _count(self, size: int) -> None:
        self._bytes += size
        if self._bytes < MOST_BYTES:
            self._room.set()
        else:
            self._room.clear()
