"""A RunStore that keeps runs in this process: the same answers as Redis, without Redis. For tests only."""

from __future__ import annotations

import copy
import secrets
from collections import deque
from dataclasses import dataclass, field, replace
from typing import Any

from pydantic_core import from_json

from ...core.clock import now_ms
from ...core.codec import unpack
from ...data import strict_json
from ...limits.gates import Gates
from ...limits.local_gates import LocalGates
from ...log.page import LogPage
from ...redis_io.keys import LEASE_MS, LIMITS
from ...store.records import Append, Appended, Lease, RunMeta
from .cache import MemoryCache
from .slots import MemorySlots


@dataclass(slots=True)
class _Run:
    meta: dict[str, str]
    journal: dict[str, bytes] = field(default_factory=dict)
    inbox: dict[str, bytes] = field(default_factory=dict)
    log: list[dict[str, Any]] = field(default_factory=list)
    attempt: int = 0
    owner: str = ""
    lease_until: int = 0
    batch: int = 0
    closed: bool = False
    journal_at: int = -1
    attempts_without_progress: int = 0
    log_id: str = field(default_factory=lambda: secrets.token_hex(8))


def _can_write(run: _Run, batch: Append) -> bool:
    """Return whether all increments and due times are whole numbers, as append.lua checks."""
    if not batch.increments and batch.due_ms is None:
        return True
    held = {name: run.meta.get(name, "0") for name in batch.increments}
    if not all(_is_whole(value) for value in (*held.values(), *batch.increments.values())):
        return False
    raised = (int(held[name]) + amount for name, amount in batch.increments.items())
    return all(abs(amount) <= _MOST for amount in raised) and (batch.due_ms is None or _is_whole(batch.due_ms))


_MOST = 2**53 - 1


def _is_whole(value: object) -> bool:
    text = str(value)
    return text.removeprefix("-").isdecimal() and abs(int(text)) <= _MOST


class MemoryStore:
    """Follows append.lua and acquire.lua line by line; one contract suite holds both to the same answers.

    `undo` is how many of an attempt's last batches `lose_last` can take back.
    """

    def __init__(self, *, undo: int = 0) -> None:
        self._runs: dict[str, _Run] = {}
        self.cache = MemoryCache()
        self.slots = MemorySlots()
        self._undo = undo
        self._before: dict[str, deque[_Run]] = {}
        self.gates: Gates = LocalGates()

    async def create(self, run_id: str, meta: dict[str, str], batch: Append) -> Appended:
        if run_id in self._runs:
            return self._answer("exists", self._runs[run_id])
        run = self._runs[run_id] = _Run(meta=dict(meta))
        return self._write(run, batch)

    async def acquire(self, run_id: str, worker: str, deployment: str = "") -> Lease | str:
        run = self._runs.get(run_id)
        if run is None:
            return "missing"
        if run.closed:
            return "closed"
        if deployment and run.meta.get("deployment") != deployment:
            return "moved"
        if run.meta.get("paused") == "1" and run.meta.get("cancel") != "1":
            return "paused"
        if run.owner and run.lease_until > now_ms():
            return "held"
        no_progress = run.attempt > 0 and run.meta.get("handed") != "1" and run.journal_at == len(run.journal)
        run.attempts_without_progress = run.attempts_without_progress + 1 if no_progress else 0
        run.attempt += 1
        run.owner, run.lease_until, run.batch = worker, now_ms() + LEASE_MS, 0
        run.journal_at = len(run.journal)
        run.meta.update(handed="", waiting="", status="running")
        meta = await self.meta(run_id)
        assert meta is not None
        return Lease(
            run_id, worker, run.attempt, run.attempts_without_progress, meta, dict(run.journal), dict(run.inbox)
        )

    async def append(self, lease: Lease, number: int, batch: Append) -> Appended:
        run = self._runs.get(lease.run_id)
        if run is None:
            return Appended("missing", 0, "", False, 0)
        if run.closed:
            return self._answer("closed", run)
        if run.attempt != lease.attempt or run.owner != lease.worker:
            return self._answer("fenced", run)
        if number <= run.batch:
            return self._answer("duplicate", run)
        if number > run.batch + 1:
            return self._answer("gap", run)
        if self._undo:
            self._before.setdefault(lease.run_id, deque(maxlen=self._undo)).append(copy.deepcopy(run))
        before, run.batch = run.batch, number
        answer = self._write(run, batch)
        if answer.code == "ok":
            return answer
        run.batch = before
        return replace(answer, batch=before)

    async def append_system(
        self, run_id: str, batch: Append, *, reopen: bool = False, expired: bool = False
    ) -> Appended:
        run = self._runs.get(run_id)
        if run is None:
            return Appended("missing", 0, "", False, 0)
        if reopen and not run.closed:
            return self._answer("held", run)
        if run.closed and not reopen:
            return self._answer("closed", run)
        if run.inbox.keys() & batch.inbox.keys():
            return self._answer("answered", run)
        if not reopen:
            if batch.release and run.owner != batch.release:
                return self._answer("held", run)
            if expired and run.lease_until > now_ms():
                return self._answer("held", run)
            if batch.terminal and run.owner not in ("", batch.release) and run.lease_until > now_ms():
                return self._answer("held", run)
        was_closed, run.closed = run.closed, False
        answer = self._write(run, batch)
        run.closed = run.closed or (was_closed and answer.code != "ok")
        return answer

    def _write(self, run: _Run, batch: Append) -> Appended:
        if not _can_write(run, batch):
            return self._answer("refused", run)
        run.journal.update(batch.journal)
        run.inbox.update(batch.inbox)
        run.meta.update(batch.meta)
        for name, amount in batch.increments.items():
            run.meta[name] = str(int(run.meta.get(name, "0")) + amount)
        for event in from_json(strict_json.written_or_mended(batch.events)):
            event.update(seq=len(run.log) + 1)
            event.setdefault("attempt", run.attempt)
            run.log.append(event)
        if batch.release:
            run.owner, run.lease_until = "", 0
        if batch.terminal:
            run.closed, run.owner, run.lease_until = True, "", 0
        if batch.status and not (batch.status == "queued" and run.owner):  # As in append.lua.
            run.meta["status"] = batch.status
        return self._answer("ok", run)

    def _answer(self, code: str, run: _Run) -> Appended:
        signals = int(run.meta.get("signals", "0"))
        return Appended(code, len(run.log), run.log_id, run.meta.get("cancel") == "1", run.batch, signals)

    async def journal(self, run_id: str) -> dict[str, bytes]:
        run = self._runs.get(run_id)
        return dict(run.journal) if run else {}

    async def journal_value(self, run_id: str, name: str) -> Any:
        packed = (await self.journal(run_id)).get(name)
        return None if packed is None else unpack(packed)

    async def signals(self, run_id: str) -> tuple[RunMeta | None, dict[str, bytes]]:
        run = self._runs.get(run_id)
        return await self.meta(run_id), dict(run.inbox) if run else {}

    async def meta(self, run_id: str) -> RunMeta | None:
        run = self._runs.get(run_id)
        if run is None:
            return None

        def number(name: str) -> int:
            return int(run.meta.get(name, "0"))

        return RunMeta(
            run_id=run_id,
            workflow=run.meta.get("workflow", ""),
            owner=run.meta.get("owner", ""),
            title=run.meta.get("title", ""),
            deployment=run.meta.get("deployment", ""),
            status=run.meta.get("status", ""),
            attempt=run.attempt,
            worker=run.owner,
            lease_until_ms=run.lease_until,
            last_seq=len(run.log),
            log_id=run.log_id,
            closed=run.closed,
            created_ms=number("created_ms"),
            ended_ms=number("ended_ms"),
            input_tokens=number("input_tokens"),
            output_tokens=number("output_tokens"),
            cost_microusd=number("cost_microusd"),
            cancel_requested=run.meta.get("cancel") == "1",
            signals=number("signals"),
            paused=run.meta.get("paused") == "1",
            waiting=from_json(run.meta["waiting"]) if run.meta.get("waiting") else None,
            budget={limit: number(f"budget_{limit}") for limit in LIMITS if f"budget_{limit}" in run.meta},
            unpriced=number("unpriced"),
            guessed_tokens=number("guessed_tokens"),
        )

    async def read(self, run_id: str, after: int = 0, limit: int = 1000) -> LogPage:
        run = self._runs.get(run_id)
        if run is None:
            return LogPage("", [], 0, 0, False, "", False)
        events = [dict(event) for event in run.log[after : after + limit]]
        first = events[0]["seq"] if events else 0
        return LogPage(run.log_id, events, first, len(run.log), run.closed, run.meta.get("status", ""), True)

    def lose_last(self, run_id: str, batches: int) -> None:
        """Do as if Redis had come back without the attempt's last batches; `undo` of them can be lost."""
        before, now = self._before[run_id], self._runs[run_id]
        kept = now
        for _ in range(min(batches, len(before))):
            if before[-1].attempt != now.attempt:
                break
            kept = before.pop()
        kept.log_id = secrets.token_hex(8)
        self._runs[run_id] = kept

    def let_lease_run_out(self, run_id: str) -> None:
        """Do as if the holder had died long enough ago."""
        self._runs[run_id].lease_until = 0
