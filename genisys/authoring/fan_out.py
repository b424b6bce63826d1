"""Bounded fan-out: many calls at once, each its own step, so that completion order does not matter on replay."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from ..errors import Leaving, StepFailed

T = TypeVar("T")
R = TypeVar("R")


@dataclass(frozen=True, slots=True)
class Done(Generic[T, R]):
    """One finished item of `map_concurrent`: a `result`, or the StepFailed that ended it."""

    index: int
    item: T
    result: R | None
    error: StepFailed | None


async def map_concurrent(
    call: Callable[[T], Awaitable[R]], items: Iterable[T], *, limit: int = 16
) -> AsyncIterator[Done[T, R]]:
    """Call a component for each item, at most `limit` at once, and yield each as it is done.

    An item that fails is yielded with its error; the others go on. Leaving the loop early cancels those under way.
    """
    if limit < 1:
        raise ValueError(f"map_concurrent(limit={limit}): give 1 or more")
    waiting = iter(enumerate(items))
    running: set[asyncio.Task[Done[T, R]]] = set()

    async def one(index: int, item: T) -> Done[T, R]:
        try:
            return Done(index, item, await call(item), None)
        except StepFailed as error:
            return Done(index, item, None, error)

    def fill() -> None:
        while len(running) < limit:
            following = next(waiting, None)
            if following is None:
                return
            running.add(asyncio.create_task(one(*following)))

    try:
        fill()
        while running:
            done, _ = await asyncio.wait(running, return_when=asyncio.FIRST_COMPLETED)
            running.difference_update(done)
            for task in done:
                result = task.result()
                fill()
                yield result
    except Leaving:
        await _let_finish(running)
        raise
    finally:
        await _cancel(running)


async def gather(*calls: Awaitable[Any]) -> list[Any]:
    """Await several component calls at once and return their results in order; the first failure cancels the rest."""
    tasks = [asyncio.ensure_future(call) for call in calls]
    try:
        return list(await asyncio.gather(*tasks))
    except Leaving:
        await _let_finish(set(tasks))
        raise
    finally:
        await _cancel(set(tasks))


async def _let_finish(running: set[Any]) -> None:
    """Wait for steps under way before the run leaves: they are paid for, and are to be recorded."""
    if running:
        await asyncio.wait(running)


async def _cancel(running: set[Any]) -> None:
    for task in running:
        task.cancel()
    await asyncio.gather(*running, return_exceptions=True)
