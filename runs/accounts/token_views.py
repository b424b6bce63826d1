"""A person's own API tokens: made, shown once, listed, revoked."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, cast

from asgiref.sync import async_to_sync
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.contrib.auth.models import User
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from runs.accounts import tokens
from runs.accounts.token_form import SCOPE_WORDS, TokenForm
from runs.models import ApiToken
from runs.rules import audit
from runs.rules.audit import Actor, Via

TOKENS_PER_PERSON = 50


@require_http_methods(["GET", "POST"])
@login_required
@never_cache
def mine(request: HttpRequest) -> HttpResponse:
    """The person's tokens and the form for a new one; posted, the token is shown, this once."""
    form = TokenForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        if _good_ones(request).count() < TOKENS_PER_PERSON:
            token, secret = _issued(request, form.cleaned_data)
            return render(request, "runs/token_made.html", {"token": token, "secret": secret})
        form.add_error(None, f"You have {TOKENS_PER_PERSON} tokens. Revoke one first.")
    rows = [{"token": token, "may": _may(token)} for token in _good_ones(request)]
    status = 422 if form.errors else 200
    return render(request, "runs/tokens.html", {"form": form, "rows": rows, "now": timezone.now()}, status=status)


@require_POST
@login_required
def revoke(request: HttpRequest, token_id: int) -> HttpResponse:
    """End one of the person's tokens."""
    token = get_object_or_404(_good_ones(request), pk=token_id)
    if tokens.revoke(token):
        _record(request, "token.revoke", token)
        messages.success(request, f"{token} was revoked. Programs that use it are cut off within seconds.")
    return HttpResponseRedirect(reverse("mine:tokens"), status=303)


def _issued(request: HttpRequest, asked: dict[str, Any]) -> tuple[ApiToken, str]:
    days = asked["days"]
    token, secret = tokens.issue(
        request.user,  # type: ignore[arg-type]
        name=asked["name"],
        scopes=asked["scopes"],
        workflows=asked["workflows"],
        expires_at=timezone.now() + timedelta(days=days) if days else None,
    )
    _record(request, "token.make", token)
    return token, secret


def _record(request: HttpRequest, action: str, token: ApiToken) -> None:
    detail = {"token": token.prefix, "scopes": token.scopes, "workflows": token.workflows}
    async_to_sync(audit.record)(Actor(request.user, Via.PAGE), action, None, **detail)


def _good_ones(request: HttpRequest) -> QuerySet[ApiToken]:
    """Return the tokens that are not revoked; those that have expired are listed until they are."""
    return ApiToken.objects.filter(user=cast(User, request.user), revoked_at=None)


def _may(token: ApiToken) -> str:
    return ", ".join(words for scope, words in SCOPE_WORDS.items() if scope in token.scopes)
