"""What people do with runs: start, fork, cancel, retry, look. Views, API, admin and commands all come through here.

Who may do it is `access`; how a row follows its log is `projection`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

import structlog
from asgiref.sync import sync_to_async
from django.contrib.auth.models import AnonymousUser
from django.db import transaction
from django.db.models import F
from django.utils import timezone
from pydantic import BaseModel, ValidationError

from genisys import (
    GenisysError,
    RunNotFound,
    RunNotOpen,
    StepNotFound,
    UserError,
    Workflow,
    workflows,
)
from genisys.host import STORE_ERRORS, RunMeta, StepRecord
from runs.access import Action, Person, aget_run_or_404, can_control, can_see, get_run_or_404, is_owner, visible_runs
from runs.engines import close_engine, engine, start_recorded, sync
from runs.models import OPEN_STATUSES, Archive, Run, RunStatus
from runs.record import archive, set_aside
from runs.record.states import run_events, run_snapshot, run_state
from runs.rules import audit, inputs, quotas
from runs.rules.audit import Actor
from runs.rules.edits import check_edit
from runs.rules.quotas import QuotaReached
from runs.webhooks import outbox

__all__ = [
    "IdempotencyConflict",
    "NoSuchStep",
    "NothingToForkFrom",
    "QuotaReached",
    "aget_run_or_404",
    "answer_input",
    "can_control",
    "can_see",
    "cancel_run",
    "cancel_run_sync",
    "close_engine",
    "engine",
    "fork_run",
    "fork_run_sync",
    "get_run_or_404",
    "limit_run",
    "pause_run",
    "pause_run_sync",
    "resume_run",
    "resume_run_sync",
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
_TOO_OLD_TO_FORK = (
    "This run ended too long ago to go on from: its unfinished state was cleared away, and only the record is kept. "
    "Start it again as a new run."
)
_STEP_KEY = re.compile(r"[0-9a-f]{32}")
_WAITS_FOR_REDIS = "The store of runs in flight does not answer just now. The run goes on when it does."


class IdempotencyConflict(UserError):
    """The key was used before, for something else."""


class NothingToForkFrom(UserError):
    """What a fork shares with its source has left Redis."""


class NoSuchStep(UserError):
    """The run has no finished step of that key."""


@dataclass(frozen=True, slots=True)
class RunRequest:
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
    IdempotencyConflict where the key stands for another request, and QuotaReached where the person has started enough.
    """
    request = _requested(workflow, input, title)
    owner_id = None if user is None or isinstance(user, AnonymousUser) else user.pk
    run = Run(
        workflow=request.workflow,
        title=request.title[:300],
        owner_id=owner_id,
        deployment=await _target(),
        input=request.input,
        sealed_input=request.sealed,
        parent=parent,
        parent_kind=parent_kind,
        idempotency_key=idempotency_key,
    )
    return (await _begin(run))[0]


async def fork_run(
    run: Run,
    actor: Actor,
    *,
    step: str | None = None,
    input: dict[str, Any] | None = None,
    title: str = "",
    idempotency_key: str = "",
) -> Run:
    """Make a new run that shares what this one has done up to `step` (a step's key), which runs again.

    `input` replaces the arguments of that step, or without one the workflow's input; `edits` says who may give what.
    The new run belongs to the owner of this one, whoever makes it, and counts as a start of theirs. It goes to the
    deployment that new runs go to. It is recorded first: if the process dies, control makes it. Raises UserError where
    the run has left Redis, has not finished that step or does not take the input, and IdempotencyConflict and
    QuotaReached as `start_run` does.
    """
    if step is None and input is not None:
        request = _requested(run.workflow, input, title)
    else:
        request = RunRequest(run.workflow, title, run.input)
    record = await _forkable_step(run, step)
    if record is not None and input is not None:
        await check_edit(actor, record, input)
    fork, made = await _begin(
        by_owner=actor.user is None or is_owner(actor.user, run),
        run=Run(
            workflow=run.workflow,
            title=(request.title or run.title)[:300],
            owner_id=run.owner_id,
            deployment=await _target(),
            input=request.input,
            parent=run,
            parent_kind="fork",
            fork_step=step or "",
            fork_input="" if input is None else _sealed(input),
            idempotency_key=_key_of(actor, run, idempotency_key),
        ),
    )
    if made:
        await audit.record(actor, Action.FORK, run, step=step, fork=fork.pk)
    return fork


def _key_of(actor: Actor, run: Run, key: str) -> str:
    """Return the key to record: keys are told apart by owner, and a key that staff made up is none of the owner's."""
    if not key or actor.user is None or is_owner(actor.user, run):
        return key
    return f"{actor.user.pk}:{sha256(key.encode()).hexdigest()}"


async def _forkable_step(run: Run, step: str | None) -> StepRecord | None:
    """Return the step to fork at, where there is one. Raises UserError where the run cannot be forked there."""
    try:
        if await engine().meta(run.pk) is None:
            raise NothingToForkFrom(_TOO_OLD_TO_FORK)
        if step is None:
            return None
        record = await engine().finished_step(run.pk, step) if _STEP_KEY.fullmatch(step) else None
    except STORE_ERRORS as error:
        raise UserError(_REDIS_AWAY) from error
    if record is None:
        raise NoSuchStep("This run has no finished step with that key. Its trace lists those it has.")
    return record


def _sealed(input: dict[str, Any]) -> str:
    try:
        return engine().ring.seal(input)
    except GenisysError as error:
        raise UserError(error.message) from error


async def _begin(run: Run, *, by_owner: bool = True) -> tuple[Run, bool]:
    """Record the run and hand it out, unless its key stands for one already; returns it, and whether it is new."""
    recorded = await quotas.arecord(run, by_owner=by_owner)
    if recorded is not run:
        return _same_order(recorded, run), False
    try:
        await hand_out(run)
    except STORE_ERRORS as error:
        log.warning("run.starts_later", run_id=run.pk, error=str(error))
    except (RunNotFound, StepNotFound) as error:
        await run.adelete()
        raise NothingToForkFrom(_TOO_OLD_TO_FORK) from error
    except GenisysError as error:
        await run.adelete()
        raise UserError(error.message) from error
    return run, True


async def hand_out(run: Run) -> None:
    """Return a recorded run to the engine; doing it again only sends another wakeup. Raises STORE_ERRORS."""
    await start_recorded(engine(), run)


async def _target() -> str:
    """Return the deployment that new runs go to; while Redis is away, this process's own."""
    try:
        return await engine().target()
    except STORE_ERRORS:
        return engine().deployment


async def cancel_run(run: Run, actor: Actor) -> bool:
    """Ask for the run's end; return whether it was still open. What was done stays readable.

    Raises UserError while Redis is away.
    """
    try:
        was_open = await engine().cancel(run.pk, by=actor.name_for(run))
    except RunNotFound:
        # Recorded, but never handed out: there is nothing to stop but the row.
        was_open = await _close_unstarted(run)
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
    await set_aside.aclear(run.pk, set_aside.What.RECORD)
    await run.arefresh_from_db(fields=["status", "seq", "log_id", "ended_at", "error", "retried_count"])


async def pause_run(run: Run, actor: Actor) -> None:
    """Let the run rest from its next step boundary on, until `resume_run`. Raises UserError, RunNotOpen."""
    with _open_run():
        await engine().pause(run.pk, by=actor.name_for(run))
    await audit.record(actor, Action.PAUSE, run)


async def resume_run(run: Run, actor: Actor) -> None:
    """Let a paused run go on. Raises UserError, RunNotOpen."""
    with _open_run():
        meta = await engine().meta(run.pk)
        if meta is not None and not meta.closed and not meta.paused:
            raise RunNotOpen("This run is not paused.")
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
    """Return the run's finished steps with their inputs and outputs, oldest first."""
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


def _requested(workflow: str, input: BaseModel | dict[str, Any], title: str) -> RunRequest:
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
    return RunRequest(workflow, sealed.title, sealed.input, sealed.sealed)


def _parsed(workflow: Workflow[Any, Any], data: dict[str, Any]) -> BaseModel:
    try:
        parsed = inputs.parsed(workflow.input_type, data)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        field = ".".join(str(part) for part in first["loc"]) or "input"
        raise UserError(f"{workflow.name} cannot start: {field}: {first['msg']}.") from error
    return parsed


def _same_order(earlier: Run, run: Run) -> Run:
    if _what(earlier) != _what(run):
        raise IdempotencyConflict(
            "This idempotency key was used before, for another workflow or another input. Use a new key."
        )
    return earlier


def _what(run: Run) -> tuple[Any, ...]:
    """Return what was ordered. A key that stands for a fork stands for no start of the same workflow."""
    forked = engine().ring.open(run.fork_input) if run.fork_input else None
    return run.workflow, _text(run.input), run.parent_id, run.parent_kind, run.fork_step, _text(forked)


def _text(data: Any) -> str:
    return json.dumps(data, sort_keys=True)


@sync_to_async
@transaction.atomic
def _close_unstarted(run: Run) -> bool:
    still_open = Run.objects.filter(pk=run.pk, status__in=OPEN_STATUSES)
    closed = still_open.update(status=RunStatus.CANCELLED, ended_at=timezone.now())
    if closed:
        outbox.record(Run.objects.get(pk=run.pk))
    return bool(closed)


async def _begin_unstarted(run: Run) -> None:
    stopped = Run.objects.filter(pk=run.pk, status=RunStatus.CANCELLED, log_id="")
    if not await stopped.aupdate(status=RunStatus.QUEUED, ended_at=None, retried_count=F("retried_count") + 1):
        raise RunNotOpen("This run could not begin, so there is nothing to retry. Start it as a new run.")
    await hand_out(run)


start_run_sync = sync(start_run)
fork_run_sync = sync(fork_run)
cancel_run_sync = sync(cancel_run)
retry_run_sync = sync(retry_run)
pause_run_sync = sync(pause_run)
resume_run_sync = sync(resume_run)
run_state_sync = sync(run_state)
run_events_sync = sync(run_events)
run_steps_sync = sync(run_steps)
