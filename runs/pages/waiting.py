"""What the runs of a list wait for or do, which their rows do not say."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from asgiref.sync import async_to_sync
from django.db.models import QuerySet

from genisys.host import STORE_ERRORS, RunMeta
from runs.engines import new_engine
from runs.models import Run, RunStatus
from runs.presentation.rows import RunRow, run_row
from runs.record.states import doing_of

MOST_LOOKED_AT = 50


def rows_of(runs: Iterable[Run]) -> list[RunRow]:
    """Return the runs as lines of a list: each that waits with what it waits for, each under way with what it does."""
    listed = list(runs)
    reasons, doing = _of_redis(
        [run.pk for run in listed if run.status == RunStatus.WAITING],
        [run.pk for run in listed if run.status == RunStatus.RUNNING],
    )
    return [run_row(run, reasons.get(run.pk, ""), doing.get(run.pk, "")) for run in listed]


def for_the_owner(runs: QuerySet[Run]) -> list[RunRow]:
    """Return the lines of those runs that go on once their owner answers or allows more, latest first."""
    return [row for row in rows_of(runs.filter(status=RunStatus.WAITING)[:MOST_LOOKED_AT]) if row.asks]


def _of_redis(waiting: Sequence[str], running: Sequence[str]) -> tuple[dict[str, str], dict[str, str]]:
    """Return what the first wait for and what the others do, by id; nothing while Redis is away."""
    if not waiting and not running:
        return {}, {}
    try:
        return async_to_sync(_looked_up)(waiting, running)
    except STORE_ERRORS:
        return {}, {}


async def _looked_up(waiting: Sequence[str], running: Sequence[str]) -> tuple[dict[str, str], dict[str, str]]:
    async with new_engine(connections=1) as own:
        metas = await own.metas(waiting) if waiting else {}
        return {run_id: _reason(meta) for run_id, meta in metas.items()}, await doing_of(own, running)


def _reason(meta: RunMeta) -> str:
    """Return the reason; of several, one that asks the owner, since that is what they can do something about."""
    waiting = meta.waiting or {}
    reasons = [str(wait["reason"]) for wait in waiting.get("for", [waiting]) if wait]
    asking = [reason for reason in reasons if reason in ("input", "budget")]
    return next(iter([*asking, *reasons]), "")
