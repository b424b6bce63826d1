"""Who calls the API: the owner of a bearer token, or whoever is signed in on a page of ours (with CSRF)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser
from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import CsrfViewMiddleware
from django.utils import timezone
from ninja.security import APIKeyCookie, HttpBearer

from genisys import workflows as known_workflows
from runs.models import ApiToken
from runs.problems import Problem
from runs.rules.audit import Actor, Via

NOTE_USE_EVERY = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Caller:
    """Whoever calls, and what the credential allows: some of ApiToken.SCOPES, for `workflows` or, with none, for all.

    The credential itself is a token (`token_id`) or a session (`session_key`).
    """

    user: AbstractBaseUser
    scopes: frozenset[str]
    token_id: int | None = None
    session_key: str = ""
    token_name: str = ""
    workflows: frozenset[str] = frozenset()

    def actor(self, why: str = "") -> Actor:
        """Return the caller as the audit names them."""
        return Actor(self.user, Via.API, why, self.token_name)

    def need(self, scope: str, workflow: str = "") -> None:
        """Raise a 403 problem unless the credential has this scope and, where one is named, opens the workflow."""
        if scope not in self.scopes:
            raise Problem(403, f"This token may not do that: it lacks the scope {scope!r}.")
        if workflow and not self.covers(workflow):
            raise Problem(403, f"This token may not do that: it is for {', '.join(sorted(self.workflows))} only.")

    def covers(self, workflow: str) -> bool:
        """Say whether the credential opens runs of this workflow."""
        return not self.workflows or workflow in self.workflows


def issue(
    user: AbstractBaseUser,
    *,
    name: str,
    scopes: list[str],
    workflows: Iterable[str] = (),
    expires_at: datetime | None = None,
) -> tuple[ApiToken, str]:
    """Make a token, for some workflows or for all. Its text is returned here only: the database keeps a digest.

    Raises ValueError for a scope or a workflow that does not exist.
    """
    bound = sorted(set(workflows))
    if unknown := sorted(set(scopes) - set(ApiToken.SCOPES)):
        raise ValueError(f"Unknown scope {unknown[0]!r}. Scopes are {', '.join(ApiToken.SCOPES)}.")
    if unknown := sorted(set(bound) - set(known_workflows())):
        raise ValueError(f"Unknown workflow {unknown[0]!r}. Workflows are {', '.join(sorted(known_workflows()))}.")
    secret = ApiToken.new_secret()
    token = ApiToken.for_secret(
        secret, user_id=user.pk, name=name, scopes=scopes, workflows=bound, expires_at=expires_at
    )
    token.save()
    return token, secret


def revoke(token: ApiToken) -> bool:
    """End a token now; return whether it was still good. What it follows live ends within seconds (`viewer_slots`)."""
    still_good = ApiToken.objects.filter(pk=token.pk, revoked_at=None)
    return bool(still_good.update(revoked_at=timezone.now()))


class BearerToken(HttpBearer):
    """`Authorization: Bearer gen_…`"""

    async def authenticate(self, request: HttpRequest, token: str) -> Caller | None:
        now = timezone.now()
        found = await ApiToken.objects.select_related("user").filter(digest=ApiToken.digest_of(token.strip())).afirst()
        if found is None or not found.usable(now) or not found.user.is_active:
            return None
        if found.last_used_at is None or now - found.last_used_at > NOTE_USE_EVERY:
            await ApiToken.objects.filter(pk=found.pk).aupdate(last_used_at=now)
        return Caller(
            found.user,
            frozenset(found.scopes),
            token_id=found.pk,
            token_name=found.name,
            workflows=frozenset(found.workflows),
        )


class _CsrfCheck(CsrfViewMiddleware):
    """Django's check with a sentence for an answer: its own page of refusal queries the database, which async code
    may not do.
    """

    def _reject(self, request: HttpRequest, reason: str) -> HttpResponse:
        return HttpResponse(reason)

    def reason_to_refuse(self, request: HttpRequest) -> str:
        request.csrf_processing_done = False  # type: ignore[attr-defined]
        self.process_request(request)
        refusal = self.process_view(request, _no_response, (), {})
        return refusal.content.decode() if refusal is not None else ""


def _no_response(request: HttpRequest) -> HttpResponse:
    return HttpResponse()


class SignedIn(APIKeyCookie):
    """The session of a page of ours. A request that changes something needs the CSRF token as well."""

    param_name = settings.SESSION_COOKIE_NAME

    def __call__(self, request: HttpRequest) -> object:
        # Otherwise a caller with a wrong token, or none, would read about CSRF and look in the wrong place.
        if "Authorization" in request.headers or self.param_name not in request.COOKIES:
            return None
        reason = _CsrfCheck(_no_response).reason_to_refuse(request)
        if reason:
            raise Problem(403, f"{reason} Send the csrftoken cookie's value as X-CSRFToken.")
        return self.authenticate(request, request.COOKIES[self.param_name])

    async def authenticate(self, request: HttpRequest, key: str | None) -> Caller | None:
        user = await request.auser()
        if not (user.is_authenticated and user.is_active):
            return None
        return Caller(user, frozenset(ApiToken.SCOPES), session_key=key or "")
