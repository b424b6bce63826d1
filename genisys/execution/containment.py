"""What may come out of an author's code: an ordinary error, or a signal of the engine's. Nothing else leaves a body.

Python has errors that `except Exception` does not see: SystemExit, KeyboardInterrupt, GeneratorExit, groups of them,
and the CancelledError of a task that the body itself had cancelled. In a server they would end the whole process, or
leave an attempt without an end. In a run each is the failure of the body that raised it, under its own name, and is
tried again as the body's policy says.
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Generator
from typing import Any, TypeVar

from ..errors import Interrupt, LeaseLost, StepFailed, describe, leaves_of
from .scope import current
from .turns import task_factory

R = TypeVar("R")


def signal_in(error: BaseException) -> BaseException | None:
    """Return the signal that the error is, or that a group holds: an Interrupt, or the cancel of this very task."""
    if isinstance(error, Interrupt):
        return error
    if isinstance(error, asyncio.CancelledError):
        # `cancelling()` is 0 where the body cancelled a task of its own and awaited it: an error of the body's.
        task = asyncio.current_task()
        return error if task is not None and task.cancelling() else None
    if isinstance(error, BaseExceptionGroup) and not isinstance(error, ExceptionGroup):
        # A lost lease outranks the others: after it nothing may be written, not even another signal's event.
        signals = [signal for each in leaves_of(error) if (signal := signal_in(each)) is not None]
        return next((signal for signal in signals if isinstance(signal, LeaseLost)), signals[0] if signals else None)
    return None


def ordinary(error: BaseException, name: str) -> Exception:
    """Return the error as one that policies and callers can handle. It must not be a signal."""
    if isinstance(error, Exception):
        return error
    described = describe(error)
    failed = StepFailed(described["message"], kind=described["kind"], step_name=name, permanent=described["permanent"])
    failed.__cause__ = error
    return failed


def signal_or_raise(error: BaseException, name: str) -> BaseException:
    """Return the signal that came out of a body, or raise what came out of it as an ordinary error."""
    signal = signal_in(error)
    if signal is None:
        raise ordinary(error, name) from error
    return signal


def task_in_run(
    loop: asyncio.AbstractEventLoop, coroutine: Coroutine[Any, Any, R] | Generator[Any, None, R], **options: Any
) -> asyncio.Task[R]:
    """Make a task, as a loop's task factory does: in a task of a run SystemExit and KeyboardInterrupt stay in it.

    asyncio raises these two out of the loop itself, which would end the worker and all that it holds. The task's turns
    are the run's (`turns`).
    """
    scope = current.get()
    if scope is None or not asyncio.iscoroutine(coroutine):
        return task_factory(loop, coroutine, **options)
    task = task_factory(loop, _kept(coroutine, scope.name), **options)
    # Cancelled before its first turn, it has not begun, and Python would warn of a call that was never awaited.
    task.add_done_callback(lambda _: coroutine.close())
    return task


async def _kept(coroutine: Coroutine[Any, Any, R], name: str) -> R:
    try:
        return await coroutine
    except (SystemExit, KeyboardInterrupt) as error:
        raise ordinary(error, name) from error
