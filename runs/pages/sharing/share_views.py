"""The page of a shared run, open to whoever holds its link, and the making and closing of links by those who may."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, cast

from asgiref.sync import sync_to_async
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import aget_object_or_404, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from genisys import UserError
from runs.access import Action, aget_run_or_404
from runs.models import Run, ShareLink
from runs.pages import results
from runs.pages.sharing import shares
from runs.pages.sharing.share_form import ShareForm
from runs.pages.sharing.shares import LinkClosed
from runs.presentation.present import present
from runs.products import product_of
from runs.record.states import run_state
from runs.rules.audit import Actor, Via

NEVER_THERE = "This link shows nothing. It may have been copied without its end."
_UNSAID = {
    "queued": "Not begun yet.",
    "waiting": "Waiting.",
    "recovering": "Moving to another worker.",
}
"""For strangers the reason of a wait is left out."""


@require_POST
@login_required
@never_cache
async def make(request: HttpRequest, run_id: str) -> HttpResponse:
    """Create a link, and show it this once."""
    user = await request.auser()
    run = await aget_run_or_404(user, run_id, Action.SHARE)
    form = ShareForm(request.POST)
    if not form.is_valid():
        messages.error(request, "Choose how long the link should work.")
        return _back_to(run)
    try:
        link, secret = await shares.make(run, Actor(user, Via.PAGE), timedelta(days=form.cleaned_data["days"]))
    except UserError as error:
        messages.error(request, error.message)
        return _back_to(run)
    request.user = cast(Any, user)
    address = settings.SITE_ADDRESS + reverse("shared", args=[secret])
    return await sync_to_async(render)(request, "runs/link_made.html", {"run": run, "link": link, "address": address})


@require_POST
@login_required
async def revoke(request: HttpRequest, run_id: str, link_id: int) -> HttpResponse:
    """Close one of the run's links."""
    user = await request.auser()
    run = await aget_run_or_404(user, run_id, Action.SHARE)
    link = await aget_object_or_404(ShareLink.objects.select_related("run"), pk=link_id, run_id=run.pk)
    if await shares.revoke(link, Actor(user, Via.PAGE)):
        messages.success(request, "The link no longer works.")
    return _back_to(run)


@require_GET
@never_cache
async def shared(request: HttpRequest, token: str) -> HttpResponse:
    """What the link shows: the run as it is now, to look at and no more."""
    return await _answer(request, token, "runs/shared.html")


@require_GET
@never_cache
async def shared_fragment(request: HttpRequest, token: str) -> HttpResponse:
    """The live part alone; 204 where the page, which knows the run up to `?seq=`, has all there is."""
    return await _answer(request, token, "runs/_shared.html")


async def _answer(request: HttpRequest, token: str, template: str) -> HttpResponse:
    # Kept on the request, so that templates do not ask the database for the person again.
    request.user = cast(Any, await request.auser())
    try:
        run = await shares.opened(token)
    except LinkClosed as closed:
        return await _nothing(request, str(closed), 410)
    if run is None:
        return await _nothing(request, NEVER_THERE, 404)
    state, meta = await run_state(run)
    if request.GET.get("seq") == f"{meta.log_id}:{state['seq']}":
        return _unlisted(HttpResponse(status=204))
    return await sync_to_async(_drawn)(request, template, run, shares.shown(state), meta.log_id)


def _drawn(request: HttpRequest, template: str, run: Run, state: dict[str, Any], log_id: str) -> HttpResponse:
    product = product_of(run.workflow)
    body = product.template if product else results.TEMPLATE
    view = present(run, state, log_id=log_id, can_control=False)
    context = {
        **(product.context(run, state) if product else {}),
        "shared": True,
        "view": view,
        "line": _UNSAID.get(view.status, view.now_line),
        **(results.context(run, state, published=False) if body == results.TEMPLATE else {}),
        "body_template": body,
    }
    return _unlisted(render(request, template, context))


async def _nothing(request: HttpRequest, why: str, status: int) -> HttpResponse:
    return _unlisted(await sync_to_async(render)(request, "runs/shared_nothing.html", {"why": why}, status=status))


def _unlisted(response: HttpResponse) -> HttpResponse:
    """Keep the address, which is the key, out of search engines and of the pages that links lead to."""
    response["X-Robots-Tag"] = "noindex, nofollow, noarchive"
    response["Referrer-Policy"] = "no-referrer"
    return response


def _back_to(run: Run) -> HttpResponse:
    return HttpResponseRedirect(f"{run.get_absolute_url()}#share", status=303)
