"""Sums over the ledger: by workflow, person, model and day. Past days are read as they were summed up."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import UTC, date, datetime, time
from typing import Any

from django.contrib.auth import get_user_model
from django.db.models import QuerySet, Sum

from runs.models import RunStatus
from staff.money.days import SUMS, live_from
from staff.money.models import Spend, SpendDay

MOST_PEOPLE = 20
SAMPLE = 2000
"""Of so many runs, the newest, times are compared: to sort them all would cost more than it tells."""

_PAST = {
    "runs": Sum("runs"),
    "completed": Sum("completed"),
    "failed": Sum("failed"),
    "unknown": Sum("unknown"),
    "known": Sum("known_microusd"),
    "read": Sum("input_tokens"),
    "written": Sum("output_tokens"),
    "called": Sum("calls"),
}


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

    def __add__(self, other: Total) -> Total:
        """Return both together, under the key of the first."""
        numbers = [field.name for field in fields(self) if field.name != "key"]
        return replace(self, **{name: getattr(self, name) + getattr(other, name) for name in numbers})


@dataclass(frozen=True, slots=True)
class Span:
    """The days from `first` on; those from `live` on are summed up from their rows."""

    first: date
    live: date

    @classmethod
    def since(cls, first: date, now: datetime) -> Span:
        """Return the span from that day until now."""
        return cls(first, max(first, live_from(now)))


def by_day_and_workflow(span: Span) -> dict[tuple[date, str], Total]:
    """Return the totals of each workflow on each day (UTC)."""
    past = _past(span, SpendDay.By.WORKFLOW).filter(model="").values_list("day", "key").annotate(**_PAST)
    live = _live(span).filter(model="").values_list("day", "workflow").annotate(**SUMS)
    return {(row[0], row[1]): Total(row[1], *row[2:]) for row in [*past, *live]}


def by_person(span: Span) -> list[tuple[Total, str]]:
    """Return the totals of those who spent most, each with a name: "" for runs of nobody, or of one who has gone."""
    past = _past(span, SpendDay.By.PERSON).filter(model="").values_list("key").annotate(**_PAST)
    live = _live(span).filter(model="").values_list("person_id").annotate(**SUMS)
    found = [Total(int(row[0]) if row[0] else None, *row[1:]) for row in past]
    totals = dearest_first(together([*found, *(Total(*row) for row in live)]))[:MOST_PEOPLE]
    people = get_user_model().objects.filter(pk__in=[total.key for total in totals if total.key is not None])
    names = {person.pk: str(person.email or person.get_username()) for person in people}
    return [(total, names.get(total.key, "")) for total in totals]


def by_model(span: Span) -> list[Total]:
    """Return the totals of each model that was asked, the dearest first; `runs` are the runs that asked it."""
    past = _past(span, SpendDay.By.WORKFLOW).filter(model__gt="").values_list("model").annotate(**_PAST)
    live = _live(span).filter(model__gt="").values_list("model").annotate(**SUMS)
    return dearest_first(together(Total(*row) for row in [*past, *live]))


def times(span: Span) -> Mapping[str, Sequence[float]]:
    """Return how long runs took, in seconds, by workflow: of the newest SAMPLE that were completed."""
    completed = Spend.objects.filter(
        model="", at__gte=_begin(span.first), status=RunStatus.COMPLETED, seconds__isnull=False
    )
    found: dict[str, list[float]] = {}
    for workflow, seconds in completed.order_by("-at").values_list("workflow", "seconds")[:SAMPLE]:
        found.setdefault(workflow, []).append(seconds or 0.0)
    return found


def together(totals: Iterable[Total]) -> list[Total]:
    """Return the totals with those of the same key added up."""
    found: dict[Any, Total] = {}
    for total in totals:
        found[total.key] = found[total.key] + total if total.key in found else total
    return list(found.values())


def dearest_first(totals: Iterable[Total]) -> list[Total]:
    """Return the totals by what is known to be spent, the most first."""
    return sorted(totals, key=lambda total: (-total.known_microusd, str(total.key)))


def _past(span: Span, by: str) -> QuerySet[SpendDay]:
    return SpendDay.objects.filter(by=by, day__gte=span.first, day__lt=span.live).order_by()


def _live(span: Span) -> QuerySet[Spend]:
    return Spend.objects.filter(at__gte=_begin(span.live)).order_by()


def _begin(day: date) -> datetime:
    """Return when the day begins: queries say the time and not the day, since the index is (model, at)."""
    return datetime.combine(day, time.min, UTC)
