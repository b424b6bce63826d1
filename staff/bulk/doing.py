"""Doing what was asked of many runs, a piece at each turn of control's: no request waits for it.

Any number of controls may try: one holds an act at a time. A control that dies leaves its piece to be done again, which
does no harm: what is done to a run already is met as done. While Redis is away nothing is counted as failed.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import structlog
from django.db.models import Q
from django.utils import timezone

from genisys import RunNotOpen, UserError
from genisys.host import STORE_ERRORS
from runs.access import acan_operate
from runs.models import Run
from runs.presentation import words
from runs.record.refused.refusals import is_passing
from runs.rules.audit import Actor, Via
from runs.service.actions import cancel_run, retry_run
from staff.bulk.preview import TAKES
from staff.models import BulkAct, BulkItem

PIECE = 200
AT_ONCE = 8
HOLD = timedelta(minutes=2)
_RIGHTS_GONE = "The person who asked for it may no longer operate runs."

Action, Outcome = BulkAct.Action, BulkItem.Outcome
log = structlog.get_logger("staff.bulk")


@dataclass(frozen=True, slots=True)
class _Came:
    """What came of one run. No outcome: it could not be tried, and stays to be done."""

    outcome: str
    reason: str = ""


async def do_a_piece(**_: Any) -> int:
    """Receive `turn_given`: do the next piece of the oldest act that is not done; return how many runs it was about."""
    act = await _held()
    if act is None:
        return 0
    try:
        return await _do(act)
    finally:
        await BulkAct.objects.filter(pk=act.pk).aupdate(held_until=None)


async def _held() -> BulkAct | None:
    """Return the oldest act that is not done and that nobody holds, held for us; None where there is none."""
    now = timezone.now()
    free = BulkAct.objects.filter(Q(held_until__isnull=True) | Q(held_until__lt=now), ended_at__isnull=True)
    act = await free.select_related("by").order_by("at", "pk").afirst()
    if act is None or not await free.filter(pk=act.pk).aupdate(held_until=now + HOLD):
        return None
    return act


async def _do(act: BulkAct) -> int:
    if act.by is None or not await acan_operate(act.by):
        await _end(act, _RIGHTS_GONE)
        return 0
    items = [item async for item in act.items.filter(outcome=Outcome.OPEN).order_by("pk")[:PIECE]]
    runs = {run.pk: run async for run in Run.objects.filter(pk__in=[item.run_id for item in items]).defer("output")}
    actor = Actor(act.by, Via.PAGE, act.why)
    tried = 0
    for start in range(0, len(items), AT_ONCE):
        some = items[start : start + AT_ONCE]
        came = await asyncio.gather(*(_one(act.action, runs.get(item.run_id), actor) for item in some))
        await _write(some, came)
        tried += sum(bool(each.outcome) for each in came)
        store_is_away = not all(each.outcome for each in came)
        if store_is_away or await BulkAct.objects.filter(pk=act.pk, ended_at__isnull=False).aexists():
            return tried
    if len(items) < PIECE:
        await _end(act)
    return tried


async def _one(action: str, run: Run | None, actor: Actor) -> _Came:
    if run is None:
        return _Came(Outcome.SKIPPED, "This run is gone.")
    if run.status not in TAKES[action]:
        return _Came(Outcome.SKIPPED, f"It was {words.STATUS_WORDS[run.status]} by then.")
    try:
        if action == Action.CANCEL:
            was_open = await cancel_run(run, actor)
            return _Came(Outcome.DONE) if was_open else _Came(Outcome.SKIPPED, "It had ended by then.")
        await retry_run(run, actor)
    except (UserError, RunNotOpen) as error:
        away = isinstance(error.__cause__, STORE_ERRORS)
        return _Came(Outcome.OPEN) if away else _Came(Outcome.FAILED, error.message[:300])
    except Exception as error:
        if is_passing(error):
            return _Came(Outcome.OPEN)
        # One run that breaks in a way of its own does not hold up the others.
        log.exception("bulk.run_failed", run_id=run.pk, action=action)
        return _Came(Outcome.FAILED, f"{type(error).__name__}: {error}"[:300])
    return _Came(Outcome.DONE)


async def _write(items: list[BulkItem], came: list[_Came]) -> None:
    now = timezone.now()
    done = [(item, each) for item, each in zip(items, came, strict=True) if each.outcome]
    for item, each in done:
        item.outcome, item.reason, item.at = each.outcome, each.reason, now
    await BulkItem.objects.abulk_update([item for item, _ in done], ["outcome", "reason", "at"])


async def _end(act: BulkAct, why: str = "") -> None:
    await BulkAct.objects.filter(pk=act.pk, ended_at__isnull=True).aupdate(ended_at=timezone.now(), end=why)
    log.info("bulk.ended", act=str(act.pk), action=act.action, why=why)
