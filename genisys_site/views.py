"""The start page."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from agents.forms import PostForm
from ingestion.forms import IngestForm
from runs.service import visible_runs

LATEST = 5


def home(request: HttpRequest) -> HttpResponse:
    """Two forms, one for each product, and the person's latest runs."""
    runs = (
        visible_runs(request.user).filter(owner=request.user).order_by("-created_at")[:LATEST]
        if request.user.is_authenticated
        else []
    )
    return render(
        request,
        "home.html",
        {"ingest_form": IngestForm(), "post_form": PostForm(user=request.user), "latest_runs": runs},
    )
