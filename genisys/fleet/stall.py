"""The thread that notices when the event loop stands still, and says which step blocks it; such a run is tried alone.

While it stands still, no other run of the process moves. This thread needs the interpreter's lock: where C code keeps
it, only the supervisor can see which run that is, on the board (`execution.turns`). The line that called the code is
written by faulthandler, whose thread needs neither the lock nor a signal, which could interrupt the code.
"""

from __future__ import annotations

import asyncio
import faulthandler
import sys
import sysconfig
import threading
import time
from collections.abc import Callable, Mapping, Set
from dataclasses import dataclass
from pathlib import Path
from types import FrameType

from ..core.logs import Logger
from ..execution.execution import Execution
from ..execution.turns import Turns
from ..redis_io.keys import LEASE_S

BLOCKED_AFTER_S = 1.0
LOOK_EVERY_S = 0.25
LOOP_EVERY_S = 0.25
REST_S, REST_LEASES = 1.0, 0.125
"""How often both look where nothing is held: the supervisor sees them move, and no run waits for more. In seconds, and
in leases where that is less.
"""
# Twice before the supervisor ends the process (SILENT_LEASES): on a busy machine this thread may have stood still for a
# while before the code that holds the lock was called. Put off again and again while this thread still moves.
STACKS_AFTER_LEASES = 0.25
STACKS_PUT_OFF_EVERY_S = 0.5

log = Logger("genisys.stall")

_NOT_THEIRS = (*{sysconfig.get_path("stdlib"), sysconfig.get_path("purelib")}, str(Path(__file__).parent))


@dataclass(frozen=True, slots=True)
class Stall:
    """A loop that stands still: which run's code blocks it ("" for no run's), in which step, since when (monotonic)."""

    run_id: str
    step: str
    since_s: float


class StallWatch:
    """Watches the running loop from a thread. `stall` is the present one; `on_stall` is called in the thread.

    Start it on the loop; `stop` ends the thread. While `is_free` it looks less often, until `rouse`.
    """

    def __init__(
        self,
        turns: Turns,
        on_stall: Callable[[], None],
        *,
        lease_s: float = LEASE_S,
        is_free: Callable[[], bool] = lambda: False,
    ) -> None:
        self._is_free = is_free
        self._rest_s = min(REST_S, REST_LEASES * lease_s)
        self._rests = False
        self._stacks_after_s = STACKS_AFTER_LEASES * lease_s
        self._put_off_s = float("-inf")
        self.stall: Stall | None = None
        self._turns = turns
        self._board = turns.board
        self._on_stall = on_stall
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="stall-watch", daemon=True)
        self._loop_thread = 0
        self._timer: asyncio.TimerHandle | None = None

    def start(self) -> None:
        self._loop_thread = threading.get_ident()
        self._pulse(asyncio.get_running_loop())
        self._put_stacks_off()  # here: the first run may take the lock before the thread has ever moved
        self._thread.start()

    def rouse(self) -> None:
        """Look at the full pace from now on. On the loop. The thread, at rest, sees it before a loop may be blocked."""
        if self._rests and self._timer is not None:
            self._timer.cancel()
            self._pulse(asyncio.get_running_loop())

    def stop(self) -> None:
        self._stop.set()
        if self._timer is not None:
            self._timer.cancel()
        self._thread.join(timeout=1)

    def _pulse(self, loop: asyncio.AbstractEventLoop) -> None:
        self._board.loop_moves()
        self._rests = self._is_free()
        self._timer = loop.call_later(self._rest_s if self._rests else LOOP_EVERY_S, self._pulse, loop)

    def _run(self) -> None:
        while not self._stop.wait(self._rest_s if self._rests else LOOK_EVERY_S):
            self._board.thread_moves()
            self._put_stacks_off()
            self._look()
        if self._board.is_watched:
            faulthandler.cancel_dump_traceback_later()

    def _put_stacks_off(self) -> None:
        if self._board.is_watched and time.monotonic() - self._put_off_s >= STACKS_PUT_OFF_EVERY_S:
            self._put_off_s = time.monotonic()
            faulthandler.dump_traceback_later(self._stacks_after_s, repeat=True)

    def _look(self) -> None:
        moved_s = self._board.loop_moved_ns / 1e9
        still_s = time.monotonic() - moved_s
        if still_s < BLOCKED_AFTER_S + (self._rest_s if self._rests else 0):
            if self.stall is not None:
                lasted = moved_s - self.stall.since_s
                log.info("loop.moves_again", run_id=self.stall.run_id, step=self.stall.step, seconds=round(lasted, 1))
                self.stall = None
        elif self.stall is None:
            self._found(moved_s)

    def _found(self, since_s: float) -> None:
        scope = self._turns.scope
        run_id = "" if scope is None else scope.execution.lease.run_id
        step = "" if scope is None or not scope.key else scope.name
        log.warning(
            "loop.blocked",
            run_id=run_id,
            workflow="" if scope is None else scope.execution.workflow,
            step=step,
            at=where(sys._current_frames().get(self._loop_thread)),
            then="No other run of this worker moves meanwhile. Await, or call it through asyncio.to_thread.",
        )
        self.stall = Stall(run_id, step, since_s)
        self._on_stall()


def where(frame: FrameType | None) -> str:
    """Return `file:line` of the innermost code that is not Python's, a package's or ours, else of the innermost."""
    innermost = frame
    while frame is not None:
        if not frame.f_code.co_filename.startswith(_NOT_THEIRS):
            innermost = frame
            break
        frame = frame.f_back
    return "" if innermost is None else f"{innermost.f_code.co_filename}:{innermost.f_lineno}"


class Alone:
    """The reservation of a worker for a run that has blocked one before, so that no other run waits behind it.

    It lasts until the run has finished one more step, and so got past what blocked, or has left the worker.
    """

    def __init__(self) -> None:
        self._run_id = ""

    def reserve(self, run_id: str, others: Set[str]) -> bool:
        """Reserve the worker for the run; return False where it is not free. `others` are what it holds or takes."""
        if self._run_id or others:
            return False
        self._run_id = run_id
        return True

    def is_reserved(self, held: Mapping[str, Execution]) -> bool:
        """Return whether the worker takes no other run. `held` are the runs that it holds."""
        execution = held.get(self._run_id)
        if execution is not None and execution.held.finished:
            self._run_id = ""
        return bool(self._run_id)

    def leave(self, run_id: str) -> None:
        """Say that the run has left the worker, or was not taken."""
        if self._run_id == run_id:
            self._run_id = ""
