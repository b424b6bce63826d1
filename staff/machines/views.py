"""`/metrics`: for whoever has the token of the settings, and for staff who are signed in."""

from __future__ import annotations

from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser, AnonymousUser
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.crypto import constant_time_compare
from django.views.decorators.http import require_safe
from prometheus_client import CollectorRegistry
from prometheus_client.exposition import choose_encoder

from staff.machines.families import Collected
from staff.machines.numbers import numbers_at

_REFUSED = (
    "Send the token of GENISYS_METRICS_TOKEN as `Authorization: Bearer …`, or sign in as staff. "
    "Where that setting is empty, staff alone see this.\n"
)


@require_safe
async def metrics(request: HttpRequest) -> HttpResponse:
    """Return what is measured now, in the format that the reader asks for (Prometheus' text or OpenMetrics)."""
    if not _has_token(request) and not _is_staff(await request.auser()):
        refused = HttpResponse(_REFUSED, status=401, content_type="text/plain; charset=utf-8")
        refused["WWW-Authenticate"] = "Bearer"
        return refused
    registry = CollectorRegistry()
    registry.register(Collected(await numbers_at(timezone.now())))
    encode, content_type = choose_encoder(request.headers.get("accept", ""))
    answer = HttpResponse(encode(registry), content_type=content_type)
    answer["Cache-Control"] = "no-store"
    return answer


def _has_token(request: HttpRequest) -> bool:
    scheme, _, given = request.headers.get("authorization", "").partition(" ")
    token: str = settings.GENISYS_METRICS_TOKEN
    return bool(token) and scheme.lower() == "bearer" and constant_time_compare(given.strip(), token)


def _is_staff(user: AbstractBaseUser | AnonymousUser) -> bool:
    return bool(user.is_authenticated and user.is_active and getattr(user, "is_staff", False))
