"""Whose code the event loop runs at this moment, as other threads and the supervising process can see it.

Code that never awaits stops its whole loop, and C code that keeps the interpreter's lock stops every thread with it.
Nothing inside the process can then say whose code it was. So each turn of a run's task is written down as it begins,
in memory that the supervisor shares: a few bytes, no lock, no system call.
"""

from __future__ import annotations

import asyncio
import mmap
import os
import time
from collections.abc import Callable, Coroutine, Generator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from .scope import Scope, current

# The board: two times of 8 bytes, then run id and step, each ended by a zero byte. A zero in place of the first byte
# of the run id: no run has the turn.
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

    All processes of a machine share CLOCK_MONOTONIC. Eight aligned bytes are written at once, so no reader sees half
    a time.
    """

    def __init__(self, memory: mmap.mmap | bytearray) -> None:
        self.memory = memory
        self._times = memoryview(memory)[:16].cast("Q")

    @classmethod
    def shared(cls, fd: int) -> Board:
        """Return the board in the file behind that descriptor, which is given the right length."""
        os.ftruncate(fd, SIZE)
        return cls(mmap.mmap(fd, SIZE))

    def loop_moves(self) -> None:
        self._times[0] = time.monotonic_ns()

    def thread_moves(self) -> None:
        self._times[1] = time.monotonic_ns()

    @property
    def is_watched(self) -> bool:
        """Whether another process reads it."""
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
        """Note that the current turn goes on in that scope. Called at every step: nothing slow in here."""
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
    os.close(int(fd))  # the mapping outlives its descriptor
    return board


here = Turns(_own_board())
_memory = here.board.memory


class Turn(Coroutine[Any, Any, Any]):
    """A run's coroutine, as its task sees it: writes on the board whose each of its turns is."""

    __slots__ = ("_coroutine",)

    def __init__(self, coroutine: Coroutine[Any, Any, Any]) -> None:
        self._coroutine = coroutine

    def send(self, value: Any) -> Any:
        return self._take(self._coroutine.send, value)

    def throw(self, *error: Any) -> Any:
        return self._take(self._coroutine.throw, *error)

    def _take(self, resume: Callable[..., Any], *given: Any) -> Any:
        here.taken = True
        scope = current.get()
        if scope is not None and scope is here.last:
            _memory[_NOBODY] = scope.whose[0]  # the other bytes are still there from its last turn
        else:
            here.to(scope)
        try:
            return resume(*given)
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
    """Make a task. Where a run's code makes it, its turns count as that run's."""
    if current.get() is not None and not isinstance(coroutine, Turn):
        coroutine = Turn(coroutine)
    return asyncio.Task(coroutine, loop=loop, **options)
