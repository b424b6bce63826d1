"""One attempt at a run: replay the journal, run the workflow, write how it ended."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from enum import Enum
from typing import Any

import structlog
from pydantic_core import to_json

from . import _codec, _registry
from ._checkpoint import rerun
from ._records import Lease
from ._scope import ROOT, Scope, current
from ._store import NEVER_MS, STORE_ERRORS, RunStore
from ._waiting import Waits
from ._writer import LogWriter
from .errors import Interrupt, LeaseLost, RunCancelled, RunHandedOver, RunSuspended, StepFailed, describe

BARREN_ATTEMPTS = 3

log = structlog.get_logger("genisys.execution")


class Ending(Enum):
    """How an attempt ended."""

    COMPLETED = "completed"
    FAILED = "failed"
    CANCELLED = "cancelled"
    HANDED_OVER = "handed over"
    SUSPENDED = "suspended"
    LOST = "lost"


class Execution:
    """One attempt, from its lease to its end. Make one for each attempt and call `run` once."""

    def __init__(self, store: RunStore, lease: Lease, *, waits: Callable[..., Waits] = Waits) -> None:
        self.store = store
        self.lease = lease
        self.workflow = lease.meta.workflow
        self.journal = lease.journal
        self.inbox = lease.inbox
        self.meta = lease.meta
        self.waits = waits(self._leave)
        self._signals = lease.meta.signals
        self.objects: dict[str, Any] = {}
        self._left: dict[str, Any] = {}
        self.due_ms: int | None = None
        self._reading: asyncio.Task[None] | None = None
        self.writer = LogWriter(store, lease, on_lost=self._lose, on_cancel=self.cancel, on_signal=self.signal)
        self._task: asyncio.Task[Ending] | None = None
        self._ending = False
        self._why: type[Interrupt] | None = RunCancelled if lease.meta.cancel_requested else None

    # Asked from outside

    def cancel(self) -> None:
        """End the run as cancelled: the code that runs now is interrupted where it awaits."""
        self._interrupt(RunCancelled)

    def hand_over(self) -> None:
        """Give the run up at its next step boundary; at once where it only waits."""
        if self._why is None:
            self._why = RunHandedOver
            if self.waits.idle:
                self._cancel_task()

    def signal(self, signals: int) -> None:
        """Look what the run was sent: an answer, a consent, a pause."""
        if signals != self._signals and (self._reading is None or self._reading.done()):
            self._signals = signals
            self._reading = asyncio.create_task(self._read_signals(), name=f"signals {self.lease.run_id}")

    async def _read_signals(self) -> None:
        try:
            meta, self.inbox = await self.store.signals(self.lease.run_id)
        except STORE_ERRORS:
            self._signals = -1  # The next renewal asks again.
            return
        self.meta = meta or self.meta
        self._signals = self.meta.signals
        if self.meta.deployment != self.lease.meta.deployment:
            self.hand_over()
        if self.meta.paused and self._why is None:
            self._why = RunSuspended
            if self.waits.idle:
                self._cancel_task()
        self.waits.wake()

    def _leave(self) -> None:
        """Let the run wait without a worker. Called when nothing but waiting goes on."""
        if self._why is None:
            self._why = RunSuspended
            self._left = self.waits.told()
            self._cancel_task()

    def hand_over_now(self) -> None:
        """Give the run up in mid-step: the deadline has come."""
        if self._why in (None, RunHandedOver):
            self._why = RunHandedOver
            self._cancel_task()

    def lose(self) -> None:
        """Stop at once without writing: the lease is another's."""
        self._lose()

    def _lose(self) -> None:
        self._interrupt(LeaseLost)

    def _interrupt(self, why: type[Interrupt]) -> None:
        if self._why is not LeaseLost:
            self._why = why
            self._cancel_task()

    def _cancel_task(self) -> None:
        if self._task is not None and not self._task.done() and not self._ending:
            self._task.cancel()

    # Asked by steps

    def boundary(self) -> None:
        """The place between two steps where a run can be left. Raises the pending interrupt."""
        if self._why is not None:
            raise self._why

    def inbox_has(self, field: str) -> bool:
        """Say whether the run was sent something under that name."""
        return field in self.inbox

    def memory_of(self, key: str) -> dict[str, Any]:
        """Give what the step wrote down of itself."""
        raw = self.journal.get("!" + key)
        return dict(_codec.unpack(raw)) if raw else {}

    def said(self, key: str) -> int:
        """Give how many emissions of that scope's body the log already holds."""
        raw = self.journal.get("~" + key)
        return int(raw) if raw else 0

    # The attempt

    async def run(self) -> Ending:
        """Run the attempt to its end and give how it ended. Raises nothing but CancelledError of the caller."""
        self._task = asyncio.create_task(self._attempt(), name=f"run {self.lease.run_id}")
        try:
            return await self._task
        except asyncio.CancelledError:
            self._cancel_task()
            raise
        finally:
            self.waits.stop()
            if self._reading is not None:
                self._reading.cancel()
            await self.writer.stop()

    async def _attempt(self) -> Ending:
        try:
            try:
                output = await self._body()
            except (asyncio.CancelledError, Interrupt) as signal:
                return await self._interrupted(signal)
            except Exception as error:
                return await self._failed(error)
            self.writer.record("@output", _codec.pack(output, where=f"Workflow {self.workflow!r}"))
            await self._end("run.completed", "completed", output=output if _is_small(output) else None)
            return Ending.COMPLETED
        except LeaseLost:
            return Ending.LOST
        except asyncio.CancelledError as signal:
            try:
                return await self._interrupted(signal)
            except LeaseLost:
                return Ending.LOST

    async def _body(self) -> Any:
        self.boundary()
        self.writer.begin("running")
        self.writer.emit("run.started", worker=self.lease.worker)
        if self.lease.barren >= BARREN_ATTEMPTS:
            raise StepFailed(
                f"{BARREN_ATTEMPTS} workers in a row stopped while they ran this, before any step was finished. "
                "What was done before is kept. It was stopped so that it does no more harm; "
                "retry it when the cause is mended.",
                kind="PoisonRun",
                step_name=self.workflow,
                permanent=True,
            )
        workflow = _registry.find(self.workflow)
        data = _codec.unpack(self.journal["@input"])
        request = _codec.decode(data, workflow.input_type, where=f"Workflow {self.workflow!r}, input")
        scope = Scope(self, ROOT, self.workflow, self.said(ROOT))
        token = current.set(scope)
        try:
            result = await rerun(scope, lambda: workflow.body(request))
        finally:
            current.reset(token)
        return _codec.encode(result, workflow.output_type, where=f"Workflow {self.workflow!r}, result")

    async def _interrupted(self, signal: BaseException) -> Ending:
        self._ending = True
        why = type(signal) if isinstance(signal, Interrupt) else self._why
        if why is RunCancelled:
            await self._end("run.cancelled", "cancelled")
            return Ending.CANCELLED
        if why is RunHandedOver:
            self.writer.emit("run.handed_over")
            if self.meta.deployment != self.lease.meta.deployment:
                self.writer.emit("run.resumed", reason="moved", deployment=self.meta.deployment)
            await self.writer.close_with(status="", terminal=False, release=True, meta={"handed": "1"})
            return Ending.HANDED_OVER
        if why is RunSuspended:
            await self._suspend()
            return Ending.SUSPENDED
        if why is LeaseLost:
            return Ending.LOST
        raise signal

    async def _suspend(self) -> None:
        """Write what the run waits for, and when it has to be taken up again."""
        facts: dict[str, Any] = {"reason": "paused", "until": 0} if self.meta.paused else self._left
        self.due_ms = facts["until"] or NEVER_MS
        self.writer.emit("run.waiting", **facts)
        meta = {"handed": "1", "waiting": to_json(facts).decode()}
        await self.writer.close_with(
            status="waiting", terminal=False, release=True, meta=meta, due_ms=self.due_ms, signals_known=self._signals
        )

    async def _failed(self, error: Exception) -> Ending:
        if not isinstance(error, StepFailed):
            log.error("run.failed", run_id=self.lease.run_id, workflow=self.workflow, exc_info=error)
        await self._end("run.failed", "failed", error=describe(error))
        return Ending.FAILED

    async def _end(self, type_: str, status: str, **fields: Any) -> None:
        self._ending = True
        self.writer.emit(type_, **{name: value for name, value in fields.items() if value is not None})
        await self.writer.close_with(status=status, terminal=True, release=False, meta={})


def _is_small(output: Any) -> bool:
    return len(_codec.pack(output, where="output")) < 32 * 1024
