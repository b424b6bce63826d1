"""Worker processes and the parent that watches them: a child that dies is replaced, and its runs are freed at once.

A child in which nothing moves any more, neither its event loop nor its threads, is killed: C code that keeps the
interpreter's lock would otherwise hold its runs for ever, and no signal but SIGKILL reaches it.

The parent starts its own command again for each child, with the child's worker id in the environment. So the same
code serves `manage.py worker` and `python -m genisys worker`.
"""

from __future__ import annotations

import asyncio
import contextlib
import ctypes
import gc
import importlib
import logging
import math
import os
import select
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass

from ..core.logs import Logger
from ..engine.engine import Engine
from ..engine.held_process import Held
from ..engine.wakeups import preload
from ..execution.turns import BOARD, Board
from ..redis_io.errors import STORE_ERRORS
from ..redis_io.keys import LEASE_S
from .lease_keeper import checked_lease
from .worker import HAND_OVER_S, Worker, worker_id

CHILD = "GENISYS_WORKER_CHILD"
PARENT = "GENISYS_WORKER_PARENT"
LOOK_EVERY_S = 0.25  # for silence; the end of a child is noticed at once
REST_S, REST_LEASES = 1.0, 0.1
"""The same while all that is wanted is there and moves. In seconds, and in leases where that is less."""
SPARE_AFTER_S = 2.0
"""Seconds since the last start before a spare one is started: it must not slow the others down while they start."""
RESPAWN_FIRST_S, RESPAWN_CAP_S = 0.2, 10.0
GARBAGE_THRESHOLDS = 10_000, 20, 50
SILENT_LEASES = 0.6
"""For how many leases nothing in a child may move. Less than one: no other worker has taken the guilty run by then."""
ENDING_SILENT_S = 2.0
"""The same where the child has been told to stop."""
LOOKED_AWAY_S = 1.25
"""The most that one look counts for: time in which this very process stood still (a paused machine) is no silence."""
END_S = 3.0
"""How long after the time for the hand-over a child that was told to stop is killed."""
STEADY_AFTER_S = 10.0
"""A child that dies younger than this failed to start: after the second in a row its successor waits."""

_PR_SET_PDEATHSIG = 1  # linux/prctl.h

log = Logger("genisys.supervise")


def die_with_parent(parent_pid: int) -> None:
    """Ask Linux to end this process when its parent dies (prctl PR_SET_PDEATHSIG). Does nothing elsewhere."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
        if os.getppid() != parent_pid:
            sys.exit(0)  # It died before we asked.


def _become_child(modules: Sequence[str]) -> None:
    """Import all that runs need, in a process that does not outlive the supervisor."""
    die_with_parent(int(os.environ[PARENT]))
    preload()
    for module in modules:
        importlib.import_module(module)


def run_worker(
    *,
    redis_url: str,
    deployment: str,
    modules: Sequence[str] = (),
    concurrency: int = 10,
    processes: int = 1,
    hand_over_s: float = HAND_OVER_S,
    lease_s: float = LEASE_S,
    per_owner: int = 0,
    secret: str | Sequence[str] = "",
    spare: bool = True,
) -> int:
    """Run workers until SIGTERM or Ctrl-C; return the exit code.

    `modules` are imported in the children for their workflows. `concurrency` is runs at once in each process;
    `hand_over_s` the seconds a stopping worker waits for step boundaries; `per_owner` runs of one owner at once among
    all workers, 0 for no limit; `lease_s` and `secret` as for `Worker`. With `spare` one process more has imported
    everything and stands by, so that a dead one is replaced at once; it takes the memory of a worker.
    """
    checked_lease(lease_s)  # here, before children are started that could only die of it
    child = os.environ.get(CHILD)
    if child:
        _become_child(modules)
        worker = Worker(
            redis_url,
            deployment=deployment,
            concurrency=concurrency,
            id=child,
            hand_over_s=hand_over_s,
            lease_s=lease_s,
            per_owner=per_owner,
            secret=secret,
        )
        collect_garbage_less_often()
        wait_for_work()  # only now: the spare has paid for starting and importing
        asyncio.run(_work(worker))
        return 0
    return Supervisor(redis_url, deployment, processes, hand_over_s, lease_s, spare=spare).run()


def collect_garbage_less_often() -> None:
    """Exempt what is imported from Python's collector, and let it run less often.

    By default it walks all objects again and again while runs are taken and steps are written, a seventh of a busy
    worker's time. Garbage that only it can free may therefore grow to some megabytes.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(*GARBAGE_THRESHOLDS)


async def _work(worker: Worker) -> None:
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, worker.stop)
    await worker.run()
    # Leave at once: everything is handed over, and docket may still wait for a Redis that is gone.
    logging.shutdown()
    os._exit(0)


@dataclass(slots=True)
class Child:
    """A worker process. It has imported everything and waits until it is told to work."""

    worker: str
    process: subprocess.Popen[bytes]
    since_s: float
    """When it was started, or told to work; on the monotonic clock."""
    board: Board
    silent_s: float = 0.0
    """For how long nothing in it has moved."""
    _moved_ns: int = 0

    @property
    def alive(self) -> bool:
        return self.process.poll() is None

    def look(self, passed_s: float) -> None:
        """Look whether anything in it has moved since the last look, `passed_s` ago."""
        moved = self.board.moved_ns
        # 0: it is still importing, which may take long.
        if moved == 0 or moved != self._moved_ns:
            self._moved_ns, self.silent_s = moved, 0.0
        else:
            self.silent_s += min(passed_s, LOOKED_AWAY_S)

    def end(self) -> Held | None:
        """Kill it; return which run held it, where nothing in it moved and it was some run's turn."""
        whose = self.board.whose() if self.silent_s >= ENDING_SILENT_S else None
        held = None if whose is None else Held(whose.run_id, whose.step, round(self.silent_s, 1))
        self.process.kill()
        self.process.wait()
        log.error(
            "worker.ended_by_force",
            worker=self.worker,
            silent_s=round(self.silent_s, 1),
            run_id="" if held is None else held.run_id,
            step="" if held is None else held.step,
        )
        return held

    def employ(self) -> None:
        """Tell it to work."""
        self.since_s = time.monotonic()
        assert self.process.stdin is not None
        with contextlib.suppress(BrokenPipeError):  # it has died, which is noticed soon
            self.process.stdin.write(b"work\n")
            self.process.stdin.close()

    def terminate(self) -> None:
        if self.alive:
            self.process.send_signal(signal.SIGTERM)


def wait_for_work() -> None:
    """In the child: wait for the parent's word to work; exit if the parent ends first."""
    if not sys.stdin.buffer.readline():
        sys.exit(0)


class Supervisor:
    """Keeps `processes` children of this very command at work, and with `spare` one more that stands by.

    To start Python and import everything takes longer than all the rest of a recovery, so a child that dies is replaced
    by one that has done so already. From the second child in a row that dies soon after its start there is a pause,
    which doubles, so that a command that cannot start does not use up the machine.
    """

    def __init__(
        self,
        redis_url: str,
        deployment: str,
        processes: int,
        hand_over_s: float,
        lease_s: float = LEASE_S,
        *,
        spare: bool = True,
    ) -> None:
        self._wants_spare = spare
        self._url = redis_url
        self._lease_s = lease_s
        self._deployment = deployment
        self._processes = processes
        self._hand_over_s = hand_over_s
        self._working: list[Child] = []
        self._spare: Child | None = None
        self._stopping = False
        self._failed_starts = 0
        self._not_before_s = 0.0
        self._looked_s = time.monotonic()

    def run(self) -> int:
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._stop)
        signal.signal(signal.SIGCHLD, lambda *_: None)  # without a handler it would not reach the pipe
        self._signalled, told = os.pipe()
        os.set_blocking(told, False)
        os.set_blocking(self._signalled, False)
        signal.set_wakeup_fd(told, warn_on_full_buffer=False)
        self._fill_up()
        silent_s = SILENT_LEASES * self._lease_s
        while not self._stopping:
            self._wait()
            self._look()
            for child in [each for each in self._working if each.alive and each.silent_s >= silent_s]:
                self._reap(child, child.end())
            for child in [each for each in self._working if not each.alive]:
                if not self._stopping:
                    self._reap(child)
            self._fill_up()
            self._keep_a_spare()
        return self._finish()

    def _stop(self, *_: object) -> None:
        self._stopping = True
        for child in self._all():
            child.terminate()

    def _wait(self) -> None:
        """Wait for a signal (a child has ended, or we are to stop), or until it is time to look again."""
        rest_s = min(REST_S, REST_LEASES * self._lease_s) if self._is_calm() else LOOK_EVERY_S
        if select.select([self._signalled], [], [], rest_s)[0]:
            os.read(self._signalled, 1024)

    def _is_calm(self) -> bool:
        is_whole = len(self._working) == self._processes and (self._spare is not None or not self._wants_spare)
        return is_whole and not self._stopping and not any(child.silent_s for child in self._all())

    def _look(self) -> None:
        now = time.monotonic()
        for child in self._all():
            child.look(now - self._looked_s)
        self._looked_s = now

    def _all(self) -> list[Child]:
        return [*self._working, *([self._spare] if self._spare else [])]

    def _may_start(self) -> bool:
        return not self._stopping and time.monotonic() >= self._not_before_s

    def _fill_up(self) -> None:
        while len(self._working) < self._processes and self._may_start():
            spare, self._spare = self._spare, None
            child = spare if spare is not None and spare.alive else self._spawn()
            if child is None:
                return
            self._working.append(child)
            child.employ()
            if self._stopping:  # The signal came before it was in the list, and did not reach it.
                child.terminate()

    def _keep_a_spare(self) -> None:
        if not self._wants_spare:
            return
        if self._spare is not None and not self._spare.alive:
            self._plan_after(time.monotonic() - self._spare.since_s)
            self._spare = None
        youngest_s = max((child.since_s for child in self._working), default=math.inf)
        if self._spare is None and time.monotonic() - youngest_s >= SPARE_AFTER_S and self._may_start():
            self._spare = self._spawn()
            if self._spare is not None and self._stopping:
                self._spare.terminate()

    def _spawn(self) -> Child | None:
        name = worker_id()
        try:
            # Without a name: it lives on in the two processes' mappings, and nothing is left of it when both are gone.
            with tempfile.TemporaryFile() as file:
                board = Board.shared(file.fileno())
                env = {**os.environ, CHILD: name, PARENT: str(os.getpid()), BOARD: str(file.fileno())}
                process = subprocess.Popen(  # noqa: S603
                    sys.orig_argv,  # with the options of the interpreter, which sys.argv lacks
                    env=env,
                    stdin=subprocess.PIPE,
                    start_new_session=True,  # Ctrl-C reaches the parent only, which ends its children in order
                    pass_fds=[file.fileno()],
                )
        except OSError as error:  # no memory, or too many processes: it may pass
            log.warning("worker.not_started", error=str(error))
            self._plan_after(0)
            return None
        return Child(name, process, time.monotonic(), board)

    def _reap(self, child: Child, held: Held | None = None) -> None:
        """Replace the dead child, then free its runs; `held` is the run that held it, where it was killed."""
        self._working.remove(child)
        log.warning("worker.died", worker=child.worker, exit_code=child.process.returncode)
        self._plan_after(time.monotonic() - child.since_s)
        self._fill_up()  # First, so that a worker is there when the runs are handed out again.
        self._free(child, held)

    def _free(self, child: Child, held: Held | None) -> None:
        try:
            freed = asyncio.run(self._release(child, held))
            log.info("worker.runs_freed", worker=child.worker, runs=freed)
        except STORE_ERRORS as error:
            log.warning("worker.runs_not_freed", worker=child.worker, error=str(error), then="their leases run out")

    def _plan_after(self, lived_s: float) -> None:
        """Set from when on another may be started, after one that lived so long."""
        self._failed_starts = self._failed_starts + 1 if lived_s < STEADY_AFTER_S else 0
        if self._failed_starts > 1:
            pause_s = min(RESPAWN_FIRST_S * 2 ** min(self._failed_starts - 2, 8), RESPAWN_CAP_S)
            log.info("worker.respawn_waits", seconds=pause_s)
            self._not_before_s = time.monotonic() + pause_s

    async def _release(self, child: Child, held: Held | None) -> int:
        reason = "worker_died" if held is None else "worker_silent"
        async with Engine(self._url, deployment=self._deployment) as engine:
            return await engine.release_worker(child.worker, reason=reason, held=held)

    def _finish(self) -> int:
        """Wait until the children have ended. Kill one that is silent or takes too long, and free its runs."""
        deadline = time.monotonic() + self._hand_over_s + END_S
        forced: list[tuple[Child, Held | None]] = []
        while left := [child for child in self._all() if child.alive]:
            self._wait()
            self._look()
            for child in left:
                if child.alive and (child.silent_s >= ENDING_SILENT_S or time.monotonic() >= deadline):
                    forced.append((child, child.end()))
        for child, held in forced:
            self._free(child, held)
        return 0
