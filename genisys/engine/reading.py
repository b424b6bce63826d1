"""Reading a run: its log, its state, its journal."""

from __future__ import annotations

from typing import Any

from ..core import codec
from ..journal import fields
from ..journal.step_record import StepRecord
from ..log.compaction import first_seq
from ..log.fold import State, fold, new_state
from ..log.page import LogPage
from ..log.payments import PossibleDoublePayment, possible_double_payments
from ..store.records import RunMeta, WorkerInfo
from .handle import Handle


class Reading(Handle):
    """Everything that is known of a run. Who may see it is for the caller to decide."""

    async def read(self, run_id: str, after: int = 0, limit: int = 1000, most_bytes: int | None = None) -> LogPage:
        return await self.store.read(run_id, after, limit, most_bytes)

    async def events(self, run_id: str) -> list[dict[str, Any]]:
        """Return the whole log, page by page; its beginning may be compacted."""
        events: list[dict[str, Any]] = []
        while True:
            page = await self.store.read(run_id, events[-1]["seq"] if events else 0)
            events.extend(page.events)
            if not page.events or page.events[-1]["seq"] >= page.last_seq:
                return events

    async def snapshot(self, run_id: str, state: State | None = None, log_id: str = "") -> tuple[RunMeta, State] | None:
        """Return the run's meta and the fold of its whole log, or None where Redis does not hold it.

        One round trip, however long the log. `state` is an earlier fold of the log `log_id`, which is changed in place
        where it can go on. Raises ValueError where the log has a hole.
        """
        seen = await self.store.read_snapshot(run_id, state["seq"] if state else 0, log_id)
        if seen is None:
            return None
        # The caller's fold is of another log, or older than the snapshot: go on from that instead.
        if seen.state is not None or state is None or seen.seq != state["seq"]:
            state = seen.state or new_state()
        events = seen.events
        # The log was trimmed between the caller's fold and this read: the pages below come from the history.
        if events and first_seq(events[0]) > state["seq"] + 1:
            events = []
        fold(events, state)
        while state["seq"] < seen.meta.last_seq:
            page = await self.store.read(run_id, state["seq"])
            if page.log_id != seen.meta.log_id:
                return await self.snapshot(run_id)  # Redis restarted meanwhile: the fold is of a log that is gone.
            if not page.events:
                raise ValueError(
                    f"The log of run {run_id} should reach {seen.meta.last_seq}, and ends at {state['seq']}."
                )
            fold(page.events, state)
        return seen.meta, state

    async def journal(self, run_id: str) -> list[StepRecord]:
        """Return the finished steps, oldest first."""
        raw = await self.store.journal(run_id)
        records = [
            StepRecord.from_journal(name, codec.unpack(value)) for name, value in raw.items() if fields.is_step(name)
        ]
        return sorted(records, key=lambda record: (record.started_ms, record.turn, record.ended_ms))

    async def finished_step(self, run_id: str, step: str) -> StepRecord | None:
        """Return the finished step of that key; None where the run has none. Raises STORE_ERRORS."""
        record = await self.store.journal_value(run_id, step) if step and fields.is_step(step) else None
        return None if record is None else StepRecord.from_journal(step, record)

    async def fault(self, run_id: str) -> str:
        """Return the traceback of a fault outside every step that ended the run, for staff alone; "" where none did.

        Faults inside a step are on its record (`StepRecord.traceback`). Raises STORE_ERRORS.
        """
        return await self.store.journal_value(run_id, fields.FAULT) or ""

    async def possible_double_payments(self, run_id: str) -> list[PossibleDoublePayment]:
        """Return, from the log alone, the paid steps that were started again before they had ended."""
        return possible_double_payments(await self.events(run_id))

    async def input_of(self, run_id: str) -> Any:
        return await self.store.journal_value(run_id, fields.INPUT)

    async def output_of(self, run_id: str) -> Any:
        return await self.store.journal_value(run_id, fields.OUTPUT)

    async def workers(self) -> list[WorkerInfo]:
        return await self.store.workers()

    async def claim_recording(self, run_id: str, by: str) -> bool:
        """Return whether the control `by` is to write the record of an ended run.

        Others leave it to that one for ten seconds, so that several share the work. It saves work and guards nothing:
        two may still write the same record, and it comes out the same.
        """
        return await self.store.claim_recording(run_id, by)

    async def expire(self, run_id: str, seconds: int) -> None:
        """Let the run's keys expire after that time; for a run that has been archived."""
        await self.store.expire(run_id, seconds)
