"""Whose code the event loop runs at this moment: known to the threads beside it, and to the process that watches it.

Code that never awaits stops its whole loop, and C code that keeps the interpreter's lock stops every thread with it.
Nothing inside can say then who did it. So each turn of a run's task is written down as it begins, in memory that
the supervisor shares: a few bytes, no lock, no system call.
"""

from __future__ import annotations

import asyncio
import mmap
import os
import time
from collections.abc import Coroutine, Generator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from .scope import Scope, current

WHOSE_BYTES = 200
_WHOSE = slice(16, 16 + WHOSE_BYTES)
_NOBODY = 16
SIZE = 16 + WHOSE_BYTES
BOARD = "GENISYS_WORKER_BOARD"
"""The environment variable that names the descriptor of the memory shared with the supervisor."""


@dataclass(frozen=True, slots=True)
class Whose:
    """The run whose code has the turn, and the step (its component's name; "" in the workflow's own body)."""

    run_id: str
    step: str


class Board:
    """The shared memory: when the loop and the threads of a process last moved (monotonic ns), and whose turn it is.

    CLOCK_MONOTONIC is one for all processes of a machine. Eight aligned bytes are written at once.
    """

    def __init__(self, memory: mmap.mmap | bytearray) -> None:
        self.memory = memory
        self._times = memoryview(memory)[:16].cast("Q")

    @classmethod
    def shared(cls, fd: int) -> Board:
        """Return the board in the file behind that descriptor, which is made as long as it must be."""
        os.ftruncate(fd, SIZE)
        return cls(mmap.mmap(fd, SIZE))

    def loop_moves(self) -> None:
        self._times[0] = time.monotonic_ns()

    def thread_moves(self) -> None:
        self._times[1] = time.monotonic_ns()

    @property
    def is_watched(self) -> bool:
        """Whether another process looks at it."""
        return isinstance(self.memory, mmap.mmap)

    @property
    def loop_moved_ns(self) -> int:
        return self._times[0]

    @property
    def moved_ns(self) -> int:
        """When anything here last moved; 0 where nothing has begun."""
        return max(self._times)

    def whose(self) -> Whose | None:
        """Return whose turn it is; None where it is no run's."""
        if self.memory[_NOBODY] == 0:
            return None
        run_id, step, *_ = bytes(self.memory[_WHOSE]).split(b"\0")
        return Whose(run_id.decode(), step.decode(errors="replace"))


class Turns:
    """The turns of the runs of this process, on its board."""

    __slots__ = ("_memory", "board", "last", "taken")

    def __init__(self, board: Board) -> None:
        self.board = board
        self._memory = board.memory
        self.taken = False
        self.last: Scope | None = None

    def to(self, scope: Scope | None) -> None:
        """Say that the turn that is taken goes on in that scope. Called at every step: nothing slow in here."""
        if not self.taken:
            return
        self.last = scope
        if scope is not None:
            self._memory[_WHOSE] = scope.whose or _written(scope)

    def end(self) -> None:
        self.taken = False
        self._memory[_NOBODY] = 0

    @property
    def scope(self) -> Scope | None:
        """The scope of the code that has the turn; None where no run's has it."""
        return self.last if self.taken else None


def _written(scope: Scope) -> bytes:
    scope.whose = _packed(scope.execution.lease.run_id, scope.name if scope.key else "")
    return scope.whose


@lru_cache(maxsize=1024)
def _packed(run_id: str, step: str) -> bytes:
    packed = f"{run_id}\0{step}\0".encode(errors="replace")
    return packed[:WHOSE_BYTES].ljust(WHOSE_BYTES, b"\0")


def _own_board() -> Board:
    fd = os.environ.pop(BOARD, None)  # popped: no process that is started here may write on it
    if fd is None:
        return Board(bytearray(SIZE))
    board = Board.shared(int(fd))
    os.close(int(fd))  # the memory stays
    return board


here = Turns(_own_board())
_memory = here.board.memory


class Turn(Coroutine[Any, Any, Any]):
    """A run's coroutine, as its task sees it: says of each of its turns whose it is."""

    __slots__ = ("_coroutine",)

    def __init__(self, coroutine: Coroutine[Any, Any, Any]) -> None:
        self._coroutine = coroutine

    def send(self, value: Any) -> Any:
        here.taken = True
        scope = current.get()
        if scope is not None and scope is here.last:
            _memory[_NOBODY] = scope.whose[0]  # the rest stands there already
        else:
            here.to(scope)
        try:
            return self._coroutine.send(value)
        except BaseException:
            here.last = None  # It has ended, and what its run held is freed now.
            raise
        finally:
            here.taken = False
            _memory[_NOBODY] = 0

    def throw(self, *error: Any) -> Any:
        here.taken = True
        scope = current.get()
        if scope is not None and scope is here.last:
            _memory[_NOBODY] = scope.whose[0]  # the rest stands there already
        else:
            here.to(scope)
        try:
            return self._coroutine.throw(*error)
        except BaseException:
            here.last = None  # It has ended, and what its run held is freed now.
            raise
        finally:
            here.taken = False
            _memory[_NOBODY] = 0

    def close(self) -> None:
        self._coroutine.close()

    def __await__(self) -> Generator[Any, Any, Any]:
        return self._coroutine.__await__()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._coroutine, name)  # cr_frame and the like, for whoever prints a task's stack


def task_factory(loop: asyncio.AbstractEventLoop, coroutine: Any, **options: Any) -> asyncio.Task[Any]:
    """Make a task; where a run's code makes it, its turns are that run's."""
    if current.get() is not None and not isinstance(coroutine, Turn):
        coroutine = Turn(coroutine)
    return asyncio.Task(coroutine, loop=loop, **options)
