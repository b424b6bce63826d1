"""The sums of past days: made once from the rows of a day, so that a page over months reads a few thousand of them.

Today and yesterday are always summed up from their rows (`live_from`): they still grow, and a day that has just passed
may not have been summed up yet.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Count, Q, Sum
from django.utils import timezone

from runs.models import RunStatus
from staff.money.models import Spend, SpendDay

LIVE_DAYS = 2
LOOK_BACK_DAYS = 100

SUMS: dict[str, Any] = {
    "runs": Count("pk"),
    "completed": Count("pk", filter=Q(status=RunStatus.COMPLETED)),
    "failed": Count("pk", filter=Q(status=RunStatus.FAILED)),
    "unknown": Count("pk", filter=Q(cost_microusd=None)),
    "known": Sum("known_cost_microusd"),
    "read": Sum("input_tokens"),
    "written": Sum("output_tokens"),
    "called": Sum("calls"),
}
"""What is summed up of the ledger's rows, by the names under which queries give it."""


def live_from(now: datetime) -> date:
    """Return the first day that is not taken from the sums of past days."""
    return now.astimezone(UTC).date() - timedelta(days=LIVE_DAYS - 1)


def sum_up(days: Iterable[date], *, spends: Any = Spend, sums: Any = SpendDay) -> None:
    """Sum up these days, in place of what was summed up of them. Migrations pass the models as they were."""
    for day in days:
        of_day = spends.objects.filter(day=day).order_by()
        rows = [
            sums(day=day, by=by, key="" if row[column] is None else str(row[column]), model=row["model"], **_sums(row))
            for by, column in (("workflow", "workflow"), ("person", "person_id"))
            for row in of_day.values(column, "model").annotate(**SUMS)
        ]
        with transaction.atomic():
            sums.objects.filter(day=day).delete()
            sums.objects.bulk_create(rows, batch_size=50)


def sum_up_past(now: datetime) -> Sequence[date]:
    """Sum up the days that have passed and are not yet, of the last LOOK_BACK_DAYS; return which they were."""
    first_live = live_from(now)
    past = {"day__lt": first_live, "day__gte": first_live - timedelta(days=LOOK_BACK_DAYS)}
    missing = sorted(_days(Spend.objects.filter(**past)) - _days(SpendDay.objects.filter(**past)))
    sum_up(missing)
    return missing


class OnceADay:
    """Receives `clock_ticked`: sums up the past when a day has passed, and once after the start of the process."""

    def __init__(self) -> None:
        self._done: date | None = None

    def tick(self, now: datetime | None = None, **_: Any) -> None:
        """Sum up what is missing, unless that was done since the day began."""
        at = now or timezone.now()
        if self._done != live_from(at):
            sum_up_past(at)
            self._done = live_from(at)


once_a_day = OnceADay()


def _days(rows: Any) -> set[date]:
    return set(rows.order_by().values_list("day", flat=True).distinct())


def _sums(row: dict[str, Any]) -> dict[str, int]:
    return {
        "runs": row["runs"],
        "completed": row["completed"],
        "failed": row["failed"],
        "unknown": row["unknown"],
        "known_microusd": row["known"],
        "input_tokens": row["read"],
        "output_tokens": row["written"],
        "calls": row["called"],
    }
