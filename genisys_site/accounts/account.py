"""A person's own settings: one page that says how each stands and leads to where it is changed."""

from __future__ import annotations

from typing import cast

from allauth.account.models import EmailAddress
from allauth.mfa.utils import is_mfa_enabled
from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.contrib.auth.models import User
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from runs.models import ApiToken, Wishes
from runs.presentation import words


@require_GET
@login_required
@never_cache
def overview(request: HttpRequest) -> HttpResponse:
    """Address, password, two-step sign-in, tokens, and whether long runs end with a mail."""
    user = cast(User, request.user)
    good = ApiToken.objects.filter(Q(expires_at=None) | Q(expires_at__gt=timezone.now()), user=user, revoked_at=None)
    return render(
        request,
        "account.html",
        {
            "address": EmailAddress.objects.filter(user=user, primary=True).first(),
            "two_steps": is_mfa_enabled(user),
            "token_count": good.count(),
            "mail_at_end": Wishes.objects.filter(pk=user.pk, mail_at_end=True).exists(),
            "long_run": _length(settings.GENISYS_LONG_RUN_SECONDS),
        },
    )


def _length(seconds: int) -> str:
    minutes, rest = divmod(seconds, 60)
    return words.amount(seconds, "second") if rest or not minutes else words.amount(minutes, "minute")
