"""Asking for a mail when a run ends: for one run, and for every long one."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.views.decorators.http import require_POST

from runs.access import get_run_or_404
from runs.accounts import notices
from runs.engines import nudge_control_sync
from runs.models import Wishes

NO_ADDRESS = "Mail goes only to an address that you have confirmed. Do that under Account first."


@require_POST
@login_required
def notify(request: HttpRequest, run_id: str) -> HttpResponse:
    """Turn the mail at this run's end on, or off with `mail=off`. Whoever may see a run may have mail about it."""
    run = get_run_or_404(request.user, run_id)
    if request.POST.get("mail") == "off":
        notices.forget(run, request.user)
        messages.info(request, "We will not email you about this run.")
    elif not (address := notices.address_of(request.user)):
        messages.error(request, NO_ADDRESS)
    else:
        notices.ask(run, request.user)
        nudge_control_sync()
        messages.success(request, f"We will email {address} when this run ends.")
    return HttpResponseRedirect(run.get_absolute_url(), status=303)


@require_POST
@login_required
def wish(request: HttpRequest) -> HttpResponse:
    """Keep whether the person wants a mail at the end of each of their long runs."""
    wanted = "mail_at_end" in request.POST
    if wanted and not notices.address_of(request.user):
        messages.error(request, NO_ADDRESS)
    else:
        Wishes.objects.update_or_create(person_id=request.user.pk, defaults={"mail_at_end": wanted})
        messages.success(
            request, "We will email you when a long run ends." if wanted else "We will not email you when runs end."
        )
    return HttpResponseRedirect(reverse("account"), status=303)
