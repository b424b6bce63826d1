"""Makes the rows follow the logs: status and counters of open runs, the whole record of ended ones.

Idempotent and safe from any number of processes at once. A row carries the `seq` and `log_id` that it
reflects, and only an update that knows more of the log may change it: one that was read earlier and written later
changes nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import Any

import structlog
from asgiref.sync import sync_to_async
from django.db import transaction
from django.db.models import Q

from genisys.host import TERMINAL, Engine, RunMeta, StepRecord, Timeline, follow, new_state
from runs.accounts import notices
from runs.control_plane.whereabouts import AT_REST, LONGEST_WORKER, reason_of, whereabouts, worker_of
from runs.models import OPEN_STATUSES, Archive, Run, RunStatus, Step
from runs.record import archive
from runs.record.costs import costs_of
from runs.record.failure_groups import cause_of_failure
from runs.record.refused import set_aside
from runs.record.refused.refusals import cause_of, is_passing
from runs.record.refused.set_aside import What
from runs.record.signals import run_finished
from runs.record.steps import step_rows
from runs.record.storable import storable, storable_text
from runs.record.times import moment
from runs.webhooks import outbox

log = structlog.get_logger("runs.control_plane.projection")

UNFINISHED_KEEP_SECONDS = 30 * 24 * 3600
_COUNTERS = ("input_tokens", "output_tokens", "cost_microusd", "known_cost_microusd")
SEEN = ("id", "status", "attempt", "deployment", "seq", "log_id", "started_at", "waits_for", "worker", *_COUNTERS)


@dataclass(frozen=True, slots=True)
class Record:
    """All that a finished run leaves, read from Redis and checked."""

    meta: RunMeta
    archive: Archive
    state: dict[str, Any]
    journal: list[StepRecord]
    output: Any
    timeline: Timeline


def may_follow(meta: RunMeta) -> Q:
    """Say which row may take what `meta` says.

    An open row: one that has not seen more of this log (another log always counts: Redis came back without
    its last moments). A failed or cancelled row: only one that has seen less, since then the run was
    retried. A completed row never changes.
    """
    seen_no_more = Q(seq__lte=meta.last_seq) | ~Q(log_id=meta.log_id)
    return Q(status__in=OPEN_STATUSES) & seen_no_more | Q(
        status__in=[RunStatus.FAILED, RunStatus.CANCELLED], seq__lt=meta.last_seq
    )


async def project_open(meta: RunMeta, waits_since: int = 0) -> bool:
    """Let an open run's row follow its meta; return whether it changed.

    `waits_since` is the place in the log where a change to waiting was announced: a run whose row says that it waits
    may have gone on and wait again.
    """
    if meta.closed:
        return False
    row = await Run.objects.filter(pk=meta.run_id).only(*SEEN).afirst()
    if row is None:
        return False
    waits = meta.status == RunStatus.WAITING and (row.status != meta.status or row.seq < waits_since)
    if not waits and not differs(row, meta):
        return False
    changes = _as_open(row, meta)
    if waits:
        return bool(await sync_to_async(_write_waiting)(meta, changes))
    return bool(await Run.objects.filter(may_follow(meta), pk=meta.run_id).aupdate(**changes))


def _as_open(row: Run, meta: RunMeta) -> dict[str, Any]:
    """Return the columns of an open run as its meta has them, without what an earlier end left there."""
    columns: dict[str, Any] = {
        **_counters(meta),
        "status": meta.status,
        "attempt": meta.attempt,
        "deployment": meta.deployment,
        "seq": meta.last_seq,
        "log_id": meta.log_id,
        "ended_at": None,
        "error": None,
        "cause": "",
        "cached_steps": None,
        **whereabouts(row, meta),
    }
    if row.started_at is None and meta.attempt > 0:
        columns["started_at"] = datetime.now(UTC)
    return columns


@transaction.atomic
def _write_waiting(meta: RunMeta, changes: dict[str, Any]) -> bool:
    """Record that an open run waits, and queue its webhooks."""
    if not Run.objects.filter(may_follow(meta), pk=meta.run_id).update(**changes):
        return False
    _beside(meta.run_id, What.WEBHOOKS, partial(_announce_waiting, meta))
    return True


def _announce_waiting(meta: RunMeta) -> None:
    waiting = meta.waiting or {}
    shown = {
        "reason": waiting.get("reason", ""),
        "until": moment(waiting.get("until") or 0),
        "prompt": waiting.get("prompt", ""),
    }
    outbox.record(Run.objects.get(pk=meta.run_id), waiting=shown)


def _counters(meta: RunMeta) -> dict[str, int | None]:
    """Return the values of _COUNTERS, in their order."""
    return {"input_tokens": meta.input_tokens, "output_tokens": meta.output_tokens, **costs_of(meta)._asdict()}


def differs(row: Run, meta: RunMeta) -> bool:
    """Say whether the row of an open run, read with SEEN, is behind its meta."""
    named = (row.status, row.attempt, row.deployment, row.log_id, row.waits_for, row.worker)
    return (*named, *(getattr(row, name) for name in _COUNTERS)) != (
        meta.status,
        meta.attempt,
        meta.deployment,
        meta.log_id,
        reason_of(meta),
        worker_of(row, meta),
        *_counters(meta).values(),
    )


async def finish(engine: Engine, meta: RunMeta, *, keep_seconds: int, again: bool = False) -> bool:
    """Write the record of a run that has ended and let its Redis keys go; return whether this call wrote it.

    Raises archive.IncompleteLog where Redis lost a part of the log, and whatever the database or a decoder refuses.
    Then nothing is written and nothing expires. With `again` it is written even where the row says already how
    the run ended, as `end_without_record` leaves it.
    """
    held = await Archive.objects.filter(pk=meta.run_id).defer("state", "events", "journal").afirst()
    if held is not None and not again and await _is_recorded(meta):
        left = keep_seconds - (datetime.now(UTC) - held.created_at).total_seconds()
        await _let_go(engine, meta.run_id, max(1, int(left)))
        return False
    run = await Run.objects.filter(pk=meta.run_id).afirst()
    if run is None or (record := await read_record(engine, run)) is None:
        return False
    written = await sync_to_async(write_record)(run, record, again)
    if written:
        log.info("run.recorded", run_id=run.pk, status=record.meta.status, events=record.meta.last_seq)
    await _let_go(engine, meta.run_id, keep_seconds)
    return written


async def end_without_record(engine: Engine, meta: RunMeta) -> bool:
    """Write how a run ended whose record was refused: as much of it as is taken; return whether this call wrote it.

    No steps and no archive are written, and the Redis keys stay as long as they may: the record is tried again from
    them, by hand.
    """
    for read in (engine.output_of, _no_output):
        try:
            return await sync_to_async(_write_end)(meta, await read(meta.run_id), _counters(meta))
        except Exception as error:
            if is_passing(error):
                raise
    try:
        return await sync_to_async(_write_end)(meta, None, {})
    except Exception as error:
        if is_passing(error):
            raise
        log.error("run.end_not_recorded", run_id=meta.run_id, status=meta.status, cause=cause_of(error))
        return False


async def _no_output(run_id: str) -> None:
    return None


@transaction.atomic
def _write_end(meta: RunMeta, output: Any, counters: dict[str, int | None]) -> bool:
    changed = Run.objects.filter(may_follow(meta), pk=meta.run_id).update(
        status=meta.status,
        attempt=meta.attempt,
        seq=meta.last_seq,
        log_id=meta.log_id,
        output=storable(output) if meta.status == RunStatus.COMPLETED else None,
        ended_at=moment(meta.ended_ms) if counters else datetime.now(UTC),
        **AT_REST,
        **counters,
    )
    if changed:
        run = Run.objects.get(pk=meta.run_id)
        _beside(run.pk, What.WEBHOOKS, partial(outbox.record, run))
        _beside(run.pk, What.MAIL, partial(notices.run_ended, run))
        state = new_state() | {"run_status": run.status}
        _beside(run.pk, What.PRODUCT, partial(run_finished.send, sender=Run, run=run, state=state))
    return bool(changed)


def _beside(run_id: str, what: What, act: Callable[[], object]) -> None:
    """Do what goes with a record. Where that is refused, it alone is rolled back and set aside; the record stands."""
    try:
        with transaction.atomic():
            act()
    except Exception as error:
        if is_passing(error):
            raise
        set_aside.put(run_id, what, error)


async def fail_unstarted(run: Run, message: str) -> bool:
    """Record that a run failed which can never be handed out; return whether it was still open. It leaves no log."""
    error = {"kind": "CannotStart", "message": message, "permanent": True, "retry_after": None, "detail": {}}
    still_open = Run.objects.filter(pk=run.pk, status__in=OPEN_STATUSES, log_id="")
    return bool(
        await still_open.aupdate(
            status=RunStatus.FAILED,
            ended_at=datetime.now(UTC),
            error={**error, "step_name": ""},
            cause=cause_of_failure(error),
        )
    )


async def _is_recorded(meta: RunMeta) -> bool:
    return not await Run.objects.filter(may_follow(meta), pk=meta.run_id).aexists()


async def read_record(engine: Engine, run: Run) -> Record | None:
    """Read what a finished run leaves; None where it is open (again)."""
    events = await engine.events(run.pk)
    journal = await engine.journal(run.pk)
    output = await engine.output_of(run.pk)
    fault = await engine.fault(run.pk)
    meta = await engine.meta(run.pk)
    if meta is None or not meta.closed or meta.status not in TERMINAL:
        return None
    timeline = follow(Timeline(), events)
    packed = archive.pack(
        run,
        log_id=meta.log_id,
        last_seq=meta.last_seq,
        events=events,
        journal=journal,
        fault=fault,
        spans=timeline.spans,
    )
    return Record(meta, packed, archive.state_of(packed), journal, output, timeline)


def _as_ended(record: Record) -> dict[str, Any]:
    """Return the columns of a run that has ended."""
    meta, state = record.meta, record.state
    return {
        **_counters(meta),
        **AT_REST,
        "status": meta.status,
        "attempt": meta.attempt,
        "seq": meta.last_seq,
        "log_id": meta.log_id,
        "output": storable(record.output) if meta.status == RunStatus.COMPLETED else None,
        "error": storable(state["error"]),
        "cause": cause_of_failure(state["error"]) if meta.status == RunStatus.FAILED else "",
        "worker": storable_text(state["worker"])[:LONGEST_WORKER],
        "cached_steps": sum(bool(step.cache and step.cache.get("hit")) for step in record.journal),
        "started_at": moment(state["started_at"]),
        "ended_at": moment(state["ended_at"]),
    }


@transaction.atomic
def write_record(run: Run, record: Record, again: bool = False) -> bool:
    """Write row, steps and archive as one, unless another process did; return whether this call wrote them.

    With `again` a row that reflects this very end already is written too.
    """
    meta, state = record.meta, record.state
    this_end = Q(status=meta.status, log_id=meta.log_id, seq=meta.last_seq)
    may = may_follow(meta) | this_end if again else may_follow(meta)
    if not Run.objects.filter(may, pk=run.pk).update(**_as_ended(record)):
        return False
    Step.objects.filter(run=run).delete()
    Step.objects.bulk_create(step_rows(run.pk, state, record.journal, record.timeline), batch_size=100)
    Archive.objects.filter(pk=run.pk).delete()
    record.archive.save(force_insert=True)
    run.refresh_from_db()
    set_aside.clear(run.pk, What.RECORD)
    outbox.record(run)
    _beside(run.pk, What.MAIL, partial(notices.run_ended, run))
    _beside(run.pk, What.PRODUCT, partial(run_finished.send, sender=Run, run=run, state=state))
    return True


async def _let_go(engine: Engine, run_id: str, seconds: int) -> None:
    """Let the run's keys expire, unless somebody retried it just now."""
    await engine.expire(run_id, seconds)
    meta = await engine.meta(run_id)
    if meta is not None and not meta.closed:
        await engine.expire(run_id, UNFINISHED_KEEP_SECONDS)
