"""The one-time link with which `manage.py up` lets the first person in.

The link is a file under GENISYS_HOME that holds only the digest of its token. Removing the file is what uses
the link up, so of two requests that race only one gets in. A link is good for one day.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import secrets
from datetime import datetime, timedelta
from pathlib import Path

from django.conf import settings
from django.contrib.auth import get_user_model, login
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from genisys_site.configuration.environment import write_private

FIRST_EMAIL = "you@localhost"
_LIFETIME = timedelta(days=1)


def first_user() -> User | None:
    """Return whoever started this installation: made when no user exists, with every right and no password.

    None once that person has a password or others run the place: they sign in by the front door.
    """
    users = get_user_model()._default_manager
    if not users.exists():
        return users.create_superuser(username="you", email=FIRST_EMAIL, password=None)
    user = users.filter(email=FIRST_EMAIL, is_superuser=True, is_active=True).first()
    return user if user is not None and not user.has_usable_password() else None


def issue(user: User) -> str:
    """Return a fresh token for /enter/<token>; an older one stops working."""
    token = secrets.token_urlsafe(32)
    expires = timezone.now() + _LIFETIME
    write_private(_file(), json.dumps({"digest": _digest(token), "user": user.pk, "expires": expires.isoformat()}))
    return token


@require_GET
@never_cache
def enter(request: HttpRequest, token: str) -> HttpResponse:
    """Sign in whoever holds the link, once. A HEAD request, as link checkers send it, does not use the link up."""
    user = _redeem(token)
    if user is None:
        return render(request, "enter_refused.html", status=410)
    login(request, user, backend="django.contrib.auth.backends.ModelBackend")
    return redirect("home")


def _redeem(token: str) -> User | None:
    try:
        kept = json.loads(_file().read_text(encoding="utf-8"))
        if not hmac.compare_digest(kept["digest"], _digest(token)):
            return None
        _file().unlink()
    except (FileNotFoundError, ValueError):
        return None
    if datetime.fromisoformat(kept["expires"]) < timezone.now():
        return None
    return get_user_model()._default_manager.filter(pk=kept["user"], is_active=True).first()


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def _file() -> Path:
    return Path(settings.GENISYS_HOME) / "sign_in.json"
