"""A person's blogs: added, with what lets us write there sealed, and removed. Nobody is ever shown it."""

from __future__ import annotations

import re
from urllib.parse import urlsplit, urlunsplit

from django.conf import settings
from django.db import transaction

from agents.access import own_blogs
from agents.models import Blog
from genisys import UserError
from genisys.host import KeyRing

GHOST_KEY = re.compile(r"[0-9A-Fa-f]{8,64}:(?:[0-9A-Fa-f]{2}){16,128}")
_BEHIND = re.compile(r"/(?:wp-admin|wp-json|ghost)(?:/.{0,500})?$")
_LONGEST = 1000


def address_of(typed: str) -> str:
    """Return the address of a blog as it is kept, of whatever page of it was given. Raises UserError.

    Whether its host is public is checked on connecting.
    """
    try:
        parts = urlsplit(typed.strip())
        host, scheme = parts.hostname or "", parts.scheme.lower()
    except ValueError:
        host = scheme = ""
    if scheme not in ("http", "https") or not host or len(typed) > _LONGEST:
        raise UserError("This is not a web address. Write it as https://blog.example.com.")
    if scheme == "http" and host not in settings.GENISYS_WEBHOOK_ALLOWED_PRIVATE_HOSTS:
        raise UserError("Only https:// addresses are taken: the password goes along with each request.")
    if "@" in parts.netloc:
        raise UserError("The address holds a user name or password. Leave out what stands before the @.")
    path = _BEHIND.sub("", parts.path.rstrip("/"))
    return urlunsplit((scheme, parts.netloc.lower(), path, "", ""))


def credentials_of(kind: str, user: str, secret: str) -> tuple[str, str]:
    """Return user name and secret as they are kept. Raises UserError for what cannot be those of such a blog."""
    user, secret = user.strip(), secret.strip()
    if kind == Blog.Kind.GHOST:
        if not GHOST_KEY.fullmatch(secret):
            raise UserError(
                "This is no Admin API key of Ghost: it is two long numbers with a colon between them. Copy it under "
                "Settings, Integrations, of a custom integration."
            )
        return "", secret
    if not user or ":" in user:
        raise UserError("WordPress needs the name of the user whose application password this is.")
    if not secret:
        raise UserError("Enter an application password: WordPress makes one under Users, Profile.")
    return user, secret


def add(owner_id: int, *, kind: str, address: str, user: str, secret: str) -> Blog:
    """Keep a blog; one that is there already gets the new credentials, and keeps what was handed over to it.

    Raises UserError where something does not fit, or there are too many.
    """
    address = address_of(address)
    user, secret = credentials_of(kind, user, secret)
    sealed = KeyRing(settings.GENISYS_SECRETS).seal(secret)
    with transaction.atomic():
        mine = own_blogs(owner_id)
        known = mine.filter(kind=kind, address=address).first()
        if known is None and mine.count() >= Blog.MOST_OF_A_PERSON:
            raise UserError(f"You have {Blog.MOST_OF_A_PERSON} blogs, the most there may be. Remove one first.")
        if known is None:
            return Blog.objects.create(owner_id=owner_id, kind=kind, address=address, user=user, sealed_secret=sealed)
        known.user, known.sealed_secret = user, sealed
        known.save(update_fields=["user", "sealed_secret"])
        return known
