"""Who opens a socket: the person of the session whose cookie came with the handshake."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from typing import Any

from channels.auth import get_user
from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.http.cookie import parse_cookie

from runs.access import Person


def session_key(scope: Mapping[str, Any]) -> str:
    """Give the session's key as the client names it, or "". It proves nothing by itself."""
    for name, value in scope["headers"]:
        if name == b"cookie":
            return parse_cookie(value.decode("latin1")).get(settings.SESSION_COOKIE_NAME, "")
    return ""


async def person_of(key: str) -> Person:
    """Give whoever is signed in by this session."""
    if not key:
        return AnonymousUser()
    person: Person = await get_user({"session": import_module(settings.SESSION_ENGINE).SessionStore(key)})
    return person
