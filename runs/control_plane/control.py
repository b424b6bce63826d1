"""The control plane: watches leases, makes the record follow the logs, starts what could not be, sends webhooks.

Any number of controls may run: each of their acts is idempotent, and what it costs to record an ended run one of them
pays, whichever claims it first. Redis and the database may come and go. What they refuse of one run is put aside
(`set_aside`), and everything behind it goes on.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from datetime import timedelta
from typing import Any
from uuid import uuid4

import structlog
from asgiref.sync import sync_to_async
from django.conf import settings
from django.db import Error as DatabaseError
from django.db import close_old_connections
from django.db.models import Max, QuerySet
from django.dispatch import Signal
from django.utils import timezone

from genisys import RunNotFound, SecretError, StepNotFound
from genisys.host import STORE_ERRORS, Change, Compactor, Engine, RunMeta, Watch, apart
from runs.accounts import notices
from runs.control_plane import projection, retention
from runs.control_plane.pace import AT_REST, Pace
from runs.engines import start_recorded
from runs.models import IS_OPEN, OPEN_STATUSES, Run, RunStatus
from runs.record.archive import IncompleteLog
from runs.record.refused import set_aside
from runs.record.refused.refusals import is_passing
from runs.record.refused.set_aside import What
from runs.record.signals import clock_ticked, turn_given
from runs.webhooks.sender import Sender

log = structlog.get_logger("runs.control_plane.control")

WATCH_EVERY = timedelta(seconds=1)
WATCH_AT_REST = timedelta(seconds=2)
"""A run that a program started without a row must not wait longer for the loss of its worker to be noticed."""
SWEEP_EVERY = timedelta(seconds=2)
COMPACT_EVERY = timedelta(seconds=0.5)
SEND_EVERY = timedelta(seconds=1)
RETAIN_EVERY = timedelta(hours=1)
NOTIFY_EVERY = timedelta(seconds=2)
TICK_EVERY = timedelta(minutes=1)
TURN_EVERY = timedelta(seconds=2)
START_AFTER = timedelta(seconds=3)
"""A younger row may be about to be handed out by the process that recorded it."""
BACKOFF_FIRST = timedelta(seconds=0.5)
BACKOFF_CAP = timedelta(seconds=15)
SWEEP_BATCH = 500
NEWEST = 100
MOST_MOVING = 2000
"""Of more than these at once, control meets each in its turn; what they cost is then counted a little later."""

_SOURCE_GONE = "The run that this one was to go on from was cleared away before it began. Start it as a new run."


class Control:
    """One control process. `run` works until `stop`; tests may call `sweep`, `follow` and `watch.sweep`."""

    def __init__(self, engine: Engine, *, keep_seconds: int | None = None) -> None:
        self.engine = engine
        self.watch = Watch(engine)
        self.compactor = Compactor(engine)
        self.sender = Sender()
        self._keep_seconds = settings.GENISYS_KEEP_FINISHED_SECONDS if keep_seconds is None else keep_seconds
        self._stopping = asyncio.Event()
        self._name = uuid4().hex
        self._pace = Pace()
        self._swept_to = ""
        self._owes_a_sweep = True
        self._aside: set[str] = set()
        """The runs whose record is aside, as of the last sweep."""
        self._refused: dict[str, tuple[str, int]] = {}
        """By run whose record was refused here: the log and its last seq at that time."""

    def stop(self) -> None:
        """Make `run` return as soon as what is being written is written."""
        self.sender.stop()
        self._stopping.set()
        self._pace.stir()

    async def run(self) -> None:
        """Watch, follow, sweep and send until `stop`."""
        log.info("control.started", deployment=self.engine.deployment)
        async with self.sender, asyncio.TaskGroup() as group:
            group.create_task(self._again_and_again("watch", self._watch_once, WATCH_EVERY, WATCH_AT_REST))
            group.create_task(self._again_and_again("sweep", self.sweep_in_turn, SWEEP_EVERY))
            group.create_task(self._again_and_again("compact", self._compact_once, COMPACT_EVERY))
            group.create_task(self._again_and_again("retention", self._retain_once, RETAIN_EVERY))
            group.create_task(self._again_and_again("deliveries", self._forget_deliveries_once, RETAIN_EVERY))
            group.create_task(self._again_and_again("sessions", self._forget_sessions_once, RETAIN_EVERY))
            group.create_task(self._again_and_again("webhooks", self.sender.turn, SEND_EVERY))
            group.create_task(self._again_and_again("notices", self._notify_once, NOTIFY_EVERY))
            group.create_task(self._again_and_again("clock", self.tick, TICK_EVERY))
            group.create_task(self._again_and_again("turns", self.give_turn, TURN_EVERY))
            following = group.create_task(self._follow_changes())
            await self._stopping.wait()
            following.cancel()
        log.info("control.stopped")

    async def _again_and_again(
        self, name: str, act: Callable[[], Awaitable[None]], every: timedelta, at_rest: timedelta = AT_REST
    ) -> None:
        backoff = BACKOFF_FIRST
        while not self._stopping.is_set():
            worked = await self._tried(name, act)
            if not worked:
                self._pace.stir()  # what could not be seen may have changed meanwhile
            wait, backoff = (every, BACKOFF_FIRST) if worked else (backoff, _longer(backoff))
            await self._pace.pause(wait, self._stopping, at_rest)

    async def _tried(self, name: str, act: Callable[[], Awaitable[None]]) -> bool:
        """Do one round; return whether it worked. Whatever goes wrong, the next round comes."""
        try:
            await sync_to_async(close_old_connections)()
            await act()
        except (*STORE_ERRORS, DatabaseError) as error:
            log.warning("control.waiting", loop=name, error=f"{type(error).__name__}: {error}")
            return False
        except Exception:
            log.exception("control.failed", loop=name)
            return False
        return True

    async def _watch_once(self) -> None:
        await self.watch.sweep()

    async def _compact_once(self) -> None:
        await self.compactor.sweep()

    async def _retain_once(self) -> None:
        await retention.remove_old_history(stopping=self._stopping)

    async def _forget_deliveries_once(self) -> None:
        await retention.remove_old_deliveries(stopping=self._stopping)

    async def _forget_sessions_once(self) -> None:
        await retention.remove_ended_sessions(self._stopping)

    async def _notify_once(self) -> None:
        while not self._stopping.is_set() and await notices.send_next():
            pass

    async def tick(self) -> None:
        """Let products do what is due."""
        await _send(clock_ticked)

    async def give_turn(self) -> None:
        """Let whoever has work outside of requests do a piece of it."""
        await _send(turn_given)

    async def _follow_changes(self) -> None:
        """Project changes of status as they come. A change that fails here is met again by the next sweep."""
        backoff = BACKOFF_FIRST
        while not self._stopping.is_set():
            try:
                async for change in self.watch.changes():
                    backoff = BACKOFF_FIRST
                    self._pace.stir()
                    await _to_its_end(self.follow(change))
            except (*STORE_ERRORS, DatabaseError) as error:
                log.warning("control.waiting", loop="changes", error=f"{type(error).__name__}: {error}")
            except Exception:
                log.exception("control.failed", loop="changes")
            await self._pace.pause(backoff, self._stopping)
            backoff = _longer(backoff)

    async def follow(self, change: Change) -> None:
        """Project the run that changed, as it is now."""
        if not change.run_id:
            return  # A nudge: whoever waited has looked by now.
        metas, unreadable = await apart([change.run_id], self.engine.metas)
        for run_id, error in unreadable.items():
            await self._put_aside(run_id, What.RECORD, error)
        for meta in metas.values():
            await self._project(meta, waits_since=change.seq if change.status == RunStatus.WAITING else 0)

    async def sweep(self) -> None:
        """Look once at every row that is open: follow its log, or start what Redis does not know.

        Rows that are made meanwhile are left to the next sweep, or this one might never end.
        """
        newest = await Run.objects.filter(IS_OPEN).aaggregate(pk=Max("pk"))
        await self._know_aside()
        after = ""
        while not self._stopping.is_set():
            rows = await _some(Run.objects.filter(IS_OPEN, pk__gt=after, pk__lte=newest["pk"] or "").order_by("pk"))
            if not rows:
                return
            await self._look_at(rows)
            after = rows[-1].pk

    async def sweep_in_turn(self) -> None:
        """Look at the rows that move, at the newest, and at the next of all the others: as much work however many wait.

        A change of status is followed as it comes. What is left to look for is how far a run has come, and what was
        missed: one of `n` open rows is met again within n / SWEEP_BATCH rounds.
        """
        if self._owes_a_sweep:
            await self.sweep()
        self._owes_a_sweep = True  # where this round fails, as with Redis away, all may be otherwise after it
        open_rows = Run.objects.filter(IS_OPEN)
        await self._know_aside()
        rows = {row.pk: row for row in await _some(open_rows.filter(pk__gt=self._swept_to).order_by("pk"))}
        are_all = not self._swept_to and len(rows) < SWEEP_BATCH
        self._swept_to = max(rows) if len(rows) == SWEEP_BATCH else ""
        if not are_all:
            moving = await _some(open_rows.filter(status=RunStatus.RUNNING).order_by("-pk"), MOST_MOVING)
            newest = await _some(open_rows.order_by("-pk"), NEWEST)
            rows |= {row.pk: row for row in (*moving, *newest)}
        await self._look_at(list(rows.values()))
        if any(row.status != RunStatus.WAITING for row in rows.values()):
            self._pace.stir()
        self._owes_a_sweep = False

    async def _know_aside(self) -> None:
        self._aside = await set_aside.all_of(What.RECORD, What.START)
        self._refused = {run_id: place for run_id, place in self._refused.items() if run_id in self._aside}

    async def _look_at(self, rows: list[Run]) -> None:
        metas, unreadable = await apart([row.pk for row in rows], self.engine.metas)
        for row in rows:
            meta = metas.get(row.pk)
            if row.pk in unreadable:
                await self._put_aside(row.pk, What.RECORD, unreadable[row.pk])
            elif meta is not None:
                if meta.closed or projection.differs(row, meta):
                    await self._project(meta)
            elif timezone.now() - row.created_at > START_AFTER and row.pk not in self._aside:
                await self._start(row.pk)

    async def _project(self, meta: RunMeta, *, waits_since: int = 0) -> None:
        if meta.run_id in self._aside and not self._is_another_end(meta):
            return
        try:
            if not meta.closed:
                await projection.project_open(meta, waits_since)
            elif await self.engine.claim_recording(meta.run_id, self._name):
                await projection.finish(self.engine, meta, keep_seconds=self._keep_seconds)
        except Exception as error:
            if is_passing(error):
                raise
            if isinstance(error, IncompleteLog):
                log.error("run.log_incomplete", run_id=meta.run_id, error=str(error))
            self._refused[meta.run_id] = (meta.log_id, meta.last_seq)
            if meta.closed:
                await projection.end_without_record(self.engine, meta)
            await self._put_aside(meta.run_id, What.RECORD, error)

    def _is_another_end(self, meta: RunMeta) -> bool:
        """Say whether a run that is aside has come to an end that was not tried yet."""
        return meta.closed and self._refused.get(meta.run_id) != (meta.log_id, meta.last_seq)

    async def _put_aside(self, run_id: str, what: What, error: Exception) -> None:
        if run_id not in self._aside or run_id in self._refused:
            self._aside.add(run_id)
            await set_aside.aput(run_id, what, error)

    async def _start(self, run_id: str) -> None:
        """Start a recorded run that Redis does not hold: it was away, or it lost everything."""
        try:
            await self._start_recorded(run_id)
        except Exception as error:
            if is_passing(error):
                raise
            await self._put_aside(run_id, What.START, error)

    async def _start_recorded(self, run_id: str) -> None:
        run = await Run.objects.filter(pk=run_id, status__in=OPEN_STATUSES).afirst()
        if run is None:
            return  # Another control recorded its end between our two looks.
        log.warning("run.started_from_record", run_id=run.pk, workflow=run.workflow)
        try:
            await start_recorded(self.engine, run, unknown=True)
        except (RunNotFound, StepNotFound):
            await projection.fail_unstarted(run, _SOURCE_GONE)
        except SecretError as error:
            await projection.fail_unstarted(run, error.message)


async def _some(rows: QuerySet[Run], most: int = SWEEP_BATCH) -> list[Run]:
    return [row async for row in rows.only("created_at", *projection.SEEN)[:most]]


async def _send(signal: Signal) -> None:
    for receiver, answer in await signal.asend_robust(sender=Control):
        if isinstance(answer, Exception):
            log.error("clock.receiver_failed", receiver=str(receiver), exc_info=answer)


async def _to_its_end(work: Coroutine[Any, Any, None]) -> None:
    """Await `work`; where we are cancelled meanwhile, let it finish first."""
    task = asyncio.create_task(work)
    try:
        await asyncio.shield(task)
    except asyncio.CancelledError:
        await asyncio.wait({task})
        raise


def _longer(backoff: timedelta) -> timedelta:
    return min(backoff * 2, BACKOFF_CAP)
