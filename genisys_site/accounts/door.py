"""The one door: whoever wants in, the admin too, signs in through allauth, with its rate limits and second step.

Nothing here goes by the `Host` header, which whoever asks may choose: neither the links in mail nor the counting of
wrong passwords.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from allauth.account.adapter import DefaultAccountAdapter
from allauth.core import context as current
from django.conf import settings
from django.contrib.auth import REDIRECT_FIELD_NAME
from django.contrib.auth.hashers import make_password
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

_ADDRESS_IS_TAKEN = "account/email/account_already_exists"


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def admin_sign_in(request: HttpRequest, extra_context: Any = None) -> HttpResponseBase:
    """Stand in for the admin's own sign-in, which takes passwords without limit and without the second step.

    It reads no password. Raises PermissionDenied for people who are signed in and are not staff.
    """
    asked = request.GET.get(REDIRECT_FIELD_NAME, "")
    ours = url_has_allowed_host_and_scheme(asked, allowed_hosts=None)
    # Back to this very address would be a circle.
    wanted = asked if ours and asked != request.path else reverse("admin:index")
    if not request.user.is_authenticated:
        return redirect_to_login(wanted, reverse(settings.LOGIN_URL))
    if not (request.user.is_active and request.user.is_staff):
        raise PermissionDenied
    return redirect(wanted)


@dataclass(frozen=True, slots=True)
class Installation:
    """What mail calls this installation."""

    domain: str
    name: str


class AccountAdapter(DefaultAccountAdapter):
    """allauth's behaviour, without the `Host` header."""

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Send one mail whose links lead to SITE_ADDRESS.

        With the request's host in them, a stranger who asks for a person's mail would choose where its links lead.
        """
        if template_prefix == _ADDRESS_IS_TAKEN:
            # As slow as a new account, whose password is hashed: a faster answer would show who has an account.
            make_password(email)
        host = urlsplit(settings.SITE_ADDRESS).netloc
        links = {name: _at_our_address(value) for name, value in context.items()}
        super().send_mail(template_prefix, email, {**links, "current_site": Installation(host, host)})

    def is_safe_url(self, url: str) -> bool:
        """Return whether a page may be gone to after a form: it is one of ours, without a host, or at SITE_ADDRESS."""
        return url_has_allowed_host_and_scheme(url, {urlsplit(settings.SITE_ADDRESS).netloc})

    def _get_login_attempts_cache_key(self, request: HttpRequest, **credentials: Any) -> str:
        """Count wrong passwords by the person alone: allauth's own key has the host in it, and each port of the
        header would be counted anew.
        """
        person = credentials.get("email") or credentials.get("username") or ""
        return f"sign-in:{hashlib.sha256(person.strip().lower().encode()).hexdigest()}"


def _at_our_address(value: Any) -> Any:
    """Return a link that was made with the request's host as one to SITE_ADDRESS, and all else as it is."""
    request = current.request
    if request is None or not isinstance(value, str):
        return value
    asked = request.build_absolute_uri("/")
    return f"{settings.SITE_ADDRESS}/{value.removeprefix(asked)}" if value.startswith(asked) else value
