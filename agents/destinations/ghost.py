"""Ghost, by its Admin API (docs.ghost.org/admin-api) and the key of a custom integration.

The key is `id:secret`; each request carries a JSON Web Token (RFC 7519) that is signed with the secret's bytes and good
for a few minutes. `source=html` has Ghost make its own form of the text. An update names the `updated_at` that it was
made from, and Ghost refuses it where the post was changed since.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import time
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

from agents.destinations.api_client import ApiClient, Words
from agents.destinations.destination import Draft, Refused, Remote, State
from genisys.net import Fetcher
from language.sentences import shorten

VERSION = "v5.0"
TOKEN_S = 240
"""Seconds for which a token is good; Ghost takes at most 300."""
MOST_TITLE, MOST_EXCERPT, MOST_DESCRIPTION = 255, 300, 500
"""Characters that Ghost takes of each; a longer one is a 422."""

_WORDS = Words(
    name="Ghost",
    unknown=(
        "Copy the Admin API key of a custom integration, under Settings and Integrations in Ghost, and add the blog "
        "again with it. The clocks of both servers have to agree to within a minute."
    ),
    forbidden="The key has to be the Admin API key of a custom integration, and the plan has to allow these.",
)
_FIELDS = "id,slug,status,updated_at"
_STATES: dict[str, State] = {"draft": "draft"}


def token(key: str, now: float) -> str:
    """Return the token for one request. `now` is in epoch seconds. Raises Refused for a key that is none."""
    key_id, _, secret = key.partition(":")
    try:
        signs_with = bytes.fromhex(secret)
    except ValueError:
        signs_with = b""
    if not key_id or not signs_with:
        raise Refused("The key of this blog is no Admin API key of Ghost (id:secret). Add the blog again with it.")
    header = {"alg": "HS256", "kid": key_id, "typ": "JWT"}
    claims = {"iat": int(now), "exp": int(now) + TOKEN_S, "aud": "/admin/"}
    signed = b".".join(_packed(json.dumps(part).encode()) for part in (header, claims))
    signature = _packed(hmac.digest(signs_with, signed, hashlib.sha256))
    return b".".join((signed, signature)).decode("ascii")


class Ghost:
    """The blog whose admin is at `address`."""

    def __init__(self, fetcher: Fetcher, address: str, key: str) -> None:
        self._address = address.rstrip("/")
        self._posts = f"{self._address}/ghost/api/admin/posts/"
        self._api = ApiClient(
            fetcher,
            _WORDS,
            lambda: {"authorization": f"Ghost {token(key, time.time())}", "accept-version": VERSION},
            _said,
        )

    async def drafts(self) -> list[Remote]:
        query = {"filter": "status:draft", "order": "created_at desc", "limit": "100", "fields": _FIELDS}
        answer = await self._api.get(f"{self._posts}?{urlencode(query)}")
        return [self._remote(each) for each in self._listed(answer)]

    async def read(self, remote_id: str) -> Remote | None:
        answer = await self._api.get(f"{self._post(remote_id)}?{urlencode({'fields': _FIELDS})}", missing_ok=True)
        return None if answer is None else self._remote(self._first(answer))

    async def create(self, draft: Draft) -> Remote:
        answer = await self._api.send("POST", f"{self._posts}?source=html", {"posts": [_body(draft)]})
        return self._remote(self._first(answer))

    async def update(self, remote: Remote, draft: Draft) -> Remote:
        sent = {**_body(draft), "updated_at": remote.changed}
        answer = await self._api.send("PUT", f"{self._post(remote.id)}?source=html", {"posts": [sent]})
        return self._remote(self._first(answer))

    def _post(self, remote_id: str) -> str:
        return f"{self._posts}{quote(remote_id, safe='')}/"

    def _listed(self, answer: Any) -> list[Any]:
        found = answer.get("posts") if isinstance(answer, dict) else None
        if not isinstance(found, list):
            raise self._unlike()
        return found

    def _first(self, answer: Any) -> Any:
        if not (found := self._listed(answer)):
            raise self._unlike()
        return found[0]

    def _remote(self, data: Any) -> Remote:
        try:
            return Remote(
                id=str(data["id"]),
                slug=str(data["slug"]),
                state=_STATES.get(str(data["status"]), "public"),
                changed=str(data["updated_at"]),
                edit_url=f"{self._address}/ghost/#/editor/post/{quote(str(data['id']), safe='')}",
            )
        except (KeyError, TypeError, ValueError) as error:
            raise self._unlike() from error

    def _unlike(self) -> Refused:
        return Refused(
            f"{urlsplit(self._address).netloc} did not answer as Ghost does: no post with id, slug, status and date. "
            "Check the blog's address: it is that of its admin, without /ghost."
        )


def _body(draft: Draft) -> dict[str, str]:
    return {
        "title": shorten(draft.title, MOST_TITLE),
        "html": draft.html,
        "slug": draft.slug,
        "custom_excerpt": draft.excerpt[:MOST_EXCERPT],
        "meta_description": draft.description[:MOST_DESCRIPTION],
        "status": "draft",
    }


def _said(data: Any) -> str:
    """Return what the first of the errors says: its context is the cause, where there is one."""
    errors = data.get("errors") if isinstance(data, dict) else None
    first = errors[0] if isinstance(errors, list) and errors and isinstance(errors[0], dict) else {}
    return " ".join(str(first[name]) for name in ("message", "context") if first.get(name))


def _packed(data: bytes) -> bytes:
    return base64.urlsafe_b64encode(data).rstrip(b"=")
