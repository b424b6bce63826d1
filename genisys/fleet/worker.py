"""A worker: takes runs that are ready, holds their leases, runs them, and hands them over when it is told to stop.

Stateless: what it holds may be lost at any moment, and another worker goes on from the journal.
"""

from __future__ import annotations

import asyncio
import logging
import os
import secrets
import socket
import time
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from typing import Any

from ..core import registry
from ..core.clock import now_ms
from ..core.logs import Logger
from ..engine.engine import Engine
from ..engine.wakeups import TASK, listener, open_docket
from ..execution.containment import task_in_run
from ..execution.execution import Ending, Execution
from ..execution.turns import here
from ..redis_io.errors import STORE_ERRORS, store_is_away
from ..redis_io.keys import LEASE_S, NEVER_MS
from ..store.records import Lease, RunMeta, WorkerInfo
from .lease_keeper import LeaseKeeper, checked_lease
from .manifest import register
from .stall import Alone, StallWatch
from .standing import OtherWorkers

HAND_OVER_S = 20.0
LET_GO_S = 2.0
"""How long the code of a run that was given up in mid-step has to end. What it does then is not recorded."""
BACKLOG = 1000
"""Runs that a full worker remembers. The watch finds those beyond it."""

log = Logger("genisys.worker")

# docket logs a traceback for every connection that Redis drops; the worker logs one line for it.
logging.getLogger("docket").setLevel(logging.CRITICAL)


def worker_id() -> str:
    """Return a worker's name: host, process and a random part, so that no two processes ever share one."""
    return f"{socket.gethostname()}:{os.getpid()}:{secrets.token_hex(3)}"


# The keeper's callbacks come in its own thread; attempts may only be touched on the loop.
def _soon(loop: asyncio.AbstractEventLoop, act: Callable[..., None], *args: object) -> None:
    loop.call_soon_threadsafe(act, *args)


class Worker:
    """Runs the workflows registered in this process. `run` returns once `stop` was called and every run handed over.

    `concurrency` is runs at once here; `per_owner` runs of one owner at once among all workers, 0 for no limit.
    `lease_s` is how many seconds its runs stay its own when nothing is heard of it: the shorter, the less a lost host
    costs; the longer, the more easily a host that is out of reach for a moment keeps its runs.
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
        lease_s: float = LEASE_S,
        per_owner: int = 0,
        secret: str | Sequence[str] = "",
    ) -> None:
        self.id = id or worker_id()
        self._url = redis_url
        self._deployment = deployment
        self._concurrency = concurrency
        self._hand_over_s = hand_over_s
        self._lease_s = checked_lease(lease_s)
        self._started_ms = now_ms()
        self._held: dict[str, Execution] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._slots = asyncio.Semaphore(concurrency)
        self._taking: set[str] = set()
        self._alone = Alone()
        self._backlog: dict[str, None] = {}
        self._stopping = asyncio.Event()
        self._drains = False
        self._engine = Engine(redis_url, deployment=deployment, secret=secret, per_owner=per_owner, lease_s=lease_s)
        self._others = OtherWorkers(self._engine, self.id, deployment)

    async def run(self) -> None:
        """Work until `stop`. Redis may come and go meanwhile."""
        self._begin()
        try:
            await self._stopping.wait()
            self._listening.cancel()
            await self._hand_over()
            await self._put_back(*self._backlog)
            # docket may go on waiting for a Redis that is gone: it gets a second and no more.
            await asyncio.wait({self._listening}, timeout=1)
        finally:
            self._listening.cancel()
            self._giving_up.cancel()
            self._keeper.stop()  # before the worker is forgotten: a heartbeat would register it again
            await self._unregister()
            await self._engine.close()
            self._stalls.stop()  # last: the supervisor must see until the end that this process moves
            log.info("worker.stopped", worker=self.id)

    def _begin(self) -> None:
        loop = asyncio.get_running_loop()
        loop.set_task_factory(task_in_run)
        self._keeper = self._new_keeper(loop)
        self._stalls = StallWatch(here, self._keeper.hurry, lease_s=self._lease_s, is_free=self._is_free)
        self._stalls.start()
        self._keeper.start()
        self._giving_up = asyncio.create_task(self._keeper.give_up_in_time())
        facts = {"deployment": self._deployment, "concurrency": self._concurrency}
        log.info("worker.started", worker=self.id, pid=os.getpid(), **facts)
        self._listening = asyncio.create_task(self._listen())

    def _new_keeper(self, loop: asyncio.AbstractEventLoop) -> LeaseKeeper:
        return LeaseKeeper(
            self._url,
            lease_s=self._lease_s,
            describe=self._describe,
            on_lost=lambda lease: _soon(loop, self._apply, lease, Execution.lose),
            on_cancel=lambda lease: _soon(loop, self._apply, lease, Execution.cancel),
            on_signal=lambda lease, signals: _soon(loop, self._apply, lease, lambda run: run.signal(signals)),
            slots=self._engine.store.slots,
            places=self._engine.owner_queue.limit > 0,
            is_blocked=lambda: self._stalls.stall is not None,
            on_drain=lambda drains: _soon(loop, self._drain, drains),
        )

    async def _unregister(self) -> None:
        try:
            await self._engine.store.forget_worker(self.id)
        except STORE_ERRORS as error:
            log.info("worker.unregistered_later", error=str(error))

    def stop(self) -> None:
        """Take no new run, hand over those that are held, then return from `run`."""
        self._stopping.set()

    @property
    def _takes_none(self) -> bool:
        return self._drains or self._stopping.is_set()

    def _is_free(self) -> bool:
        return not (self._held or self._taking or self._tasks)

    def _drain(self, drains: bool) -> None:
        """Take no more runs, and leave those that are held at their next step boundary, however long that takes: what a
        step has paid for is not thrown away. Or take runs again.
        """
        if drains == self._drains or self._stopping.is_set():
            return
        self._drains = drains
        log.info("worker.drains" if drains else "worker.takes_runs_again", worker=self.id, runs=len(self._held))
        if not drains:
            self._listening = asyncio.create_task(self._listen())
            return
        self._listening.cancel()
        left = list(self._backlog)
        self._backlog.clear()
        self._spawn(self._put_back(*left), "put back")
        for execution in list(self._held.values()):
            execution.hand_over()
        self._keeper.hurry()

    def _describe(self) -> WorkerInfo:
        held = dict(self._held)
        stall = self._stalls.stall
        return WorkerInfo(
            id=self.id,
            host=socket.gethostname(),
            pid=os.getpid(),
            deployment=self._deployment,
            concurrency=self._concurrency,
            started_ms=self._started_ms,
            beat_ms=now_ms(),
            runs=tuple(held),
            draining=self._takes_none,
            stopping=self._stopping.is_set(),
            blocked_ms=0 if stall is None else round((time.monotonic() - stall.since_s) * 1000),
            blocked_by="" if stall is None else stall.run_id,
            blocked_step="" if stall is None else stall.step,
            marks={run_id: execution.writer.last_mark_ms for run_id, execution in held.items()},
        )

    def _apply(self, lease: Lease, act: Callable[[Execution], None]) -> None:
        execution = self._held.get(lease.run_id)
        # The run may have been dropped and taken again meanwhile: what is said of the old lease is not of the new one.
        if execution is not None and execution.lease == lease:
            act(execution)

    # Wakeups in

    async def _listen(self) -> None:
        """Take wakeups from docket; begin again whenever it loses Redis. Runs go on meanwhile."""
        while not self._takes_none:
            try:
                # Each time: a Redis that comes back empty has forgotten the deployment.
                await register(self._engine.store, self._deployment)
                async with open_docket(self._deployment, self._url) as opened:
                    opened.register(self._task(), names=[TASK])
                    async with listener(opened, self.id, self._concurrency) as heard:
                        await heard.run_forever()
            except Exception as error:
                if store_is_away(error):
                    log.info("wakeups.waiting", error=str(error))
                else:
                    log.exception("wakeups.failed")
            await asyncio.sleep(0.5)

    def _task(self) -> Callable[[str], Awaitable[None]]:
        async def genisys_run(run_id: str) -> None:
            # No error reaches docket: the watch sends another wakeup, so docket need not try again.
            try:
                await self._take(run_id)
            except STORE_ERRORS as error:
                log.info("wakeup.lost", run_id=run_id, error=str(error), then="the watch sends another")
            except Exception:
                log.exception("wakeup.failed", run_id=run_id)

        return genisys_run

    async def _take(self, run_id: str) -> None:
        """Take the run if there is a place and its lease is free. Never waits for the run itself."""
        if self._takes_none:
            await self._put_back(run_id)
            return
        if run_id in self._held:
            return
        if self._slots.locked():
            await self._take_later(run_id)
            return
        if self._alone.is_reserved(self._held):
            await self._engine.store.look_again(run_id, now_ms() + 500)
            return
        await self._slots.acquire()
        execution = await self._take_into_slot(run_id)
        if execution is not None:
            if self._drains:  # It was asked to while it took the run.
                execution.hand_over()
            self._spawn(self._attempt(execution), f"attempt {run_id}")

    async def _take_into_slot(self, run_id: str) -> Execution | None:
        """Take the run into the slot that is kept for it; the slot is free again where it is not taken."""
        execution: Execution | None = None
        self._taking.add(run_id)  # seen where another would be alone: a run that is being taken is not held yet
        self._stalls.rouse()
        try:
            execution = await self._acquire(run_id)
        finally:
            self._taking.discard(run_id)
            if execution is None:
                self._alone.leave(run_id)
                self._free_slot()
        return execution

    def _spawn(self, work: Coroutine[Any, Any, None], name: str) -> None:
        task = asyncio.create_task(work, name=name)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _take_later(self, run_id: str) -> None:
        """Remember the run for when a slot here is free, and pass the wakeup on to a worker that has one now."""
        is_new = run_id not in self._backlog and len(self._backlog) < BACKLOG
        if is_new:
            self._backlog[run_id] = None
        if await self._others.have_room():
            await self._engine.wake_anew(run_id, deployment=self._deployment)
        elif is_new:
            await self._engine.store.look_again(run_id, now_ms() + 500)

    def _free_slot(self) -> None:
        self._slots.release()
        if self._backlog and not self._takes_none:
            run_id = next(iter(self._backlog))
            del self._backlog[run_id]
            self._spawn(self._take_again(run_id), f"take {run_id}")

    async def _take_again(self, run_id: str) -> None:
        try:
            await self._take(run_id)
        except STORE_ERRORS as error:
            log.info("wakeup.dropped", run_id=run_id, why=str(error))

    async def _put_back(self, *run_ids: str) -> None:
        """Leave runs to other workers: they are due at once."""
        try:
            await self._engine.store.look_again_at(run_ids, now_ms())
        except STORE_ERRORS as error:
            log.info("wakeup.dropped", runs=len(run_ids), why=str(error))

    async def _acquire(self, run_id: str) -> Execution | None:
        """Take a place among the owner's runs, then the lease. Return None where the run is not for this worker now."""
        store, queue = self._engine.store, self._engine.owner_queue
        meta = await self._known(run_id)
        if meta is None:
            return None
        if meta.silenced and not self._alone.reserve(run_id, self._held.keys() | self._taking - {run_id}):
            log.debug("wakeup.dropped", run_id=run_id, why="it must be alone")
            await store.look_again(run_id, now_ms() + 500)
            return None
        if not await queue.ask(meta):
            log.debug("wakeup.dropped", run_id=run_id, why="in line")
            return None
        asked_s = time.monotonic()
        lease = await store.acquire(run_id, self.id, self._deployment)
        if isinstance(lease, str):
            log.debug("wakeup.dropped", run_id=run_id, why=lease)
            if lease != "held":  # Whoever holds the run holds its place too.
                await queue.leave(meta)
            return None
        execution = Execution(store, lease, ring=self._engine.ring)
        self._held[run_id] = execution  # before the keeper has it: its callbacks look here
        self._keeper.hold(lease, asked_s)
        return execution

    async def _known(self, run_id: str) -> RunMeta | None:
        """Return the run's meta where it is of this deployment and its workflow is known here."""
        meta = await self._engine.store.meta(run_id)
        if meta is None or meta.deployment != self._deployment:
            log.debug("wakeup.dropped", run_id=run_id, why="missing" if meta is None else "moved")
            return None
        if meta.workflow not in registry.workflows():
            # Another worker of this deployment may know it. Until then it must not block its owner's other runs.
            log.warning("workflow.unknown", run_id=run_id, workflow=meta.workflow)
            await self._engine.owner_queue.leave(meta)
            return None
        return meta

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
        ending = await self._run_held(execution)
        log.info("attempt.ended", run_id=run_id, attempt=execution.lease.attempt, ending=ending.value)
        try:
            await self._after(execution, ending)
        except STORE_ERRORS as error:
            log.info("attempt.told_later", run_id=run_id, error=str(error))

    async def _run_held(self, execution: Execution) -> Ending:
        """Run the attempt, then let go of the run and its slot."""
        run_id = execution.lease.run_id
        try:
            return await execution.run()
        except Exception:
            log.exception("attempt.broke", run_id=run_id)
            return Ending.LOST
        finally:
            self._keeper.drop(execution.lease)
            self._held.pop(run_id, None)
            self._alone.leave(run_id)
            self._free_slot()

    async def _after(self, execution: Execution, ending: Ending) -> None:
        """Wake what comes next: the owner's next run, or this one for when it is due. If this fails, the watch does it.

        A run that is handed over keeps its place: the next worker takes it with the run.
        """
        if ending not in (Ending.HANDED_OVER, Ending.LOST):
            await self._engine.owner_queue.leave(execution.meta)
        if ending in (Ending.HANDED_OVER, Ending.SUSPENDED) and execution.due_ms != NEVER_MS:
            meta, attempt = execution.meta, execution.lease.attempt
            await self._engine.wake(meta.run_id, deployment=meta.deployment, attempt=attempt, at_ms=execution.due_ms)

    async def _hand_over(self) -> None:
        """Leave every run at its next step boundary; at the deadline, in mid-step."""
        for execution in list(self._held.values()):
            execution.hand_over()
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=self._hand_over_s)
        for execution in list(self._held.values()):
            execution.hand_over_now()
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=LET_GO_S)
