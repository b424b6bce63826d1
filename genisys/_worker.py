"""A worker: takes runs that are ready, holds their leases, runs them, and hands them over when it is told to stop.

Stateless: whatever it holds can be gone at any moment, and another goes on from the journal.
"""

from __future__ import annotations

import asyncio
import logging
import os
import secrets
import socket
from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta

import structlog
from docket import Worker as DocketWorker

from ._clock import now_ms
from ._engine import Engine
from ._execution import Ending, Execution
from ._hints import TASK, open_docket
from ._keeper import LeaseKeeper
from ._records import Lease, WorkerInfo
from ._store import NEVER_MS, STORE_ERRORS

HAND_OVER_S = 20.0
FULL_WAIT_S = 0.5

log = structlog.get_logger("genisys.worker")

# docket logs a traceback for every connection that Redis drops; the worker says the same in one line.
logging.getLogger("docket").setLevel(logging.CRITICAL)


def worker_id() -> str:
    """Name a worker: host, process and a random part, so that no two processes ever share one."""
    return f"{socket.gethostname()}:{os.getpid()}:{secrets.token_hex(3)}"


def _soon(loop: asyncio.AbstractEventLoop, act: Callable[..., None], *args: object) -> None:
    loop.call_soon_threadsafe(act, *args)


class Worker:
    """Runs the workflows registered in this process. `run` returns once `stop` was called and every run handed over.

    `secret` (one, or several, the newest first) is what the runs' secrets are sealed with: the same as the engines'.
    """

    def __init__(
        self,
        redis_url: str,
        *,
        deployment: str = "dev",
        concurrency: int = 10,
        id: str | None = None,
        hand_over_s: float = HAND_OVER_S,
        secret: str | Sequence[str] = "",
    ) -> None:
        self.id = id or worker_id()
        self._url = redis_url
        self._deployment = deployment
        self._concurrency = concurrency
        self._hand_over_s = hand_over_s
        self._started_ms = now_ms()
        self._held: dict[str, Execution] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._slots = asyncio.Semaphore(concurrency)
        self._stopping = asyncio.Event()
        self._engine = Engine(redis_url, deployment=deployment, secret=secret)

    async def run(self) -> None:
        """Work until `stop`. Redis may come and go meanwhile."""
        loop = asyncio.get_running_loop()
        keeper = LeaseKeeper(
            self._url,
            describe=self._describe,
            on_lost=lambda lease: _soon(loop, self._tell, lease, Execution.lose),
            on_cancel=lambda lease: _soon(loop, self._tell, lease, Execution.cancel),
            on_signal=lambda lease, signals: _soon(loop, self._tell, lease, lambda run: run.signal(signals)),
            slots=self._engine.store.slots,
        )
        self._keeper = keeper
        keeper.start()
        log.info(
            "worker.started",
            worker=self.id,
            pid=os.getpid(),
            deployment=self._deployment,
            concurrency=self._concurrency,
        )
        listening = asyncio.create_task(self._listen())
        try:
            await self._stopping.wait()
            listening.cancel()
            await self._hand_over()
            # docket may go on waiting for a Redis that is gone; nobody waits for docket.
            await asyncio.wait({listening}, timeout=3)
        finally:
            listening.cancel()
            keeper.stop()
            try:
                await self._engine.store.forget_worker(self.id)
            except STORE_ERRORS as error:
                log.info("worker.unregistered_later", error=str(error))
            await self._engine.close()
            log.info("worker.stopped", worker=self.id)

    def stop(self) -> None:
        """Take no new run, hand over those that are held, then return from `run`."""
        self._stopping.set()

    def _describe(self) -> WorkerInfo:
        return WorkerInfo(
            id=self.id,
            host=socket.gethostname(),
            pid=os.getpid(),
            deployment=self._deployment,
            concurrency=self._concurrency,
            started_ms=self._started_ms,
            beat_ms=now_ms(),
            runs=tuple(self._held),
            draining=self._stopping.is_set(),
        )

    def _tell(self, lease: Lease, act: Callable[[Execution], None]) -> None:
        execution = self._held.get(lease.run_id)
        if execution is not None and execution.lease == lease:
            act(execution)

    # Hints in

    async def _listen(self) -> None:
        """Take hints from docket; begin again whenever it loses Redis. Runs go on meanwhile."""
        while not self._stopping.is_set():
            try:
                async with open_docket(self._deployment, self._url) as docket:
                    docket.register(self._task(), names=[TASK])
                    async with DocketWorker(
                        docket,
                        name=self.id,
                        concurrency=max(2, self._concurrency),
                        redelivery_timeout=timedelta(seconds=10),
                        minimum_check_interval=timedelta(milliseconds=50),
                        scheduling_resolution=timedelta(milliseconds=100),
                        reconnection_delay=timedelta(seconds=1),
                        schedule_automatic_tasks=False,
                    ) as worker:
                        await worker.run_forever()
            except STORE_ERRORS as error:
                log.info("hints.waiting", error=str(error))
            except Exception:
                log.exception("hints.failed")
            await asyncio.sleep(0.5)

    def _task(self) -> Callable[[str], Awaitable[None]]:
        async def genisys_run(run_id: str) -> None:
            try:
                await self._take(run_id)
            except STORE_ERRORS as error:
                log.info("hint.lost", run_id=run_id, error=str(error), then="the watch hints again")
            except Exception:
                log.exception("hint.failed", run_id=run_id)

        return genisys_run

    async def _take(self, run_id: str) -> None:
        """Take the run if there is a place and its lease is free. Never waits for the run itself."""
        if run_id in self._held or self._stopping.is_set():
            if self._stopping.is_set():
                await self._put_back(run_id)
            return
        try:
            await asyncio.wait_for(self._slots.acquire(), FULL_WAIT_S)
        except TimeoutError:
            await self._put_back(run_id)
            return
        execution: Execution | None = None
        try:
            execution = await self._acquire(run_id)
        finally:
            if execution is None:
                self._slots.release()
        if execution is not None:
            task = asyncio.create_task(self._attempt(execution), name=f"attempt {run_id}")
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _put_back(self, run_id: str) -> None:
        """Leave the run to another worker, or to a later moment: it is due again at once."""
        await self._engine.store.look_again(run_id, now_ms() + 500)

    async def _acquire(self, run_id: str) -> Execution | None:
        lease = await self._engine.store.acquire(run_id, self.id)
        if isinstance(lease, str):
            log.debug("hint.dropped", run_id=run_id, why=lease)
            return None
        execution = Execution(self._engine.store, lease, ring=self._engine.ring)
        self._held[run_id] = execution
        self._keeper.hold(lease)
        return execution

    # One attempt

    async def _attempt(self, execution: Execution) -> None:
        run_id = execution.lease.run_id
        log.info(
            "attempt.started",
            run_id=run_id,
            attempt=execution.lease.attempt,
            workflow=execution.workflow,
            worker=self.id,
            pid=os.getpid(),
        )
        ending = Ending.LOST
        try:
            ending = await execution.run()
        except Exception:
            log.exception("attempt.broke", run_id=run_id)
        finally:
            self._keeper.drop(execution.lease)
            self._held.pop(run_id, None)
            self._slots.release()
        log.info("attempt.ended", run_id=run_id, attempt=execution.lease.attempt, ending=ending.value)
        if ending in (Ending.HANDED_OVER, Ending.SUSPENDED):
            await self._hint_on(execution)

    async def _hint_on(self, execution: Execution) -> None:
        """Hint at the run that was left, for when it is due. The watch does the same, later."""
        lease, due_ms = execution.lease, execution.due_ms
        if due_ms != NEVER_MS:
            await self._engine.hint(lease.run_id, deployment=self._deployment, attempt=lease.attempt, at_ms=due_ms)

    async def _hand_over(self) -> None:
        """Leave every run at its next step boundary; at the deadline, in mid-step."""
        for execution in list(self._held.values()):
            execution.hand_over()
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=self._hand_over_s)
        for execution in list(self._held.values()):
            execution.hand_over_now()
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=10)
