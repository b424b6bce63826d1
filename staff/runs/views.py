"""The list of all runs, and its rows alone for a page that stays live."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from django.contrib.auth.models import User
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from genisys.host import STORE_ERRORS
from runs.access import OPERATE
from runs.models import Run
from staff.door import staff_page
from staff.narrowing.filters import Filters, read_filters
from staff.narrowing.living import living_workers
from staff.narrowing.paging import ROWS, page_of
from staff.narrowing.selection import selected
from staff.runs import filter_form
from staff.runs.rows import staff_row
from staff.runs.saved import views_of

AWAY = "The store of runs in flight does not answer just now, so which runs are stuck is not known. Try again soon."


@dataclass(frozen=True, slots=True)
class Asked:
    """What a request asks to see: the filters, the runs that they let through, and why there can be none."""

    filters: Filters
    runs: QuerySet[Run]
    now: datetime
    away: str = ""


def asked(request: HttpRequest) -> Asked:
    """Read the filters of a request, and select by them."""
    now = timezone.localtime()
    filters = read_filters(request.GET, now)
    try:
        return Asked(filters, selected(request.user, filters, now, living_workers), now)
    except STORE_ERRORS:
        return Asked(filters, Run.objects.none(), now, AWAY)


@require_GET
@never_cache
@staff_page
def runs_list(request: HttpRequest) -> HttpResponse:
    """All runs, newest first, narrowed by the filters in the address."""
    found = asked(request)
    return render(
        request,
        "staff/runs.html",
        {
            "place": "runs",
            "form": filter_form.filter_form(found.filters),
            "operates": request.user.has_perm(OPERATE),
            "saved": views_of(cast(User, request.user)),
            **_rows(request, found),
        },
    )


@require_GET
@never_cache
@staff_page
def rows(request: HttpRequest) -> HttpResponse:
    """The rows of the list alone, as they are now."""
    found = asked(request)
    return render(request, "staff/_runs.html", {"operates": request.user.has_perm(OPERATE), **_rows(request, found)})


def _rows(request: HttpRequest, found: Asked) -> dict[str, Any]:
    after, before = request.GET.get("after", ""), request.GET.get("before", "")
    page = page_of(found.runs, after=after, before=before)
    places = {name: place for name, place in (("after", after), ("before", before)) if place}
    return {
        "filters": found.filters,
        "query": found.filters.query(),
        "rows": [staff_row(run, found.filters, found.now) for run in page.runs],
        "page": page,
        "places": places,
        "is_first": not places,
        "rows_per_page": ROWS,
        "away": found.away,
        "as_of": found.now,
    }
