"""The overview: what needs a person now, and how things stand."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from genisys.host import STORE_ERRORS, WorkerInfo
from runs.models import Run
from runs.presentation import words
from staff.door import staff_page
from staff.fleet.resting import resting_providers
from staff.narrowing.filters import Filters
from staff.narrowing.living import living_workers
from staff.overview.attention import fleet_of, lines_of
from staff.overview.facts import Facts, Spend, facts_of
from staff.runs.rows import person_of, run_url, wait_of


@require_GET
@never_cache
@staff_page
def overview(request: HttpRequest) -> HttpResponse:
    """What needs a person now, each line a link; and how things stand."""
    return render(request, "staff/overview.html", {"place": "overview", **_context()})


@require_GET
@never_cache
@staff_page
def fragment(request: HttpRequest) -> HttpResponse:
    """The same without the page around it, for a page that stays live."""
    return render(request, "staff/_overview.html", _context())


def _context() -> dict[str, Any]:
    facts = facts_of(timezone.localtime(), _workers(), _providers())
    return {
        "lines": lines_of(facts),
        "asking": [_asking(run, facts) for run in facts.asking],
        "fleet": None if facts.workers is None else fleet_of(facts.workers, facts.now),
        "under_way": _count(facts, "running"),
        "queued": _count(facts, "queued"),
        "waiting": _count(facts, "waiting"),
        "spend": _spend(facts.spend),
        "as_of": facts.now,
    }


def _workers() -> list[WorkerInfo] | None:
    try:
        return living_workers()
    except STORE_ERRORS:
        return None


def _providers() -> dict[str, str]:
    try:
        return resting_providers()
    except STORE_ERRORS:
        return {}


def _count(facts: Facts, status: str) -> int:
    return sum(group.runs for group in facts.open if group.status == status)


def _asking(run: Run, facts: Facts) -> dict[str, str]:
    return {
        "title": str(run),
        "url": run_url(run.pk, Filters(waits=("person",))),
        "wait": wait_of(run, facts.now),
        "workflow": run.workflow,
        "person": person_of(run),
    }


def _spend(spend: Spend) -> dict[str, str]:
    unknown = f"; of {words.amount(spend.unknown, 'run')} the cost is not known" if spend.unknown else ""
    return {
        "today": words.cost(spend.today) or "$0.00",
        "yesterday": words.cost(spend.yesterday) or "$0.00",
        "yesterday_by_now": words.cost(spend.yesterday_by_now) or "$0.00",
        "unknown": unknown,
    }
