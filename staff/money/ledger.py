"""The writing of the ledger: when a run ends, and for those that ended unseen."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

import structlog
from django.db import transaction
from django.db.models import Count, Exists, OuterRef, Q, Sum
from django.utils import timezone

from genisys.host import TERMINAL
from runs.models import Run, Step
from staff.money.days import live_from, sum_up
from staff.money.models import Spend

AT_ONCE = 500
LOOK_BACK = timedelta(days=1)

log = structlog.get_logger("staff.money")

_COLUMNS = (
    "pk",
    "workflow",
    "owner_id",
    "status",
    "started_at",
    "ended_at",
    "input_tokens",
    "output_tokens",
    "cost_microusd",
    "known_cost_microusd",
)


def run_ended(run: Run, **_: Any) -> None:
    """Receive `run_finished`: write the run down, in the transaction that records its end."""
    write([run.pk])


def catch_up(since: datetime | None = None, **_: Any) -> int:
    """Receive `clock_ticked`: write down finished runs that are not yet, at most AT_ONCE; return how many.

    Without `since` only those made in the last day are looked at: older ones were met when the table was made.
    """
    written = Exists(Spend.objects.filter(run_id=OuterRef("pk"), model=""))
    missing = Run.objects.filter(~written, status__in=TERMINAL, ended_at__isnull=False)
    missing = missing.filter(created_at__gte=since or timezone.now() - LOOK_BACK)
    run_ids = list(missing.order_by().values_list("pk", flat=True)[:AT_ONCE])
    if run_ids:
        write(run_ids)
        log.info("spend.caught_up", runs=len(run_ids))
    return len(run_ids)


def write(run_ids: Sequence[str]) -> None:
    """Write what these runs cost, in place of what was written of them, and sum up anew the past days it changes."""
    changed = put(run_ids)
    sum_up(day for day in changed if day < live_from(timezone.now()))


@transaction.atomic
def put(run_ids: Sequence[str], *, runs: Any = Run, steps: Any = Step, spends: Any = Spend) -> set[date]:
    """Write what these runs cost, in place of what was written of them; return the days that this changes.

    Open runs are left out. Migrations pass the models as they were.
    """
    ended = runs.objects.filter(pk__in=run_ids, ended_at__isnull=False, status__in=TERMINAL)
    found = {row["pk"]: row for row in ended.order_by().values(*_COLUMNS)}
    of_these = steps.objects.filter(run_id__in=list(found)).order_by()
    counted = dict(of_these.values_list("run_id").annotate(steps=Count("pk")))
    before = spends.objects.filter(run_id__in=list(found))
    changed = set(before.order_by().values_list("day", flat=True).distinct())
    before.delete()
    spends.objects.bulk_create([spends(**row) for row in _rows(found, counted, _by_model(of_these))], batch_size=50)
    return changed | {_day(run["ended_at"]) for run in found.values()}


def _by_model(steps: Any) -> list[dict[str, Any]]:
    return list(
        steps.exclude(model="")
        .values("run_id", "model")
        .annotate(
            calls=Count("pk"),
            unknown=Count("pk", filter=Q(cost_microusd=None)),
            read=Sum("input_tokens"),
            written=Sum("output_tokens"),
            cost=Sum("cost_microusd"),
        )
    )


def _rows(
    found: dict[str, dict[str, Any]], counted: dict[str, int], by_model: list[dict[str, Any]]
) -> Iterator[dict[str, Any]]:
    for run in found.values():
        yield _shared(run) | {
            "model": "",
            "steps": counted.get(run["pk"], 0),
            "seconds": _seconds(run["started_at"], run["ended_at"]),
            "input_tokens": run["input_tokens"],
            "output_tokens": run["output_tokens"],
            "cost_microusd": run["cost_microusd"],
            "known_cost_microusd": run["known_cost_microusd"],
        }
    for row in by_model:
        known = row["cost"] or 0
        yield _shared(found[row["run_id"]]) | {
            "model": row["model"],
            "calls": row["calls"],
            "input_tokens": row["read"],
            "output_tokens": row["written"],
            "cost_microusd": None if row["unknown"] else known,
            "known_cost_microusd": known,
        }


def _shared(run: dict[str, Any]) -> dict[str, Any]:
    return {
        "run_id": run["pk"],
        "day": _day(run["ended_at"]),
        "at": run["ended_at"],
        "workflow": run["workflow"],
        "person_id": run["owner_id"],
        "status": run["status"],
    }


def _day(at: datetime) -> date:
    return at.astimezone(UTC).date()


def _seconds(started: datetime | None, ended: datetime) -> float | None:
    return None if started is None else max(0.0, (ended - started).total_seconds())
