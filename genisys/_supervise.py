"""Worker processes and the parent that watches them: a child that dies is replaced, and its runs are freed at once.

The parent starts its own command again for each child, with the child's worker id in the environment. So the same
code serves `manage.py worker` and `python -m genisys worker`.
"""

from __future__ import annotations

import asyncio
import ctypes
import importlib
import logging
import os
import signal
import subprocess
import sys
import time
from collections.abc import Sequence

import structlog

from ._engine import Engine
from ._store import STORE_ERRORS
from ._worker import HAND_OVER_S, Worker, worker_id

CHILD = "GENISYS_WORKER_CHILD"
PARENT = "GENISYS_WORKER_PARENT"
LOOK_EVERY_S = 0.1
RESPAWN_FIRST_S, RESPAWN_CAP_S = 0.2, 10.0
STEADY_AFTER_S = 10.0

log = structlog.get_logger("genisys.supervise")


def die_with_parent(parent_pid: int) -> None:
    """Ask Linux to end this process when its parent dies (prctl PR_SET_PDEATHSIG); elsewhere nothing."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(1, signal.SIGTERM)
        if os.getppid() != parent_pid:
            sys.exit(0)  # It died before we asked.


def run_worker(
    *,
    redis_url: str,
    deployment: str,
    modules: Sequence[str] = (),
    concurrency: int = 10,
    processes: int = 1,
    hand_over_s: float = HAND_OVER_S,
    per_owner: int = 0,
    secret: str | Sequence[str] = "",
) -> int:
    """Run workers until SIGTERM or Ctrl-C; gives the exit code.

    `modules` are imported in the children for their workflows. `concurrency` is runs at once in each process;
    `hand_over_s` the seconds a stopping worker waits for step boundaries; `per_owner` runs of one owner at once among
    all workers, 0 for no limit; `secret` as for `Worker`.
    """
    child = os.environ.get(CHILD)
    if child:
        die_with_parent(int(os.environ[PARENT]))
        for module in modules:
            importlib.import_module(module)
        worker = Worker(
            redis_url,
            deployment=deployment,
            concurrency=concurrency,
            id=child,
            hand_over_s=hand_over_s,
            per_owner=per_owner,
            secret=secret,
        )
        asyncio.run(_work(worker))
        return 0
    return Supervisor(redis_url, deployment, processes, hand_over_s).run()


async def _work(worker: Worker) -> None:
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, worker.stop)
    await worker.run()
    # Leave at once: everything is handed over, and docket may still wait for a Redis that is gone.
    logging.shutdown()
    os._exit(0)


class Supervisor:
    """Keeps `processes` children of this very command alive.

    A child that dies is told of at once; when its successor begins is another matter, so that a command that cannot
    start does not eat the machine: each death soon after a birth doubles the pause.
    """

    def __init__(self, redis_url: str, deployment: str, processes: int, hand_over_s: float) -> None:
        self._url = redis_url
        self._deployment = deployment
        self._processes = processes
        self._hand_over_s = hand_over_s
        self._children: dict[str, subprocess.Popen[bytes]] = {}
        self._stopping = False
        self._pause = RESPAWN_FIRST_S
        self._spawned = self._next_spawn = time.monotonic()

    def run(self) -> int:
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._stop)
        for _ in range(self._processes):
            self._spawn()
        while not self._stopping:
            time.sleep(LOOK_EVERY_S)
            for worker, child in list(self._children.items()):
                if child.poll() is not None and not self._stopping:
                    self._bury(worker, child.returncode)
            if len(self._children) < self._processes and time.monotonic() >= self._next_spawn and not self._stopping:
                self._spawn()
        return self._finish()

    def _stop(self, *_: object) -> None:
        self._stopping = True
        for child in list(self._children.values()):
            if child.poll() is None:
                child.send_signal(signal.SIGTERM)

    def _spawn(self) -> None:
        name = worker_id()
        env = {**os.environ, CHILD: name, PARENT: str(os.getpid())}
        self._children[name] = child = subprocess.Popen(sys.orig_argv, env=env, start_new_session=True)  # noqa: S603
        self._spawned = time.monotonic()
        if self._stopping:  # The signal came while the child was being made: nobody has told it.
            child.send_signal(signal.SIGTERM)

    def _bury(self, worker: str, code: int) -> None:
        """Free what the dead child held, and plan its successor."""
        del self._children[worker]
        log.warning("worker.died", worker=worker, exit_code=code)
        try:
            freed = asyncio.run(self._free(worker))
            log.info("worker.runs_freed", worker=worker, runs=freed)
        except STORE_ERRORS as error:
            log.warning("worker.runs_not_freed", worker=worker, error=str(error), then="their leases run out")
        if time.monotonic() - self._spawned > STEADY_AFTER_S:
            self._pause = RESPAWN_FIRST_S
            self._next_spawn = time.monotonic()
        else:
            log.info("worker.respawn_waits", seconds=self._pause)
            self._next_spawn = time.monotonic() + self._pause
            self._pause = min(2 * self._pause, RESPAWN_CAP_S)

    async def _free(self, worker: str) -> int:
        async with Engine(self._url, deployment=self._deployment) as engine:
            return await engine.release_worker(worker)

    def _finish(self) -> int:
        deadline = time.monotonic() + self._hand_over_s + 15
        for child in self._children.values():
            try:
                child.wait(timeout=max(0.1, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                child.kill()
                child.wait()
        return 0
