"""The pages of a site beside its own: what was found and left out, what changed, its schedule, its end."""

from __future__ import annotations

import uuid

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from genisys import UserError
from genisys.host import STORE_ERRORS
from ingestion.access import own_sites, visible_sites
from ingestion.history import readings
from ingestion.knowledge import removing, wishes
from ingestion.knowledge.site_map import map_of
from ingestion.models import Site
from ingestion.schedule import due
from ingestion.schedule.starting import read_again, retry_failed, under_way

ALL_OF_A_REASON = 3000
_TAKE_IN = ({"wish": "take", "label": "Read it too"},)
_TAKE_BACK = ({"wish": "none", "label": "Take back"},)


@require_GET
@login_required
def found(request: HttpRequest, site_id: uuid.UUID) -> HttpResponse:
    """Show the map of the site, and what is not read of it, by reason; with `?reason=` all of that one."""
    site = get_object_or_404(visible_sites(request.user), pk=site_id)
    reason = request.GET.get("reason", "")
    most = ALL_OF_A_REASON if reason else wishes.SHOWN_OF_A_REASON
    is_mine = _is_mine(request, site)
    return render(
        request,
        "ingestion/found.html",
        {
            "site": site,
            "map": map_of(site),
            "groups": wishes.groups(site, reason, most),
            "reason": reason,
            "total": wishes.total(site),
            "is_mine": is_mine,
            "take_in": _TAKE_IN,
            "take_back": _TAKE_BACK,
            "reading": under_way(site) if is_mine else None,
        },
    )


@require_GET
@login_required
def changes(request: HttpRequest, site_id: uuid.UUID) -> HttpResponse:
    """Show what each reading changed, newest first, and which pages the last one missed."""
    site = get_object_or_404(visible_sites(request.user), pk=site_id)
    missed = readings.used_pages(site).exclude(missed_by="").only("url", "title", "note", "site")
    return render(
        request,
        "ingestion/changes.html",
        {"site": site, "readings": readings.changes_of(site), "missed": missed},
    )


@require_POST
@login_required
def wish(request: HttpRequest, site_id: uuid.UUID) -> HttpResponse:
    """Take a page in, leave it out for good, or take that back: `wish` is take, never or none."""
    site = _mine_or_404(request, site_id)
    url, wanted = request.POST.get("url", "")[:2000], request.POST.get("wish", "")
    try:
        if wanted == "take":
            row = wishes.read_too(site, url)
            messages.success(request, f"{_path(row.url)} is to be read: {_when(site)}.")
        elif wanted == "never":
            row = wishes.never_read(site, url)
            messages.success(request, f"{_path(row.url)} is left out, and nothing of it is kept.")
        else:
            wishes.take_back(site, url)
            messages.success(request, "Taken back. The next reading decides by its own rules.")
    except UserError as error:
        messages.error(request, error.message)
    return _back(request, site)


@require_POST
@login_required
def read(request: HttpRequest, site_id: uuid.UUID) -> HttpResponse:
    """Read the site again, as it was asked for last; with `failed` the pages that failed first."""
    site = _mine_or_404(request, site_id)
    start = retry_failed if "failed" in request.POST else read_again
    try:
        run = start(request.user, site)
    except UserError as error:
        messages.error(request, error.message)
        return redirect(site)
    return HttpResponseRedirect(run.get_absolute_url(), status=303)


@require_POST
@login_required
def schedule(request: HttpRequest, site_id: uuid.UUID) -> HttpResponse:
    """Say how often the site is read again."""
    site = _mine_or_404(request, site_id)
    asked = request.POST.get("schedule", "")
    if asked not in Site.Schedule.values:
        messages.error(request, "Nothing was changed: that is none of the schedules.")
    else:
        due.set_schedule(site, asked)
        messages.success(request, f"Kept: {Site.Schedule(asked).label.lower()}.")
    return redirect(site)


@require_http_methods(["GET", "POST"])
@login_required
def delete(request: HttpRequest, site_id: uuid.UUID) -> HttpResponse:
    """Show what would be deleted; posted with the site's name in `confirm`, delete it."""
    site = _mine_or_404(request, site_id)
    wrong, status = "", 200
    if request.method == "POST":
        status = 422
        if request.POST.get("confirm", "").strip().lower() != site.host.lower():
            wrong = f"Nothing was deleted. Write {site.host} to say that you mean it."
        else:
            try:
                removing.delete_site(site)
            except UserError as error:
                wrong = error.message
            except STORE_ERRORS:
                wrong, status = "Nothing was deleted: its history is out of reach just now. Try again in a moment.", 503
            else:
                messages.success(request, f"{site.host} is deleted, with all that was kept of it.")
                return HttpResponseRedirect(reverse("ingestion:list"), status=303)
    shown = {"site": site, "goes": removing.what_goes(site), "wrong": wrong}
    return render(request, "ingestion/delete.html", shown, status=status)


def _mine_or_404(request: HttpRequest, site_id: uuid.UUID) -> Site:
    return get_object_or_404(own_sites(request.user.pk).select_related("owner"), pk=site_id)


def _is_mine(request: HttpRequest, site: Site) -> bool:
    return request.user.pk is not None and own_sites(request.user.pk).filter(pk=site.pk).exists()


def _when(site: Site) -> str:
    return "the reading under way takes it in" if under_way(site) else "the next reading takes it in first"


def _path(url: str) -> str:
    return "/" + url.partition("://")[2].partition("/")[2][:200]


def _back(request: HttpRequest, site: Site) -> HttpResponse:
    """Lead back to the page that the button stood on."""
    place = request.POST.get("next", "")
    if place.startswith("/") and url_has_allowed_host_and_scheme(place, allowed_hosts=None):
        return HttpResponseRedirect(place, status=303)
    return redirect(site)
