"""What people do with runs: start, cancel, retry, look. Views, API, admin and commands all come through here.

Who may do it is `access`; how a row follows its log is `projection`.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import structlog
from django.contrib.auth.models import AnonymousUser
from django.db.models import F
from django.utils import timezone
from pydantic import BaseModel, ValidationError

from genisys import (
    STORE_ERRORS,
    GenisysError,
    RunMeta,
    RunNotFound,
    RunNotOpen,
    StepRecord,
    UserError,
    Workflow,
    workflows,
)
from runs import archive, audit, quotas
from runs.access import Action, Person, aget_run_or_404, can_control, can_see, get_run_or_404, visible_runs
from runs.audit import Actor
from runs.engines import close_engine, engine, start_recorded, sync
from runs.models import OPEN_STATUSES, Archive, Run, RunStatus
from runs.quotas import QuotaReached
from runs.states import run_events, run_snapshot, run_state

__all__ = [
    "IdempotencyConflict",
    "QuotaReached",
    "aget_run_or_404",
    "answer_input",
    "can_control",
    "can_see",
    "cancel_run",
    "cancel_run_sync",
    "close_engine",
    "engine",
    "get_run_or_404",
    "limit_run",
    "pause_run",
    "resume_run",
    "retry_run",
    "retry_run_sync",
    "run_events",
    "run_events_sync",
    "run_snapshot",
    "run_state",
    "run_state_sync",
    "run_steps",
    "run_steps_sync",
    "start_run",
    "start_run_sync",
    "visible_runs",
    "why_waiting",
]

log = structlog.get_logger("runs.service")

_REDIS_AWAY = "The store of runs in flight does not answer just now. Nothing was changed; try again in a minute."
_WAITS_FOR_REDIS = "The store of runs in flight does not answer just now. The run goes on when it does."


class IdempotencyConflict(UserError):
    """The key was used before, for something else."""


@dataclass(frozen=True, slots=True)
class _Order:
    workflow: str
    title: str
    input: dict[str, Any]
    sealed: str = ""


async def start_run(
    *,
    user: Person | None,
    workflow: str,
    input: BaseModel | dict[str, Any],
    title: str = "",
    idempotency_key: str = "",
    parent: Run | None = None,
    parent_kind: str = "",
) -> Run:
    """Record a run and hand it to the engine.

    While Redis is away the run is recorded all the same, and control starts it when Redis is back. The same
    key of the same person gives the same run. Raises UserError on input that the workflow does not take,
    IdempotencyConflict where the key stands for another order, and QuotaReached where the person has started enough.
    """
    order = _order(workflow, input, title)
    owner_id = None if user is None or isinstance(user, AnonymousUser) else user.pk
    run = Run(
        workflow=order.workflow,
        title=order.title[:300],
        owner_id=owner_id,
        deployment=await _target(),
        input=order.input,
        sealed_input=order.sealed,
        parent=parent,
        parent_kind=parent_kind,
        idempotency_key=idempotency_key,
    )
    recorded = await quotas.arecord(run)
    if recorded is not run:
        return _same_order(recorded, order)
    try:
        await hand_out(run)
    except STORE_ERRORS as error:
        log.warning("run.starts_later", run_id=run.pk, error=str(error))
    except GenisysError as error:
        await run.adelete()
        raise UserError(error.message) from error
    return run


async def hand_out(run: Run) -> None:
    """Give a recorded run to the engine; doing it again only hints again. Raises STORE_ERRORS."""
    await start_recorded(engine(), run)


async def _target() -> str:
    """Give the deployment that new runs go to; while Redis is away, this process's own."""
    try:
        return await engine().target()
    except STORE_ERRORS:
        return engine().deployment


async def cancel_run(run: Run, actor: Actor) -> bool:
    """Ask for the run's end; gives whether it was still open. What was done stays readable.

    Raises UserError while Redis is away.
    """
    try:
        was_open = await engine().cancel(run.pk, by=actor.name_for(run))
    except RunNotFound:
        # Recorded, but never handed out: there is nothing to stop but the row.
        was_open = bool(await _close_unstarted(run))
    except STORE_ERRORS as error:
        raise UserError(_REDIS_AWAY) from error
    if was_open:
        await audit.record(actor, Action.CANCEL, run)
    return was_open


async def retry_run(run: Run, actor: Actor) -> None:
    """Let a failed or stopped run go on: finished steps stand, failed ones run again.

    Raises UserError where that cannot be, with a sentence that says why and what to do instead.
    """
    await _retry(run)
    await audit.record(actor, Action.RETRY, run)


async def _retry(run: Run) -> None:
    try:
        if not run.log_id:
            await _begin_unstarted(run)
            return
        await engine().retry(run.pk)
        meta = await engine().meta(run.pk)
    except RunNotFound:
        raise UserError(
            "This run ended too long ago to go on from where it stopped: its unfinished state was cleared "
            "away, and only the record is kept. Start it again as a new run."
        ) from None
    except RunNotOpen as error:
        raise UserError(error.message) from error
    except STORE_ERRORS as error:
        raise UserError(_REDIS_AWAY) from error
    if meta is not None:
        await Run.objects.filter(
            pk=run.pk, status__in=[RunStatus.FAILED, RunStatus.CANCELLED], seq__lt=meta.last_seq
        ).aupdate(status=RunStatus.QUEUED, seq=meta.last_seq, log_id=meta.log_id, ended_at=None, error=None)
    await Run.objects.filter(pk=run.pk).aupdate(retried_count=F("retried_count") + 1)
    await run.arefresh_from_db(fields=["status", "seq", "log_id", "ended_at", "error", "retried_count"])


async def pause_run(run: Run, actor: Actor) -> None:
    """Let the run rest from its next step boundary on, until `resume_run`. Raises UserError, RunNotOpen."""
    with _open_run():
        await engine().pause(run.pk, by=actor.name_for(run))
    await audit.record(actor, Action.PAUSE, run)


async def resume_run(run: Run, actor: Actor) -> None:
    """Let a paused run go on. Raises UserError, RunNotOpen."""
    with _open_run():
        await engine().resume(run.pk, by=actor.name_for(run))
    await audit.record(actor, Action.RESUME, run)


async def limit_run(
    run: Run, actor: Actor, *, tokens: int | None = None, cost_microusd: int | None = None, ms: int | None = None
) -> None:
    """Set what the run may use in all, as `Engine.limit`; one that waits for its budget goes on. Raises as above."""
    with _open_run():
        await engine().limit(run.pk, tokens=tokens, cost_microusd=cost_microusd, ms=ms)
    await audit.record(actor, Action.LIMIT, run, tokens=tokens, cost_microusd=cost_microusd, ms=ms)


async def answer_input(run: Run, actor: Actor, token: str, value: Any) -> None:
    """Answer a question of the run. The answer itself is not written down: it may be a secret.

    Raises InputRefused (its `reason`: unknown, answered, expired, invalid), and UserError while Redis is away.
    """
    with _open_run():
        await engine().answer(run.pk, token, value)
    await audit.record(actor, Action.ANSWER, run)


@contextmanager
def _open_run() -> Iterator[None]:
    """Say in a sentence why Redis does not know the run."""
    try:
        yield
    except RunNotFound:
        raise RunNotOpen("This run has ended, or has not begun.") from None
    except STORE_ERRORS as error:
        raise UserError(_REDIS_AWAY) from error


async def run_steps(run: Run) -> list[StepRecord]:
    """Give the run's finished steps with their inputs and outputs, oldest first."""
    if run.finished:
        archived = await Archive.objects.filter(pk=run.pk).afirst()
        if archived is not None:
            return archive.journal_of(archived)
    return await engine().journal(run.pk)


async def why_waiting(run: Run, meta: RunMeta) -> str:
    """Say in one sentence why an open run is not moving; "" where it moves or has ended."""
    if run.finished:
        return ""
    try:
        if not meta.log_id:
            return _WAITS_FOR_REDIS if await engine().healthy() else "Waiting to be handed out."
        return await engine().why_waiting(meta)
    except STORE_ERRORS:
        return _WAITS_FOR_REDIS


def _order(workflow: str, input: BaseModel | dict[str, Any], title: str) -> _Order:
    """Check what is to be run, as far as this process knows the workflow."""
    known = workflows().get(workflow)
    if known is not None and not isinstance(input, BaseModel):
        input = _parsed(known, input)
    if isinstance(input, BaseModel):
        title = title or (known.title_for(input) if known is not None else "")
    try:
        sealed = engine().seal(workflow, input, title=title or workflow)
    except GenisysError as error:
        raise UserError(error.message) from error
    if "\\u0000" in _text([sealed.title, sealed.input]):
        raise UserError("The input holds a NUL character, which cannot be stored. Take it out and send it again.")
    return _Order(workflow, sealed.title, sealed.input, sealed.sealed)


def _parsed(workflow: Workflow[Any, Any], data: dict[str, Any]) -> BaseModel:
    try:
        parsed: BaseModel = workflow.input_type.model_validate(data)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        field = ".".join(str(part) for part in first["loc"]) or "input"
        raise UserError(f"{workflow.name} cannot start: {field}: {first['msg']}.") from error
    return parsed


def _same_order(earlier: Run, order: _Order) -> Run:
    if earlier.workflow != order.workflow or _text(earlier.input) != _text(order.input):
        raise IdempotencyConflict(
            "This idempotency key was used before, for another workflow or another input. Use a new key."
        )
    return earlier


def _text(data: Any) -> str:
    return json.dumps(data, sort_keys=True)


async def _close_unstarted(run: Run) -> int:
    still_open = Run.objects.filter(pk=run.pk, status__in=OPEN_STATUSES)
    return await still_open.aupdate(status=RunStatus.CANCELLED, ended_at=timezone.now())


async def _begin_unstarted(run: Run) -> None:
    stopped = Run.objects.filter(pk=run.pk, status=RunStatus.CANCELLED, log_id="")
    if await stopped.aupdate(status=RunStatus.QUEUED, ended_at=None, retried_count=F("retried_count") + 1):
        await hand_out(run)


start_run_sync = sync(start_run)
cancel_run_sync = sync(cancel_run)
retry_run_sync = sync(retry_run)
run_state_sync = sync(run_state)
run_events_sync = sync(run_events)
run_steps_sync = sync(run_steps)
