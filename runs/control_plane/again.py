"""Trying again, by hand, what was set aside of a run: its record, its start, its webhooks, mail and product."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from asgiref.sync import sync_to_async
from django.conf import settings

from genisys import UserError
from runs.access import Action
from runs.accounts import notices
from runs.control_plane import projection, retention
from runs.engines import engine, start_recorded, sync
from runs.models import Run, SetAside
from runs.record.refused import set_aside
from runs.record.refused.refusals import cause_of, is_passing
from runs.record.refused.set_aside import What
from runs.record.signals import run_finished
from runs.record.states import run_state
from runs.rules import audit
from runs.rules.audit import Actor
from runs.webhooks import outbox

_AWAY = "The database or the store of runs does not answer just now ({cause}). Nothing was changed: try again later."


class NothingLeft(Exception):
    """There is nothing any more from which it could be made."""


async def try_again(run: Run, actor: Actor) -> list[SetAside]:
    """Do again what was set aside of the run; return what is refused still, with its cause. Raises UserError.

    What is taken now is set aside no longer. Doing it where nothing is aside does nothing.
    """
    parts = [aside async for aside in run.set_aside.order_by("pk")]
    if not parts:
        return []
    for aside in parts:
        what = What(aside.what)
        try:
            await _ACTS[what](run)
        except Exception as error:
            if is_passing(error):
                raise UserError(_AWAY.format(cause=cause_of(error))) from error
            await set_aside.aput(run.pk, what, error)
        else:
            await set_aside.aclear(run.pk, what)
    left = [aside async for aside in run.set_aside.order_by("pk")]
    await audit.record(actor, Action.AGAIN, run, refused=[aside.what for aside in left])
    return left


try_again_sync = sync(try_again)


async def _record(run: Run) -> None:
    meta = await engine().meta(run.pk)
    if meta is None:
        raise NothingLeft("Redis holds nothing of this run any more.")
    if meta.closed:
        await projection.finish(engine(), meta, keep_seconds=settings.GENISYS_KEEP_FINISHED_SECONDS, again=True)
    else:
        await projection.project_open(meta)


async def _start(run: Run) -> None:
    if not run.finished and await engine().meta(run.pk) is None:
        await start_recorded(engine(), run, unknown=True)


async def _product(run: Run) -> None:
    state, _ = await run_state(run)
    await sync_to_async(run_finished.send)(sender=Run, run=run, state=state)


async def _history(run: Run) -> None:
    await retention.forget_history(run.pk)


_ACTS: dict[What, Callable[[Run], Awaitable[None]]] = {
    What.RECORD: _record,
    What.START: _start,
    What.MAIL: sync_to_async(notices.again),
    What.WEBHOOKS: sync_to_async(outbox.record),
    What.PRODUCT: _product,
    What.HISTORY: _history,
}
