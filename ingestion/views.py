"""The pages of sites: ask for one, the list of mine, one with its pages and a search over what it says."""

from __future__ import annotations

import uuid
from itertools import zip_longest

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from ingestion.access import own_sites, visible_sites
from ingestion.api.sites import exported
from ingestion.forms import IngestForm, ProfileForm
from ingestion.history import versions as profile_versions
from ingestion.knowledge import wishes
from ingestion.knowledge.known import facts, known_of
from ingestion.models import LeftOutPage, Page, Site
from ingestion.schedule.starting import read_site, under_way
from ingestion.search.searching import search
from ingestion.understanding.profiles import LABELS, changes
from runs.access import visible_runs, without_big_columns
from runs.models import Run
from runs.pages import waiting
from runs.pages.lists import render_list
from runs.pages.starting import start_page

ROWS = 25
PAGE_ROWS = 50
HITS = 20
LONGEST_QUERY = 300
VERSIONS_SHOWN = 20
_NEVER = {"wish": "never", "label": "Leave out"}
_ACTS = ({"wish": "take", "label": "Always read"}, _NEVER)
_PINNED_ACTS = ({"wish": "none", "label": "Not always"}, _NEVER)


@require_http_methods(["GET", "POST"])
@login_required
def new(request: HttpRequest) -> HttpResponse:
    """Show the form, for `?site=` as it was filled in last; posted, it starts the run and leads to its page."""
    form = IngestForm(request.POST) if request.method == "POST" else _blank(request)
    return start_page(request, form, lambda request, _: _start(request, form), "ingestion/new.html")


def _blank(request: HttpRequest) -> IngestForm:
    try:
        key = uuid.UUID(request.GET.get("site", ""))
    except ValueError:
        return IngestForm()
    site = own_sites(request.user.pk).filter(pk=key).first()
    return IngestForm() if site is None else IngestForm.again(site)


@require_GET
@login_required
def sites(request: HttpRequest) -> HttpResponse:
    """Show the person's sites, latest first, with the state of the run that read each last."""
    mine = own_sites(request.user.pk).annotate(page_count=Count("pages", filter=Q(pages__outcome=Page.Outcome.OK)))
    mine = mine.order_by("-created_at", "pk")
    page = Paginator(mine, ROWS).get_page(request.GET.get("page"))
    runs = without_big_columns(visible_runs(request.user).filter(pk__in=[site.run_id for site in page]))
    by_id = {row.id: row for row in waiting.rows_of(runs)}
    rows = [{"site": site, "run": by_id.get(site.run_id)} for site in page]
    return render_list(request, "ingestion/list.html", "ingestion/_list.html", {"rows": rows, "page_obj": page})


@require_GET
@login_required
def detail(request: HttpRequest, site_id: uuid.UUID) -> HttpResponse:
    """Show one site: what is known of it, its pages and what came of each, passages found for `?q=`."""
    site = get_object_or_404(visible_sites(request.user), pk=site_id)
    query = request.GET.get("q", "").strip()[:LONGEST_QUERY]
    pages = site.pages.defer("text").order_by("pk")
    outcomes = dict(site.pages.order_by().values_list("outcome").annotate(n=Count("pk")))
    outcome = request.GET.get("outcome", "")
    if outcome in outcomes:
        pages = pages.filter(outcome=outcome)
    is_mine = own_sites(request.user.pk).filter(pk=site.pk).exists()
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
                {"n": outcomes[value], "word": word, "outcome": value}
                for value, word in Page.Outcome.choices
                if value in outcomes
            ],
            "outcome": outcome if outcome in outcomes else "",
            "is_mine": is_mine,
            "reading": under_way(site) if is_mine else None,
            "left_out": wishes.total(site),
            "failed": outcomes.get(Page.Outcome.FAILED, 0),
            "pinned": set(site.left_out.filter(wish=LeftOutPage.Wish.TAKE).values_list("url", flat=True)),
            "acts": _ACTS,
            "pinned_acts": _PINNED_ACTS,
            "schedules": Site.Schedule.choices,
            "facts": facts(site.profile),
            "known": known_of(site.profile),
            "newest": site.versions.order_by("-number").first(),
            "profile_form": _profile_form(site) if is_mine else None,
        },
    )


def _profile_form(site: Site) -> ProfileForm | None:
    """Return the form for the site's owner, once there is something to edit."""
    if not site.profile:
        return None
    return ProfileForm(initial={name: site.profile.get(name) or "" for name in LABELS})


@require_POST
@login_required
def profile(request: HttpRequest, site_id: uuid.UUID) -> HttpResponse:
    """Set what its owner says of the site: it stays, whatever later readings find."""
    mine = own_sites(request.user.pk)
    site = get_object_or_404(mine, pk=site_id)
    form = ProfileForm(request.POST)
    if not form.is_valid():
        messages.error(request, "Nothing was changed: one of the texts is too long.")
    else:
        profile_versions.edit(site, form.cleaned_data, among=mine, by=request.user.pk)
        messages.success(request, "Kept. What you set stays as it is when the site is read again.")
    return redirect(site)


@require_POST
@login_required
def approve(request: HttpRequest, site_id: uuid.UUID) -> HttpResponse:
    """Approve the version of the profile that its owner has seen."""
    mine = own_sites(request.user.pk)
    site = get_object_or_404(mine, pk=site_id)
    seen = request.POST.get("version", "")
    if seen.isdecimal() and len(seen) < 10 and profile_versions.approve(site, int(seen), among=mine):
        messages.success(request, "Approved.")
    else:
        messages.error(request, "Not approved: the profile has changed since you saw it. Look at it again.")
    return redirect(site)


@require_GET
@login_required
def versions(request: HttpRequest, site_id: uuid.UUID) -> HttpResponse:
    """Show the versions of a site's profile, newest first, each with what it changed."""
    site = get_object_or_404(visible_sites(request.user), pk=site_id)
    found = list(site.versions.order_by("-number")[: VERSIONS_SHOWN + 1])
    shown = [
        {"version": version, "changes": changes(older.profile, version.profile) if older else None}
        for version, older in zip_longest(found, found[1:])
    ][:VERSIONS_SHOWN]
    return render(request, "ingestion/versions.html", {"site": site, "shown": shown})


@require_GET
@login_required
def export(request: HttpRequest, site_id: uuid.UUID) -> StreamingHttpResponse:
    """Give all that is known of a site as a file: `?format=json`, or Markdown."""
    site = get_object_or_404(visible_sites(request.user), pk=site_id)
    return exported(site, "json" if request.GET.get("format") == "json" else "markdown")


def _start(request: HttpRequest, form: IngestForm) -> Run:
    """Start the reading that was asked for. The same filling-in of the form returns the same run again."""
    return read_site(request.user, form.request(), form.cleaned_data["once"])
