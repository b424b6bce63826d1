"""Items that one task produces and another reads.

An async generator that is left early is closed by the garbage collector, in another task and another context, and so
is every `async with` inside it. A pump's producer begins and ends in its own task: left early, it is cancelled there.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

from ..execution.containment import ordinary, signal_in

T = TypeVar("T")
Put = Callable[[T], Awaitable[None]]

AHEAD = 16


class Pump(Generic[T]):
    """An async iterator over what `produce(put)` puts. What `produce` raises comes out of it after the items.

    `produce` may be up to AHEAD items ahead of the reader. It is cancelled by `aclose`, by a cancel of the waiting
    reader, and when the pump is dropped.
    """

    def __init__(self, produce: Callable[[Put[T]], Awaitable[None]]) -> None:
        self._queue: asyncio.Queue[tuple[T] | _End] = asyncio.Queue(AHEAD)
        # The task must not hold the pump, or a dropped pump would never be collected.
        self._task = asyncio.create_task(_produce(produce, self._queue))
        self._ended = False

    def __aiter__(self) -> Pump[T]:
        return self

    async def __anext__(self) -> T:
        if self._ended:
            raise StopAsyncIteration
        try:
            item = await self._queue.get()
        except asyncio.CancelledError:
            self._stop()
            raise
        if not isinstance(item, _End):
            return item[0]
        self._ended = True
        if item.error is not None:
            raise item.error
        raise StopAsyncIteration

    async def aclose(self) -> None:
        """Stop the task and wait until it has ended."""
        self._stop()
        await asyncio.wait([self._task])

    def __del__(self) -> None:
        if not self._task.get_loop().is_closed():
            self._task.cancel()

    def _stop(self) -> None:
        self._ended = True
        self._task.cancel()


class _End:
    """The last thing in a pump's queue."""

    def __init__(self, error: BaseException | None) -> None:
        self.error = error


async def _produce(produce: Callable[[Put[T]], Awaitable[None]], queue: asyncio.Queue[tuple[T] | _End]) -> None:
    async def put(item: T) -> None:
        await queue.put((item,))

    error: BaseException | None = None
    try:
        await produce(put)
    except Exception as caught:
        error = caught
    except BaseException as caught:
        error = signal_in(caught) or ordinary(caught, "stream")
        if isinstance(error, asyncio.CancelledError):
            raise  # The reader has cancelled this task, and waits for no item any more.
    await queue.put(_End(error))
