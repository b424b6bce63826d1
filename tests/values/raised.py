"""What careless code raises: the rows of the second table in docs/values.md."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NoReturn

from pydantic import BaseModel

from tests.values.given import HALF


class Halt(BaseException):
    """Somebody's own, which `except Exception` does not see."""


class Mute(Exception):
    def __str__(self) -> str:
        raise RuntimeError("no words")


class Exits(Exception):
    def __str__(self) -> str:
        raise SystemExit(3)


class Odd(Exception):
    """An error with facts."""

    def __init__(self, message: str = "odd", **facts: Any) -> None:
        super().__init__(message)
        self.__dict__.update(facts)


class Needs(Exception):
    """An error that cannot be made from its message."""

    def __init__(self, status: int, *, body: bytes) -> None:
        super().__init__(f"{status}")
        self.body = body


class Number(BaseModel):
    n: int


@dataclass(frozen=True)
class Raised:
    """One row: the exception as the table writes it, and what raises it."""

    written: str
    act: Callable[[], Any]

    @property
    def told(self) -> str:
        return f"`{self.written}`"

    async def happen(self) -> None:
        done = self.act()
        if asyncio.iscoroutine(done):
            await done


def _raised(written: str, make: Callable[[], BaseException]) -> Raised:
    def act() -> NoReturn:
        raise make()

    return Raised(written, act)


async def _cancelled_task() -> None:
    task = asyncio.create_task(asyncio.sleep(60))
    task.cancel()
    await task


async def _task_group() -> None:
    async with asyncio.TaskGroup() as group:
        group.create_task(_fails())
        group.create_task(asyncio.sleep(60))


async def _fails() -> None:
    raise ValueError("one")


async def _timeout() -> None:
    async with asyncio.timeout(0):
        await asyncio.sleep(60)


def _recursion() -> Any:
    return _recursion()


def _in_a_circle() -> Exception:
    first, second = ValueError("first"), KeyError("second")
    first.__cause__, second.__cause__ = second, first
    return first


def _deep_group() -> Exception:
    error: Exception = ValueError("inside")
    for _ in range(2_000):
        error = ExceptionGroup("in", [error])
    return error


RAISED = [
    _raised('ValueError("odd")', lambda: ValueError("odd")),
    _raised("SystemExit(3)", lambda: SystemExit(3)),
    _raised("KeyboardInterrupt()", KeyboardInterrupt),
    _raised("GeneratorExit()", GeneratorExit),
    _raised("StopIteration(1)", lambda: StopIteration(1)),
    _raised("StopAsyncIteration()", StopAsyncIteration),
    _raised('asyncio.CancelledError("no more")', lambda: asyncio.CancelledError("no more")),
    Raised("await a_task_that_it_cancelled", _cancelled_task),
    Raised("asyncio.timeout(0)", _timeout),
    Raised("a_task_group_in_which_one_fails", _task_group),
    _raised("Halt()", Halt),
    _raised(
        'ExceptionGroup("two", [ValueError("one"), KeyError("k")])',
        lambda: ExceptionGroup("two", [ValueError("one"), KeyError("k")]),
    ),
    _raised(
        'BaseExceptionGroup("two", [SystemExit(3), ValueError("one")])',
        lambda: BaseExceptionGroup("two", [SystemExit(3), ValueError("one")]),
    ),
    _raised("a_group_2_000_deep", _deep_group),
    _raised("MemoryError()", MemoryError),
    Raised("endless recursion", _recursion),
    _raised("an_error_whose_str_raises", Mute),
    _raised("an_error_whose_str_exits", Exits),
    _raised('Odd("a\\ud83db\\0")', lambda: Odd(f"a{HALF}b\0")),
    _raised('Odd("x" * 1_000_000)', lambda: Odd("x" * 1_000_000)),
    _raised("Odd(detail=object())", lambda: Odd(detail=object())),
    _raised('Odd(detail={"at": object})', lambda: Odd(detail={"at": object})),
    _raised('Odd(detail={"rows": itertools.count()})', lambda: Odd(detail={"rows": itertools.count()})),
    _raised('Odd(detail={"score": float("nan")})', lambda: Odd(detail={"score": float("nan")})),
    _raised('Odd(detail={"page": "x" * 100_000})', lambda: Odd(detail={"page": "x" * 100_000})),
    _raised("Odd(permanent=True)", lambda: Odd(permanent=True)),
    _raised('Odd(retry_after=float("nan"))', lambda: Odd(retry_after=float("nan"))),
    _raised('Needs(500, body=b"")', lambda: Needs(500, body=b"")),
    _raised("an_error_that_is_the_cause_of_its_cause", _in_a_circle),
    Raised('b"\\xff".decode()', lambda: b"\xff".decode()),
    Raised('Number(n="x")', lambda: Number(n="x")),
]
CAUSES = {raised.told: raised for raised in RAISED}
