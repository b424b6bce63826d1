"""Asking one thing of many runs: its preview, its confirmation, its record, and its end before time."""

from __future__ import annotations

import contextlib
from typing import Any, cast
from uuid import UUID, uuid4

from django.contrib import messages
from django.contrib.auth.models import User
from django.db.models import Count
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from genisys.host import STORE_ERRORS
from runs.access import OPERATE
from runs.models import Run
from staff.bulk.asking import ask
from staff.bulk.choice import Choice, read_choice, runs_of
from staff.bulk.preview import MOST, Preview, acted_on, preview_of
from staff.bulk.record import record_of
from staff.door import operators_act, staff_page
from staff.models import BulkAct, BulkItem
from staff.runs.views import AWAY

ACTS = 50
FIRST = 10
_MORE = "More runs match by now than you were shown. Nothing was done yet: look again and confirm."
_STOPPED = "Stopped by hand before all was done."


@require_http_methods(["GET", "POST"])
@never_cache
@operators_act
def new(request: HttpRequest) -> HttpResponse:
    """Show what the act would do; once that is confirmed, ask for it."""
    if request.method == "POST":
        return _confirmed(request)
    return _preview(request, read_choice(request.GET, timezone.localtime()))


def _confirmed(request: HttpRequest) -> HttpResponse:
    given = _meant(request.POST)
    now = timezone.localtime()
    choice = read_choice(given, now)
    key = _key(request.POST.get("key", ""))
    try:
        runs = runs_of(choice, request.user, now)
        shown = preview_of(choice.action, runs) if not choice.wrong else None
    except STORE_ERRORS:
        return _preview(request, choice, status=503)
    if shown is None or key is None or shown.too_many or not shown.takes:
        return _preview(request, choice, status=422)
    if shown.takes > _number(request.POST.get("takes", "")) and not BulkAct.objects.filter(pk=key).exists():
        messages.warning(request, _MORE)
        return _preview(request, choice, status=409)
    person = cast(User, request.user)
    act = ask(person, choice.action, runs, key=key, query=choice.query, why=request.POST.get("why", ""))
    return HttpResponseRedirect(act_url(act), status=303)


def _preview(request: HttpRequest, choice: Choice, status: int = 200) -> HttpResponse:
    shown: Preview | None = None
    wrong = choice.wrong
    first: list[Run] = []
    if not wrong:
        try:
            runs = runs_of(choice, request.user, timezone.localtime())
            shown = preview_of(choice.action, runs)
            taken = acted_on(choice.action, runs).order_by("-created_at", "-id")
            first = list(taken.only("id", "title", "workflow", "status")[:FIRST])
        except STORE_ERRORS:
            wrong = AWAY
    if shown is not None and shown.too_many:
        wrong = f"These are more runs than one action takes ({MOST:,}). Narrow the list, and do it in parts."
    elif shown is not None and not shown.takes:
        wrong = "There is nothing to do: none of these runs is in a state that this would change."
    context = {"place": "runs", "choice": choice, "shown": shown, "wrong": wrong, "first": first, "key": uuid4()}
    context["more"] = shown.takes - len(first) if shown else 0
    return render(request, "staff/bulk_new.html", context, status=status)


@require_GET
@never_cache
@staff_page
def acts(request: HttpRequest) -> HttpResponse:
    """What was asked of many runs at once, latest first."""
    found = list(BulkAct.objects.all()[:ACTS])
    done = BulkItem.objects.filter(act__in=found).exclude(outcome="").order_by().values_list("act")
    counts = dict(done.annotate(Count("pk")))
    rows = [(act, counts.get(act.pk, 0)) for act in found]
    return render(request, "staff/bulk_acts.html", {"place": "runs", "rows": rows})


@require_GET
@never_cache
@staff_page
def act(request: HttpRequest, act_id: UUID) -> HttpResponse:
    """How far one act has come, and what came of its runs."""
    return render(request, "staff/bulk_act.html", {"place": "runs", **_context(request, act_id)})


@require_GET
@never_cache
@staff_page
def fragment(request: HttpRequest, act_id: UUID) -> HttpResponse:
    """The same without the page around it, for a page that stays live."""
    return render(request, "staff/_bulk_act.html", _context(request, act_id))


@require_POST
@operators_act
def stop(request: HttpRequest, act_id: UUID) -> HttpResponse:
    """End an act: what is done stays done, and the rest is left alone."""
    found = get_object_or_404(BulkAct, pk=act_id)
    BulkAct.objects.filter(pk=found.pk, ended_at__isnull=True).update(ended_at=timezone.now(), end=_STOPPED)
    return HttpResponseRedirect(act_url(found), status=303)


def act_url(act: BulkAct) -> str:
    """Return the address of the record of an act."""
    return reverse("staff:bulk_act", args=[act.pk])


def _context(request: HttpRequest, act_id: UUID) -> dict[str, Any]:
    found = get_object_or_404(BulkAct, pk=act_id)
    return {"act": found, "record": record_of(found), "operates": request.user.has_perm(OPERATE)}


def _meant(posted: QueryDict) -> QueryDict:
    """Return what the preview's form says that is meant, as the list's own form would send it."""
    if "query" not in posted:
        return posted
    given: QueryDict = QueryDict(str(posted["query"]), mutable=True)
    given["act"], given["all"] = posted.get("act", ""), "1"
    return given


def _key(text: str) -> UUID | None:
    with contextlib.suppress(ValueError):
        return UUID(text)
    return None


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 8 else 0
