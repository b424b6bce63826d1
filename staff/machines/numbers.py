"""The numbers that are measured: gathered at each scrape, from the look at the fleet and from the record."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from asgiref.sync import sync_to_async
from django.db.models import Count, Q, QuerySet, Sum

from runs.models import IS_OPEN, Run
from staff.alerts.models import Alert
from staff.fleet.look import Look, look
from staff.money.models import Spend


@dataclass(frozen=True, slots=True)
class Ended:
    """What ended since midnight (UTC) of one workflow and status."""

    workflow: str
    status: str
    runs: int
    steps: int
    seconds: float
    known_microusd: int
    unknown: int


@dataclass(frozen=True, slots=True)
class Asked:
    """What one model was asked by runs that ended since midnight (UTC)."""

    model: str
    calls: int
    input_tokens: int
    output_tokens: int


@dataclass(frozen=True, slots=True)
class Numbers:
    """All that is measured at `now`. `open` maps workflow and status to runs, `alerts` rules to open episodes."""

    now: datetime
    fleet: Look
    open: Mapping[tuple[str, str], int] = field(default_factory=dict)
    ended: Sequence[Ended] = ()
    asked: Sequence[Asked] = ()
    alerts: Mapping[str, int] = field(default_factory=dict)


async def numbers_at(now: datetime) -> Numbers:
    """Measure once. Raises django.db.Error; a Redis that is away leaves out what only it knows."""
    return Numbers(now, await look(), *(await sync_to_async(_recorded)(now)))


def _recorded(now: datetime) -> tuple[Any, ...]:
    midnight = now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    today = Spend.objects.filter(at__gte=midnight).order_by()
    counted = Run.objects.filter(IS_OPEN).order_by().values_list("workflow", "status").annotate(runs=Count("pk"))
    alerts = Alert.objects.filter(ended_at=None).order_by().values_list("rule").annotate(count=Count("pk"))
    by_status = {(workflow, status): runs for workflow, status, runs in counted}
    return by_status, _ended(today.filter(model="")), _asked(today.filter(model__gt="")), dict(alerts)


def _ended(today: QuerySet[Spend]) -> list[Ended]:
    grouped = today.values_list("workflow", "status").annotate(
        runs=Count("pk"),
        all_steps=Sum("steps"),
        all_seconds=Sum("seconds"),
        known=Sum("known_cost_microusd"),
        unknown=Count("pk", filter=Q(cost_microusd=None)),
    )
    return [
        Ended(workflow, status, runs, steps, seconds or 0.0, known, unknown)
        for workflow, status, runs, steps, seconds, known, unknown in grouped
    ]


def _asked(today: QuerySet[Spend]) -> list[Asked]:
    grouped = today.values_list("model").annotate(
        asked=Sum("calls"), read=Sum("input_tokens"), written=Sum("output_tokens")
    )
    return [Asked(*row) for row in grouped]
