"""The pages of a person's webhooks: list, add, one with its deliveries, test, send again, turn on, remove."""

from __future__ import annotations

import uuid

from asgiref.sync import async_to_sync
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from runs.engines import nudge_control_sync
from runs.rules import audit
from runs.rules.audit import Actor, Via
from runs.webhooks import message, outbox
from runs.webhooks.forms import WebhookForm
from runs.webhooks.models import Webhook, WebhookDelivery, webhooks_of
from runs.webhooks.sender import ATTEMPTS

ROWS = 25

Status = WebhookDelivery.Status


@require_http_methods(["GET", "POST"])
@login_required
@never_cache
def webhooks(request: HttpRequest) -> HttpResponse:
    """My webhooks, and the form that adds one; posted, it shows the new one's secret, this once."""
    form = WebhookForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        pk = _id(request, form.cleaned_data["once"])
        known = webhooks_of(_me(request)).filter(pk=pk).first()
        if known is not None:
            return _see(known)
        if webhooks_of(_me(request)).count() < Webhook.MOST_OF_A_PERSON:
            secret = message.new_secret()
            hook = Webhook.objects.create(
                pk=pk,
                owner_id=_me(request),
                sealed_secret=message.sealed(secret),
                **{name: form.cleaned_data[name] for name in ("url", "events", "workflow")},
            )
            _note(request, "webhook.add", hook)
            return render(request, "runs/webhook_added.html", {"hook": hook, "secret": secret}, status=201)
        form.add_error(None, f"You have {Webhook.MOST_OF_A_PERSON} webhooks, the most there may be. Remove one first.")
    context = {"hooks": webhooks_of(_me(request)), "form": form}
    return render(request, "runs/webhooks.html", context, status=422 if form.errors else 200)


@require_GET
@login_required
@never_cache
def detail(request: HttpRequest, webhook_id: uuid.UUID) -> HttpResponse:
    """One webhook and its deliveries, latest first."""
    hook = _mine(request, webhook_id)
    page = Paginator(hook.deliveries.defer("body"), ROWS).get_page(request.GET.get("page"))
    return render(request, "runs/webhook.html", {"hook": hook, "page_obj": page, "attempts": ATTEMPTS})


@require_POST
@login_required
def test(request: HttpRequest, webhook_id: uuid.UUID) -> HttpResponse:
    """Queue a message that says that it is a test."""
    hook = _mine(request, webhook_id)
    outbox.record_test(hook)
    nudge_control_sync()
    messages.info(request, "A test is on its way. Reload this page to see the result.")
    return _see(hook)


@require_POST
@login_required
def redeliver(request: HttpRequest, webhook_id: uuid.UUID, delivery_id: int) -> HttpResponse:
    """Send a delivery again under its own id, as if it had never been tried. One that is being sent stays as it is."""
    hook = _mine(request, webhook_id)
    delivery = get_object_or_404(hook.deliveries, pk=delivery_id)
    ended = WebhookDelivery.objects.filter(pk=delivery.pk).exclude(status=Status.PENDING)
    if ended.update(status=Status.PENDING, attempt=0, next_try_at=timezone.now()):
        nudge_control_sync()
        messages.info(request, "It is being sent again. Reload this page to see the result.")
    else:
        messages.info(request, "It is already being sent.")
    return _see(hook)


@require_POST
@login_required
def enable(request: HttpRequest, webhook_id: uuid.UUID) -> HttpResponse:
    """Turn a webhook on again that was turned off because its receiver wanted nothing more."""
    hook = _mine(request, webhook_id)
    webhooks_of(_me(request)).filter(pk=hook.pk).update(disabled_at=None)
    nudge_control_sync()
    return _see(hook)


@require_POST
@login_required
def remove(request: HttpRequest, webhook_id: uuid.UUID) -> HttpResponse:
    """Remove a webhook with its deliveries, sent or not."""
    hook = _mine(request, webhook_id)
    _note(request, "webhook.remove", hook)
    hook.delete()
    messages.success(request, f"{hook} will not be notified any more.")
    return HttpResponseRedirect(reverse("webhooks:list"), status=303)


def _me(request: HttpRequest) -> int:
    assert request.user.pk is not None
    return int(request.user.pk)


def _mine(request: HttpRequest, webhook_id: uuid.UUID) -> Webhook:
    return get_object_or_404(webhooks_of(_me(request)), pk=webhook_id)


def _id(request: HttpRequest, once: str) -> uuid.UUID:
    """Return the id from the form's own mark and the person, so that nobody can name another's webhook."""
    return uuid.uuid5(uuid.NAMESPACE_URL, f"webhook:{request.user.pk}:{once}") if once else uuid.uuid4()


def _note(request: HttpRequest, action: str, hook: Webhook) -> None:
    detail = {"webhook": str(hook.pk), "host": hook.host}
    async_to_sync(audit.record)(Actor(request.user, Via.PAGE), action, None, **detail)


def _see(hook: Webhook) -> HttpResponse:
    return HttpResponseRedirect(hook.get_absolute_url(), status=303)
