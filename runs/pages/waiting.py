"""What the runs of a list wait for, which their rows do not say: their owner's answer, money, time, or a provider."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from asgiref.sync import async_to_sync
from django.db.models import QuerySet

from genisys.host import STORE_ERRORS, RunMeta
from runs.engines import new_engine
from runs.models import Run, RunStatus
from runs.presentation.rows import RunRow, run_row

MOST_LOOKED_AT = 50


def rows_of(runs: Iterable[Run]) -> list[RunRow]:
    """Return the runs as lines of a list, each that waits with what it waits for."""
    listed = list(runs)
    reasons = _reasons([run.pk for run in listed if run.status == RunStatus.WAITING])
    return [run_row(run, reasons.get(run.pk, "")) for run in listed]


def for_the_owner(runs: QuerySet[Run]) -> list[RunRow]:
    """Return the lines of those runs that go on once their owner answers or allows more, latest first."""
    return [row for row in rows_of(runs.filter(status=RunStatus.WAITING)[:MOST_LOOKED_AT]) if row.asks]


def _reasons(run_ids: Sequence[str]) -> dict[str, str]:
    """Return what each run waits for, by id; nothing while Redis is away."""
    if not run_ids:
        return {}
    try:
        metas = async_to_sync(_metas)(run_ids)
    except STORE_ERRORS:
        return {}
    return {run_id: _reason(meta) for run_id, meta in metas.items()}


async def _metas(run_ids: Sequence[str]) -> dict[str, RunMeta]:
    async with new_engine(connections=1) as own:
        return await own.metas(run_ids)


def _reason(meta: RunMeta) -> str:
    """Return the reason; of several, one that asks the owner, since that is what they can do something about."""
    waiting = meta.waiting or {}
    reasons = [str(wait["reason"]) for wait in waiting.get("for", [waiting]) if wait]
    asking = [reason for reason in reasons if reason in ("input", "budget")]
    return next(iter([*asking, *reasons]), "")
