"""The pages of sites: ask for one, the list of mine, one with its pages and a search over what it says."""

from __future__ import annotations

import uuid
from typing import Any

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_GET, require_http_methods

from genisys import UserError
from ingestion.access import own_sites, visible_sites
from ingestion.forms import IngestForm
from ingestion.hooks.present import facts
from ingestion.models import Page
from ingestion.requests import IngestRequest
from ingestion.search.searching import search
from ingestion.web.addresses import addresses_to_try
from runs.access import visible_runs, without_big_columns
from runs.models import OPEN_STATUSES, Run
from runs.pages.starting import start_page
from runs.service.starting import start_run_sync

ROWS = 25
PAGE_ROWS = 50
HITS = 20
LONGEST_QUERY = 300


@require_http_methods(["GET", "POST"])
@login_required
def new(request: HttpRequest) -> HttpResponse:
    """Show the form; posted, it starts the run and leads to its page."""
    form = IngestForm(request.POST or None)
    return start_page(request, form, _start, "ingestion/new.html")


@require_GET
@login_required
def sites(request: HttpRequest) -> HttpResponse:
    """Show the person's sites, latest first, with the state of the run that read each last."""
    mine = own_sites(request.user.pk).annotate(page_count=Count("pages", filter=Q(pages__outcome=Page.Outcome.OK)))
    mine = mine.order_by("-created_at", "pk")
    page = Paginator(mine, ROWS).get_page(request.GET.get("page"))
    runs = without_big_columns(visible_runs(request.user).filter(pk__in=[site.run_id for site in page]))
    by_id = {run.pk: run for run in runs}
    rows = [{"site": site, "run": by_id.get(site.run_id)} for site in page]
    return render(request, "ingestion/list.html", {"rows": rows, "page_obj": page})


@require_GET
@login_required
def detail(request: HttpRequest, site_id: uuid.UUID) -> HttpResponse:
    """Show one site: what is known of it, its pages and what came of each, passages found for `?q=`."""
    site = get_object_or_404(visible_sites(request.user), pk=site_id)
    query = request.GET.get("q", "").strip()[:LONGEST_QUERY]
    pages = site.pages.defer("text").order_by("pk")
    outcomes = dict(site.pages.order_by().values_list("outcome").annotate(n=Count("pk")))
    return render(
        request,
        "ingestion/detail.html",
        {
            "site": site,
            "run": without_big_columns(visible_runs(request.user).filter(pk=site.run_id)).first(),
            "query": query,
            "hits": search(site.pk, query, HITS) if query else [],
            "page_obj": Paginator(pages, PAGE_ROWS).get_page(request.GET.get("page")),
            "counts": [
                {"n": outcomes[value], "word": word} for value, word in Page.Outcome.choices if value in outcomes
            ],
            "facts": facts(site.profile),
        },
    )


def _start(request: HttpRequest, asked: dict[str, Any]) -> Run:
    """Make or find the site's row and start its run. The same filling-in of the form returns the same run again.

    A site that is being read is not read twice at once: its run is returned.
    """
    address = addresses_to_try(asked["url"], settings.INGEST_ALLOWED_PRIVATE_HOSTS)[0]
    mine = own_sites(request.user.pk)
    site, is_new = mine.get_or_create(url=address, defaults={"owner_id": request.user.pk})
    readings = visible_runs(request.user).filter(pk=site.run_id, status__in=OPEN_STATUSES)
    under_way = readings.first() if site.run_id else None
    if under_way is not None:
        return under_way
    try:
        run: Run = start_run_sync(
            user=request.user,
            workflow="ingest-site",
            input=IngestRequest(url=asked["url"], max_pages=asked["max_pages"], site_id=str(site.pk)),
            title=f"Read {site.host}",
            idempotency_key=f"site:{request.user.pk}:{asked['once']}" if asked["once"] else "",
        )
    except UserError:
        if is_new:
            mine.filter(pk=site.pk, run_id="").delete()
        raise
    mine.filter(pk=site.pk).update(run_id=run.pk)
    return run
