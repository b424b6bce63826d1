"""The start page, and the icon."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.templatetags.static import static
from django.views.decorators.http import require_safe

from agents.forms import PostForm
from ingestion.forms import IngestForm
from runs.access import own_runs

LATEST = 5


@require_safe
def favicon(request: HttpRequest) -> HttpResponse:
    """Where browsers look for the icon of pages that name none: the admin's, and plain files."""
    return redirect(static("favicon.svg"))


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """Two forms, one for each product, and the person's latest runs."""
    runs = own_runs(request.user)[:LATEST] if request.user.is_authenticated else []
    return render(
        request,
        "home.html",
        {"ingest_form": IngestForm(), "post_form": PostForm(user=request.user), "latest_runs": runs},
    )
