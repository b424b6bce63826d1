"""Questions to the database that are asked while others are being answered, and are answered together.

When a web process is replaced, thousands of readers come back within seconds, each with its own two questions. One at a
time they take milliseconds each, most of it Django's; asked together, one query answers all that have piled up.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextvars import Context
from typing import Generic, TypeVar
from weakref import WeakKeyDictionary

from genisys.host import apart
from runs.record.refused.refusals import is_passing

K = TypeVar("K")
V = TypeVar("V")

MOST = 500


class QueryBatcher(Generic[K, V]):
    """`answer` takes up to MOST keys and returns what it found by key; it is not called twice at once.

    An error that one key causes goes to those who asked for that key; one that passes goes to all.
    """

    def __init__(self, answer: Callable[[Sequence[K]], Awaitable[dict[K, V]]]) -> None:
        self._answer = answer
        self._batchers: WeakKeyDictionary[asyncio.AbstractEventLoop, _Batcher[K, V]] = WeakKeyDictionary()

    async def ask(self, key: K) -> V | None:
        """Return what was found for the key, by a query that begins after this call."""
        loop = asyncio.get_running_loop()
        batcher = self._batchers.get(loop)
        if batcher is None:
            batcher = self._batchers[loop] = _Batcher(self._answer)
        return await batcher.ask(key)


class _Batcher(Generic[K, V]):
    """The questions of one event loop."""

    def __init__(self, answer: Callable[[Sequence[K]], Awaitable[dict[K, V]]]) -> None:
        self._answer = answer
        self._asked: dict[K, asyncio.Future[V | None]] = {}
        self._answering: asyncio.Task[None] | None = None

    async def ask(self, key: K) -> V | None:
        future = self._asked.get(key)
        if future is None:
            future = self._asked[key] = asyncio.get_running_loop().create_future()
        if self._answering is None or self._answering.done():
            # Not in the context of whoever asked first: their request's thread is lent on before the task ends.
            self._answering = asyncio.create_task(self._work(), context=Context())
        return await asyncio.shield(future)

    async def _work(self) -> None:
        while self._asked:
            keys = list(self._asked)[:MOST]
            futures = {key: self._asked.pop(key) for key in keys}
            try:
                found, faults = await apart(keys, self._answer, is_passing)
            except Exception as error:
                found, faults = {}, dict.fromkeys(keys, error)
            for key, future in futures.items():
                if key in faults:
                    future.set_exception(faults[key])
                    future.exception()  # asyncio would log it as never retrieved where nobody waits any more
                else:
                    future.set_result(found.get(key))
