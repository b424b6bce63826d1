"""One attempt at a run: replay the journal, run the workflow, write how it ended."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from enum import Enum
from typing import Any

from pydantic_core import to_json

from ..core import codec, registry
from ..core.definitions import place_of
from ..core.logs import Logger
from ..core.secret_types import Holds, adapter_of
from ..errors import (
    Interrupt,
    LeaseLost,
    Restored,
    RunBroken,
    RunCancelled,
    RunHandedOver,
    RunSuspended,
    SecretError,
    StepFailed,
    describe,
)
from ..journal import fields
from ..journal.fault import is_fault, traceback_of
from ..journal.held_steps import HeldSteps
from ..limits.slots import patiently
from ..redis_io import errors as store_errors
from ..redis_io.keys import NEVER_MS
from ..secrets.keyring import NO_KEY, KeyRing
from ..secrets.run_data import RunData
from ..secrets.run_secrets import RunSecrets
from ..store.protocol import RunStore
from ..store.records import Lease
from . import turns
from .checkpoint import rerun
from .containment import ordinary
from .log_writer import LogWriter
from .scope import ROOT, Scope, current
from .waits import Waits

MOST_ATTEMPTS_WITHOUT_PROGRESS = 5
"""Attempts in a row without a finished step after which the run itself is taken for the cause.

Every run that a dying worker held is counted, so innocent runs are counted too: in a bad hour up to three in a row.
"""

SHOWN_OUTPUT_BYTES = 32 * 1024
"""A larger output is in the journal only, not on the closing event."""

log = Logger("genisys.execution")


class Ending(Enum):
    """How an attempt ended."""

    COMPLETED = "completed"
    FAILED = "failed"
    CANCELLED = "cancelled"
    HANDED_OVER = "handed over"
    SUSPENDED = "suspended"
    LOST = "lost"


class Execution(RunData):
    """One attempt, from its lease to its end. Make one for each attempt and call `run` once."""

    def __init__(
        self, store: RunStore, lease: Lease, *, waits: Callable[..., Waits] = Waits, ring: KeyRing | None = None
    ) -> None:
        super().__init__(ring or KeyRing())
        self.store = store
        self.lease = lease
        self.workflow = lease.meta.workflow
        self.journal = lease.journal
        self.held = HeldSteps(lease.journal)
        self.inbox = lease.inbox
        self.meta = lease.meta
        self.waits = waits(self._leave)
        self._signals = lease.meta.signals
        self.objects: dict[str, Any] = {}
        self._left: dict[str, Any] = {}
        self.due_ms: int | None = None
        self.steps_begun = 0
        self._bodies: dict[str, Callable[..., Any]] = {}
        self._reading: asyncio.Task[None] | None = None
        self._broken: RunBroken | None = None
        self._caller: asyncio.Task[Any] | None = None
        self.writer = LogWriter(
            store,
            lease,
            on_lost=self.lose,
            on_cancel=self.cancel,
            on_signal=self.signal,
            on_broken=self._break,
        )
        self._task: asyncio.Task[Ending] | None = None
        self._ending = False
        self._why: type[Interrupt] | None = RunCancelled if lease.meta.cancel_requested else None

    # What workers and the store ask of it
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
        """Read what the run was sent: an answer, a consent, a pause."""
        if signals != self._signals and (self._reading is None or self._reading.done()):
            self._reading = asyncio.create_task(self._read_signals(), name=f"signals {self.lease.run_id}")

    async def _read_signals(self) -> None:
        try:
            meta, self.inbox = await self.store.signals(self.lease.run_id)
        except store_errors.STORE_ERRORS:
            return  # The count is still another, so the next renewal reads again.
        self.meta = meta or self.meta
        # Known only now that it was read: what a run rests for, and what it knew then, are written as one.
        self._signals = self.meta.signals
        if self.meta.deployment != self.lease.meta.deployment:
            self.hand_over()  # It was moved, and only workers of its new deployment may carry it on.
        if self.meta.paused and self._why is None:
            self._why = RunSuspended
            if self.waits.idle:
                self._leave_for(self.waits.described())
        elif not self.meta.paused and self._why is RunSuspended and not self._left:
            self._why = None  # Told to go on before it came to a boundary.
        self.waits.wake()

    def _leave(self) -> None:
        """Let the run wait without a worker. Called when it does nothing but wait."""
        if self._why is None:
            self._why = RunSuspended
            self._leave_for(self.waits.described())

    def _leave_for(self, wait: dict[str, Any]) -> None:
        self._left = wait
        self._cancel_task()

    def hand_over_now(self) -> None:
        """Give the run up in mid-step: the deadline has come."""
        if self._why in (None, RunHandedOver):
            self._why = RunHandedOver
            self._cancel_task()

    def lose(self) -> None:
        """Stop at once without writing: the lease is another's."""
        self._interrupt(LeaseLost)

    def _break(self, broken: RunBroken) -> None:
        """End the run as failed: a part of it could not be written, so what comes after it must not be."""
        self._broken = self._broken or broken
        self._interrupt(RunBroken)

    def _interrupt(self, why: type[Interrupt]) -> None:
        # Once the lease is lost nothing may be written, so no later reason replaces it.
        if self._why is not LeaseLost:
            self._why = why
            self._cancel_task()

    def _cancel_task(self) -> None:
        # An end that is being written is left alone: it is one batch, and the lease goes with it.
        if self._task is not None and not self._task.done() and not self._ending:
            self._task.cancel()

    # What steps ask of it

    def boundary(self) -> None:
        """The place between two steps where a run can be left. Raises the pending interrupt."""
        if self._why is not None:
            raise self._why

    def one_of_a_name(self, name: str, body: Callable[..., Any]) -> None:
        """Raise ValueError where another component has that name in this run: each would get the other's results."""
        # A component made inside a body is a new function each time, so the place in the source decides.
        known = self._bodies.setdefault(name, body)
        if known is not body and place_of(known) != place_of(body):
            raise ValueError(
                f"Two components of this run are named {name!r}: {place_of(known)} and {place_of(body)}. "
                'On a replay each would get the results of the other. Name one of them anew: @component(name="…")'
            )

    def inbox_has(self, field: str) -> bool:
        """Return whether the run was sent something under that name."""
        return field in self.inbox

    def learn(self, values: set[str]) -> None:
        """Hide these secrets from now on, wherever in the run they appear. Raises SecretError."""
        if not values:
            return
        if self.secrets is None:
            self._hide(RunSecrets(self.ring))
        assert self.secrets is not None
        if self.secrets.learn(values):
            self.journal[fields.SECRETS] = kept = self.secrets.kept()
            self.writer.record(fields.SECRETS, kept)

    def _hide(self, secrets: RunSecrets) -> None:
        self.secrets = self.writer.secrets = secrets

    def memory_of(self, key: str) -> dict[str, Any]:
        """Return what the step has remembered of itself, {} where that is nothing."""
        raw = self.journal.get(fields.memory_of(key))
        return dict(self.opened(raw)) if raw else {}

    async def recorded(self, key: str) -> Any:
        """Return the record of a finished step. Raises LeaseLost where a Redis that was restarted has lost it."""
        if (held := self.held.record(key)) is not None:
            return held
        await self.writer.commit()  # it may be in a batch whose sending was cancelled
        stored = await patiently(lambda: self.store.journal_value(self.lease.run_id, key))
        if stored is None:
            self.lose()
            raise LeaseLost
        return stored

    def said(self, key: str) -> int:
        """Return how many emissions of that scope's body the log already holds."""
        raw = self.journal.get(fields.emitted_by(key))
        return int(raw) if raw else 0

    # The attempt

    async def run(self) -> Ending:
        """Run the attempt to its end and return how it ended. Raises nothing but CancelledError of the caller."""
        self._caller = asyncio.current_task()
        self._task = asyncio.create_task(turns.Turn(self._attempt()), name=f"run {self.lease.run_id}")
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
                return await self._ended()
            except asyncio.CancelledError as signal:  # Cancelled while the end was being written.
                return await self._interrupted(signal)
        except LeaseLost:
            return Ending.LOST
        except RunBroken as broken:
            return await self._gave_up(broken)

    async def _ended(self) -> Ending:
        """Run the body and write how it ended. Raises LeaseLost, RunBroken."""
        try:
            output, packed = await self._body()
            self.writer.record(fields.OUTPUT, packed)
            is_small = len(packed) < SHOWN_OUTPUT_BYTES and len(to_json(output)) < SHOWN_OUTPUT_BYTES
            await self._end("run.completed", "completed", output=output if is_small else None)
            return Ending.COMPLETED
        except (asyncio.CancelledError, Interrupt) as signal:
            return await self._interrupted(signal)
        except (Exception, SystemExit, KeyboardInterrupt) as error:  # A property or a serializer may raise anything.
            return await self._failed(ordinary(error, self.workflow))

    async def _gave_up(self, broken: RunBroken) -> Ending:
        """Write that the run failed because a part of it could not be written."""
        reason = broken.__cause__ or broken
        log.error("run.broken", run_id=self.lease.run_id, exception=self.hidden(traceback_of(reason)))
        for _ in range(2):  # What was gathered meanwhile may be refused too and is dropped; then only the end is left.
            try:
                return await self._failed(reason)
            except RunBroken:
                continue
            except LeaseLost:
                break
        return Ending.LOST

    async def _body(self) -> tuple[Any, bytes]:
        """Return the workflow's result as JSON data, and packed."""
        self.boundary()
        self.writer.begin("running")
        self.writer.emit("run.started", worker=self.lease.worker)
        self._refuse_poison()
        if fields.SECRETS in self.journal:
            self._hide(RunSecrets.from_journal(self.ring, self.journal[fields.SECRETS]))
        workflow = registry.find(self.workflow)
        if not self.ring and adapter_of(workflow.output_type)[1] is Holds.MARKED:
            raise SecretError(NO_KEY)  # Now, rather than when all is done.
        request = self._request_of(workflow)
        scope = Scope(self, ROOT, self.workflow, self.said(ROOT))
        token = current.set(scope)
        turns.here.to(scope)
        try:
            # Decoded anew for each pass: a body that is restored may have changed the objects of its input.
            result = await rerun(scope, lambda: workflow.body(request()))
        finally:
            current.reset(token)
        where = f"Workflow {self.workflow!r}, result"
        output, _ = codec.settle(result, workflow.output_type, where=where, learn=self.learn)
        return output, self.packed(output, where=where)

    def _refuse_poison(self) -> None:
        """Raise StepFailed where attempt after attempt has ended without a finished step."""
        if self.lease.attempts_without_progress >= MOST_ATTEMPTS_WITHOUT_PROGRESS:
            raise StepFailed(
                f"{MOST_ATTEMPTS_WITHOUT_PROGRESS} attempts at this in a row broke off before any step was "
                "finished: each time its worker stopped, or nothing more was heard of it. "
                "What was done before is kept. It was stopped so that it does no more harm; "
                "retry it when the cause is mended.",
                kind="PoisonRun",
                step_name=self.workflow,
                permanent=True,
            )

    def _request_of(self, workflow: registry.AnyWorkflow) -> Callable[[], Any]:
        """Return what decodes the run's input for the body. The secrets in the input are hidden from now on."""
        data = self.opened(self.journal[fields.INPUT])
        where = f"Workflow {self.workflow!r}"

        def request() -> Any:
            return codec.decode(data, workflow.input_type, where=f"{where}, input", learn=self.learn, by_alias=True)

        request()  # Decoding is what finds the secrets.
        if self.hidden(data) != data and codec.sealed_in(self.journal[fields.INPUT]) is None:
            # Whoever started the run did not know the workflow's types, so its secrets were stored in the open.
            self.writer.record(fields.INPUT, self.packed(data, where=where))
        return request

    async def _interrupted(self, signal: BaseException) -> Ending:
        self._ending = True
        why = type(signal) if isinstance(signal, Interrupt) else self._why
        if why is RunCancelled:
            await self._end("run.cancelled", "cancelled")
            return Ending.CANCELLED
        # One that came to rest, and was told to go on in the same moment, has nothing to wait for.
        if why is RunHandedOver or (why is RunSuspended and not self.meta.paused and not self._left):
            await self._hand_over()
            return Ending.HANDED_OVER
        if why is RunSuspended:
            await self._suspend()
            return Ending.SUSPENDED
        if why is LeaseLost:
            return Ending.LOST
        if why is RunBroken:
            raise self._broken or signal
        if self._caller is not None and self._caller.cancelling():
            raise signal  # The whole worker is being stopped.
        if isinstance(signal, Restored):
            misplaced = RuntimeError("restore() was called outside the component that made the checkpoint")
            return await self._failed(misplaced)
        return await self._failed(ordinary(signal, self.workflow))

    async def _hand_over(self) -> None:
        """Write that the run is free for another worker."""
        self.writer.emit("run.handed_over")
        if self.meta.deployment != self.lease.meta.deployment:
            self.writer.emit("run.resumed", reason="moved", deployment=self.meta.deployment)
        # "handed": the next attempt does not count this one as broken off (acquire.lua).
        await self.writer.close_with(status="", terminal=False, release=True, meta={"handed": "1"})

    async def _suspend(self) -> None:
        """Write what the run waits for, and when it has to be taken up again."""
        facts: dict[str, Any] = {"reason": "paused", "until": 0} if self.meta.paused else self._left
        self.due_ms = facts["until"] or NEVER_MS
        self.writer.emit("run.waiting", **facts)
        meta = {"handed": "1", "waiting": to_json(self.hidden(facts)).decode()}
        # A signal that came since `_signals` was read makes the run due at once (append.lua), so that none is missed.
        await self.writer.close_with(
            status="waiting", terminal=False, release=True, meta=meta, due_ms=self.due_ms, signals_known=self._signals
        )

    async def _failed(self, error: BaseException) -> Ending:
        if is_fault(error):
            trace = self.hidden(traceback_of(error))
            log.error("run.failed", run_id=self.lease.run_id, workflow=self.workflow, exception=trace)
            self.writer.record(fields.FAULT, codec.pack(trace, where=self.workflow))
        await self._end("run.failed", "failed", error=describe(error, self.hidden))
        return Ending.FAILED

    async def _end(self, type_: str, status: str, **fields: Any) -> None:
        self._ending = True
        self.writer.emit(type_, **{name: value for name, value in fields.items() if value is not None})
        await self.writer.close_with(status=status, terminal=True, release=False, meta={})
