"""The start page, and the icon."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.templatetags.static import static
from django.views.decorators.http import require_safe

from agents.forms import PostForm
from genisys_site.welcome.views import welcome
from ingestion.forms import IngestForm
from runs.access import own_runs, without_big_columns
from runs.pages import waiting
from runs.pages.lists import render_list

LATEST = 5


@require_safe
def favicon(request: HttpRequest) -> HttpResponse:
    """Where browsers look for the icon of pages that name none: the admin's, and plain files."""
    return redirect(static("favicon.svg"))


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """For a stranger, what this is; for a person what needs them and what is under way, and a form for each product."""
    if not request.user.is_authenticated:
        return welcome(request)
    runs = without_big_columns(own_runs(request.user))
    asking = waiting.for_the_owner(runs)
    others = runs.exclude(pk__in=[row.id for row in asking])
    context = {
        "ingest_form": IngestForm(),
        "post_form": PostForm(user=request.user),
        "asking": asking,
        "latest_runs": waiting.rows_of(others[:LATEST]),
    }
    return render_list(request, "home.html", "_home.html", context)
