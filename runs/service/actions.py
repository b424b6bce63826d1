"""What changes a run that there is: cancel, retry, pause, resume, limit its budget, answer what it asks."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from asgiref.sync import sync_to_async
from django.db import transaction
from django.db.models import F
from django.utils import timezone

from genisys import RunNotFound, RunNotOpen, UserError
from genisys.host import STORE_ERRORS
from runs.access import Action
from runs.engines import engine, sync
from runs.models import OPEN_STATUSES, Run, RunStatus
from runs.record.refused import set_aside
from runs.rules import audit
from runs.rules.audit import Actor
from runs.service.errors import REDIS_AWAY
from runs.service.starting import hand_out
from runs.webhooks import outbox

_GOING_ON: dict[str, Any] = {"ended_at": None, "error": None, "cause": "", "cached_steps": None}


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
        raise UserError(REDIS_AWAY) from error
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
        raise UserError(REDIS_AWAY) from error
    if meta is not None:
        await Run.objects.filter(
            pk=run.pk, status__in=[RunStatus.FAILED, RunStatus.CANCELLED], seq__lt=meta.last_seq
        ).aupdate(status=RunStatus.QUEUED, seq=meta.last_seq, log_id=meta.log_id, **_GOING_ON)
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
        raise UserError(REDIS_AWAY) from error


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


cancel_run_sync = sync(cancel_run)
retry_run_sync = sync(retry_run)
pause_run_sync = sync(pause_run)
resume_run_sync = sync(resume_run)
