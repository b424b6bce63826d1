"""The pages on which operators act on the fleet: what would come of it, why it is done, and the deed."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from asgiref.sync import sync_to_async
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from genisys import UserError
from genisys.host import STORE_ERRORS
from runs.rules.audit import Actor, Via
from staff.door import operators_act
from staff.fleet import deeds, previews
from staff.fleet.forms import DeedForm, PauseForm
from staff.fleet.previews import Preview


@dataclass(frozen=True, slots=True)
class Deed:
    """A deed: its question, what would come of it, the doing, and what is said when it is done."""

    title: str
    button: str
    preview: Callable[[str], Awaitable[Preview]]
    act: Callable[[Actor, str, Any], Awaitable[None]]
    done: str
    form: type[DeedForm] = DeedForm


async def _pause(actor: Actor, gate: str, form: PauseForm) -> None:
    await deeds.pause_provider(actor, gate, form.length)


DRAIN_WORKER = Deed(
    "Drain this worker",
    "Drain",
    lambda name: previews.of_worker(name, drains=True),
    lambda actor, name, form: deeds.drain_worker(actor, name),
    "The worker drains: it takes no new run.",
)
TAKE_AGAIN = Deed(
    "Let this worker take runs again",
    "Take runs again",
    lambda name: previews.of_worker(name, drains=False),
    lambda actor, name, form: deeds.take_again(actor, name),
    "The worker takes runs again.",
)
PROMOTE = Deed(
    "Promote this deployment",
    "Promote",
    previews.of_promotion,
    lambda actor, name, form: deeds.promote(actor, name),
    "New runs go to this deployment now.",
)
DRAIN_DEPLOYMENT = Deed(
    "Drain this deployment",
    "Drain",
    previews.of_draining,
    lambda actor, name, form: deeds.drain_deployment(actor, name),
    "The deployment drains. Its runs go on until they end.",
)
PAUSE = Deed("Pause this provider", "Pause", previews.of_pause, _pause, "The provider is paused.", PauseForm)
RESUME = Deed(
    "Resume this provider",
    "Resume",
    previews.of_resumption,
    lambda actor, name, form: deeds.resume_provider(actor, name),
    "The provider is asked again. Runs that wait for it go on within 15 seconds.",
)


def page(deed: Deed) -> Callable[..., Any]:
    """Return the view of a deed: GET says what would come of it, POST does it and leads back to the fleet."""

    @require_http_methods(["GET", "HEAD", "POST"])
    @operators_act
    @never_cache
    async def view(request: HttpRequest, name: str) -> HttpResponse:
        form = deed.form(request.POST if request.method == "POST" else None)
        if request.method == "POST" and form.is_valid():
            actor = Actor(await request.auser(), Via.PAGE, form.cleaned_data["why"])
            try:
                await deed.act(actor, name, form)
            except UserError as error:
                messages.error(request, error.message)
            else:
                messages.success(request, deed.done)
            return HttpResponseRedirect(reverse("staff:fleet"), status=303)
        return await _asked(request, deed, name, form)

    return view


async def _asked(request: HttpRequest, deed: Deed, name: str, form: DeedForm) -> HttpResponse:
    try:
        preview = await deed.preview(name)
    except STORE_ERRORS:
        messages.error(request, deeds.AWAY)
        return HttpResponseRedirect(reverse("staff:fleet"), status=303)
    shown = deeds.provider_of(name).name if deed in (PAUSE, RESUME) else name
    context = {"place": "fleet", "deed": deed, "name": shown, "preview": preview, "form": form}
    status = 422 if form.is_bound else 200
    return await sync_to_async(render)(request, "staff/fleet/deed.html", context, status=status)
