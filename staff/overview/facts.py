"""What the overview is made of: counts and sums over the record, one query each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, Max, Min, Q, QuerySet, Sum

from genisys.host import WorkerInfo
from runs.access import without_big_columns
from runs.models import IS_OPEN, Run, RunStatus, SetAside
from staff.alerts.models import Alert
from staff.narrowing.selection import by_cause, stuck, waiting_for

CAUSES = 8
RUNS = 5


@dataclass(frozen=True, slots=True)
class OpenRuns:
    """The open runs of one deployment that are in one state. `oldest` is when the first of them was started."""

    deployment: str
    status: str
    waits_for: str
    runs: int
    oldest: datetime


@dataclass(frozen=True, slots=True)
class Failures:
    """Runs that failed by one cause."""

    cause: str
    runs: int
    last: datetime


@dataclass(frozen=True, slots=True)
class Spend:
    """What the runs cost that were started today, yesterday, and yesterday up to this time of day, in microdollars.

    `unknown` counts today's runs of which the cost is not known, or only in part.
    """

    today: int
    yesterday: int
    yesterday_by_now: int
    unknown: int


@dataclass(frozen=True, slots=True)
class Facts:
    """All that the overview is decided from. `workers` is None while the store of runs in flight is away.

    `providers` are those that are asked nothing just now, with what each is; `alerts` are the texts of the open ones.
    """

    now: datetime
    open: list[OpenRuns]
    asking: list[Run]
    failures: list[Failures]
    spend: Spend
    aside: dict[str, int]
    workers: list[WorkerInfo] | None
    stuck: int
    providers: Mapping[str, str]
    alerts: list[str]


def midnight(now: datetime) -> datetime:
    """Return when today began, in the zone of `now`."""
    return now.replace(hour=0, minute=0, second=0, microsecond=0)


def facts_of(now: datetime, workers: list[WorkerInfo] | None, providers: Mapping[str, str]) -> Facts:
    """Read the facts from the record; what only the store of runs in flight knows is given."""
    # Whatever is asked of open runs says so first, and is answered from the small index of these.
    open_runs = Run.objects.filter(IS_OPEN).order_by()
    return Facts(
        now=now,
        open=_open(open_runs),
        asking=_asking(open_runs),
        failures=_failures(midnight(now)),
        spend=_spend(now),
        aside=_aside(),
        workers=workers,
        stuck=0 if workers is None else open_runs.filter(stuck(workers, now)).count(),
        providers=providers,
        alerts=list(Alert.objects.filter(ended_at=None, told_at__isnull=False).values_list("text", flat=True)),
    )


def _open(open_runs: QuerySet[Run]) -> list[OpenRuns]:
    groups = open_runs.values_list("deployment", "status", "waits_for")
    return [OpenRuns(*group) for group in groups.annotate(runs=Count("*"), oldest=Min("created_at"))]


def _asking(open_runs: QuerySet[Run]) -> list[Run]:
    """Return the runs that have waited for a person for longest."""
    asking = open_runs.filter(waiting_for(("person",)))
    return list(without_big_columns(asking).select_related("owner").order_by("waits_since", "created_at")[:RUNS])


def _failures(since: datetime) -> list[Failures]:
    failed = by_cause(Run.objects.filter(status=RunStatus.FAILED, ended_at__gte=since))
    counted = failed.annotate(runs=Count("*"), last=Max("ended_at")).order_by("-runs", "shared_cause")
    return [Failures(*group) for group in counted]


def _spend(now: datetime) -> Spend:
    today = midnight(now)
    yesterday = midnight(today - timedelta(hours=12))
    by_day = {
        "today": Q(created_at__gte=today),
        "yesterday": Q(created_at__gte=yesterday, created_at__lt=today),
        "yesterday_by_now": Q(created_at__gte=yesterday, created_at__lt=now - timedelta(days=1)),
    }
    sums = {name: Sum("known_cost_microusd", filter=when, default=0) for name, when in by_day.items()}
    unknown = Count("pk", filter=by_day["today"] & Q(cost_microusd__isnull=True))
    found = Run.objects.filter(created_at__gte=yesterday).order_by().aggregate(**sums, unknown=unknown)
    return Spend(**found)


def _aside() -> dict[str, int]:
    counted = SetAside.objects.order_by().values_list("what").annotate(Count("run", distinct=True))
    return dict(counted)
