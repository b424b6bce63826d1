"""WordPress, by its REST API (developer.wordpress.org/rest-api: Discovery, Posts) and application passwords.

An application password belongs to one user and goes along by Basic authentication (RFC 7617). Where the API is, is said
by the home page's `Link` header, else it is at `/wp-json/`. Core has no field for a description; the excerpt is ours.
"""

from __future__ import annotations

import base64
import re
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

from agents.destinations.api_client import ApiClient, Words
from agents.destinations.destination import Draft, Refused, Remote, State
from genisys.net import Fetcher

_WORDS = Words(
    name="WordPress",
    unknown=(
        "Make a new application password in WordPress, under Users and Profile, and add the blog again with it and the "
        "user's name. A server that drops the Authorization header has to pass it on."
    ),
    forbidden="In WordPress its role has to be Author, Editor or Administrator.",
)
_ROOT = re.compile(r"<([^<>\s]{1,2000})>\s?;\s?rel=\"?https://api\.w\.org/\"?")
_FIELDS = "id,slug,status,modified_gmt"
_STATES: dict[str, State] = {"draft": "draft", "pending": "draft", "auto-draft": "draft", "trash": "thrown away"}
_HOME_BYTES = 1024


class WordPress:
    """The blog at `address`, whose user has this application password."""

    def __init__(self, fetcher: Fetcher, address: str, user: str, password: str) -> None:
        self._fetcher = fetcher
        self._address = address.rstrip("/")
        given = base64.b64encode(f"{user}:{password}".encode()).decode("ascii")
        self._api = ApiClient(fetcher, _WORDS, lambda: {"authorization": f"Basic {given}"}, _said)
        self._root = ""

    async def drafts(self) -> list[Remote]:
        query = {"status": "draft", "per_page": "100", "orderby": "id", "order": "desc", "context": "edit"}
        try:
            listed = await self._api.get(await self._url("wp/v2/posts", _fields=_FIELDS, **query))
        except Refused as error:
            if error.detail.get("status") != 400:
                raise
            # Whom it does not know as a writer, WordPress tells that “draft” is no status to ask for.
            raise Refused(f"{_host(self._address)} does not show us its drafts. {_WORDS.unknown}") from error
        return [self._remote(each) for each in listed]

    async def read(self, remote_id: str) -> Remote | None:
        url = await self._url(f"wp/v2/posts/{quote(remote_id, safe='')}", context="edit", _fields=_FIELDS)
        found = await self._api.get(url, missing_ok=True)
        return None if found is None else self._remote(found)

    async def create(self, draft: Draft) -> Remote:
        return self._remote(await self._api.send("POST", await self._url("wp/v2/posts"), _body(draft)))

    async def update(self, remote: Remote, draft: Draft) -> Remote:
        url = await self._url(f"wp/v2/posts/{quote(remote.id, safe='')}")
        return self._remote(await self._api.send("POST", url, _body(draft)))

    async def _url(self, route: str, **query: str) -> str:
        """Return the address of a route. Without pretty permalinks the route itself is in the query."""
        self._root = self._root or await self._found_root()
        if not query:
            return f"{self._root}{route}"
        return f"{self._root}{route}{'&' if '?' in self._root else '?'}{urlencode(query)}"

    async def _found_root(self) -> str:
        home = await self._fetcher.get(f"{self._address}/", max_bytes=_HOME_BYTES, truncate=True)
        named = _ROOT.search(home.headers.get("link", ""))
        if named is None:
            return f"{self._address}/wp-json/"
        root = named[1] if named[1].endswith("/") else f"{named[1]}/"
        given, found = urlsplit(self._address), urlsplit(root)
        if _host(root) != _host(self._address) or (given.scheme, found.scheme) == ("https", "http"):
            raise Refused(
                f"{given.netloc} says that its API is at {found.scheme}://{found.netloc}. What you entered for the one "
                "is not sent to the other: give the blog that address, if it is yours."
            )
        return root

    def _remote(self, data: Any) -> Remote:
        try:
            number = int(data["id"])
            return Remote(
                id=str(number),
                slug=str(data["slug"]),
                state=_STATES.get(str(data["status"]), "public"),
                changed=str(data["modified_gmt"]),
                edit_url=f"{self._address}/wp-admin/post.php?post={number}&action=edit",
            )
        except (KeyError, TypeError, ValueError) as error:
            raise Refused(
                f"{_host(self._address)} did not answer as WordPress does: a post without id, slug, status or date. "
                "Check the blog's address."
            ) from error


def _body(draft: Draft) -> dict[str, str]:
    return {
        "title": draft.title,
        "content": draft.html,
        "excerpt": draft.excerpt,
        "slug": draft.slug,
        "status": "draft",
    }


def _said(data: Any) -> str:
    return str(data.get("message", "")) if isinstance(data, dict) else ""


def _host(url: str) -> str:
    return urlsplit(url).netloc.lower().removeprefix("www.")
