"""Sums over the ledger: by workflow, person, model and day, each one query over the rows since a time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.contrib.auth import get_user_model
from django.db.models import Count, Q, QuerySet, Sum

from runs.models import RunStatus
from staff.money.models import Spend

MOST_PEOPLE = 20
SAMPLE = 5000
"""Of so many runs, the newest, times are compared: to sort them all would cost more than it tells."""


@dataclass(frozen=True, slots=True)
class Total:
    """What a group of runs (or calls) came to. `unknown` counts those whose cost is not wholly known."""

    key: Any
    runs: int = 0
    completed: int = 0
    failed: int = 0
    unknown: int = 0
    known_microusd: int = 0
    input_tokens: int = 0
    output_tokens: int = 0
    calls: int = 0


def by_workflow(since: datetime) -> list[Total]:
    """Return the totals of each workflow, the dearest first."""
    return _totals(_runs(since), "workflow")


def by_person(since: datetime) -> list[tuple[Total, str]]:
    """Return the totals of those who spent most, each with a name: "" for runs of nobody, or of one who has gone."""
    totals = _totals(_runs(since), "person_id", MOST_PEOPLE)
    people = get_user_model().objects.filter(pk__in=[total.key for total in totals if total.key is not None])
    names = {person.pk: str(person.email or person.get_username()) for person in people}
    return [(total, names.get(total.key, "")) for total in totals]


def by_model(since: datetime) -> list[Total]:
    """Return the totals of each model that was asked, the dearest first; `runs` are the runs that asked it."""
    return _totals(Spend.objects.filter(at__gte=since).exclude(model=""), "model")


def by_day(since: datetime) -> dict[date, Total]:
    """Return the totals of each day (UTC) on which a run ended."""
    return {total.key: total for total in _totals(_runs(since), "day")}


def times(since: datetime) -> Mapping[str, Sequence[float]]:
    """Return how long runs took, in seconds, by workflow: of the newest SAMPLE that were completed."""
    completed = _runs(since).filter(status=RunStatus.COMPLETED, seconds__isnull=False)
    found: dict[str, list[float]] = {}
    for workflow, seconds in completed.order_by("-at").values_list("workflow", "seconds")[:SAMPLE]:
        found.setdefault(workflow, []).append(seconds or 0.0)
    return found


def _runs(since: datetime) -> QuerySet[Spend]:
    return Spend.objects.filter(model="", at__gte=since)


def _totals(spends: QuerySet[Spend], key: str, most: int | None = None) -> list[Total]:
    grouped = (
        spends.order_by()
        .values(key)
        .annotate(
            runs=Count("pk"),
            completed=Count("pk", filter=Q(status=RunStatus.COMPLETED)),
            failed=Count("pk", filter=Q(status=RunStatus.FAILED)),
            unknown=Count("pk", filter=Q(cost_microusd=None)),
            known=Sum("known_cost_microusd"),
            read=Sum("input_tokens"),
            written=Sum("output_tokens"),
            called=Sum("calls"),
        )
    )
    return [
        Total(
            row[key],
            row["runs"],
            row["completed"],
            row["failed"],
            row["unknown"],
            row["known"],
            row["read"],
            row["written"],
            row["called"],
        )
        for row in grouped.order_by("-known", key)[:most]
    ]
