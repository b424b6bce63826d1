"""Who is signed in by a session, and whether still: for sockets, which outlive the request that opened them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from channels.db import database_sync_to_async
from django.conf import settings
from django.contrib.auth import HASH_SESSION_KEY, SESSION_KEY, get_user_model
from django.contrib.sessions.models import Session
from django.http.cookie import parse_cookie
from django.utils import timezone
from django.utils.crypto import constant_time_compare

from runs.access import Person
from runs.live.query_batcher import QueryBatcher


def session_key(scope: Mapping[str, Any]) -> str:
    """Return the session's key as the client names it, or "". It proves nothing by itself."""
    for name, value in scope["headers"]:
        if name == b"cookie":
            return parse_cookie(value.decode("latin1")).get(settings.SESSION_COOKIE_NAME, "")
    return ""


def people_of(keys: Iterable[str]) -> dict[str, Person]:
    """Return who is signed in by each of the sessions; an account that was closed is not.

    As `django.contrib.auth.get_user` does it, for many at once: a new password ends older sessions.
    """
    rows = Session.objects.filter(pk__in=set(keys), expire_date__gt=timezone.now())
    sessions = {row.pk: row.get_decoded() for row in rows}
    model = get_user_model()
    ids = {key: model._meta.pk.to_python(data[SESSION_KEY]) for key, data in sessions.items() if SESSION_KEY in data}
    people = model.objects.in_bulk(set(ids.values()))
    return {
        key: people[pk]
        for key, pk in ids.items()
        if pk in people and people[pk].is_active and _made_for(people[pk], sessions[key])
    }


def _made_for(person: Any, session: Mapping[str, Any]) -> bool:
    given = session.get(HASH_SESSION_KEY, "")
    hashes = (person.get_session_auth_hash(), *person.get_session_auth_fallback_hash())
    return any(constant_time_compare(given, each) for each in hashes)


@database_sync_to_async  # type: ignore[untyped-decorator]
def _people_of(keys: Sequence[str]) -> dict[str, Person]:
    return people_of(keys)


_asked: QueryBatcher[str, Person] = QueryBatcher(_people_of)


async def person_of(key: str) -> Person | None:
    """Return whoever is signed in by this session; None where nobody is."""
    return await _asked.ask(key) if key else None
