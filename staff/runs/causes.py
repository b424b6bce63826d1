"""Failures by cause: how many runs each has, how many people it meets, since when, and the way to them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta

from django.db.models import Count, Max, Min
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from runs.access import OPERATE
from runs.models import RunStatus
from runs.presentation import words
from runs.presentation.words import Moment
from staff.door import staff_page
from staff.narrowing.filters import Filters
from staff.narrowing.selection import by_cause
from staff.runs.views import Asked, asked

MOST = 100
IN_ALL = timedelta(days=7)
"""What is counted where no time is asked for."""


@dataclass(frozen=True, slots=True)
class Cause:
    """Runs that failed by one cause. `query` is that of the list that shows them, "" where there is none."""

    cause: str
    runs: int
    people: int
    first: Moment
    last: Moment
    query: str


@require_GET
@never_cache
@staff_page
def causes(request: HttpRequest) -> HttpResponse:
    """The causes of the failed runs that the filters let through, the most frequent first."""
    found = asked(request)
    untimed = not (found.filters.since_at or found.filters.until_at or found.filters.ended_at)
    filters = replace(found.filters, ended="7d") if untimed else found.filters
    context = {
        "place": "runs",
        "causes": _causes(found, filters, untimed),
        "untimed": untimed,
        "away": found.away,
        "filters": found.filters,
        "query": found.filters.query(),
        "operates": request.user.has_perm(OPERATE),
    }
    return render(request, "staff/causes.html", context)


def _causes(found: Asked, filters: Filters, untimed: bool) -> list[Cause]:
    failed = found.runs.filter(status=RunStatus.FAILED)
    if untimed:
        failed = failed.filter(ended_at__gte=found.now - IN_ALL)
    counted = by_cause(failed).annotate(
        runs=Count("*"), people=Count("owner", distinct=True), first=Min("ended_at"), last=Max("ended_at")
    )
    return [
        Cause(cause, runs, people, words.day(first), words.day(last), _query(filters, cause))
        for cause, runs, people, first, last in counted.order_by("-runs", "shared_cause")[:MOST]
        if first and last
    ]


def _query(filters: Filters, cause: str) -> str:
    return filters.query(status=RunStatus.FAILED.value, cause=cause) if cause else ""
