"""JSON to and from one blog's API, by the guarded client; what its statuses mean, in sentences.

What is secret goes into a header and nowhere else: no sentence has it.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from django.utils.html import strip_tags

from agents.destinations.destination import Busy, Refused
from genisys.net import Fetched, Fetcher
from language.sentences import one_line, shorten

MOST_BYTES = 4_000_000
"""Of an answer. A list of a hundred drafts, with the fields that are asked for, has some 30 KB."""
_SAID_CHARS = 200


@dataclass(frozen=True, slots=True)
class Words:
    """How one kind of blog is spoken of: its name, what to do where it does not know us or we may not write."""

    name: str
    unknown: str
    forbidden: str


class ApiClient:
    """Asks one blog. `headers` are made anew for each request; `said` takes the sentence out of an error's JSON."""

    def __init__(
        self, fetcher: Fetcher, words: Words, headers: Callable[[], Mapping[str, str]], said: Callable[[Any], str]
    ) -> None:
        self._fetcher = fetcher
        self._words = words
        self._headers = headers
        self._said = said

    async def get(self, url: str, *, missing_ok: bool = False) -> Any:
        """Return the JSON at an address; with `missing_ok`, None for a 404. Raises Refused, Busy, FetchError."""
        fetched = await self._fetcher.get(url, headers=self._own_headers(), max_bytes=MOST_BYTES)
        if missing_ok and fetched.status in (404, 410) and _json(fetched) is not None:
            return None
        return self._answer(fetched, url)

    async def send(self, method: str, url: str, data: Any) -> Any:
        """Send JSON by POST or PUT; return the JSON that comes back. Raises Refused, Busy, FetchError."""
        ways = {"POST": self._fetcher.post, "PUT": self._fetcher.put}
        headers = {**self._own_headers(), "content-type": "application/json"}
        body = json.dumps(data, ensure_ascii=False).encode("utf-8", "replace")
        return self._answer(await ways[method](url, body, headers=headers, max_bytes=MOST_BYTES), url)

    def _own_headers(self) -> dict[str, str]:
        return {"accept": "application/json", **self._headers()}

    def _answer(self, fetched: Fetched, url: str) -> Any:
        host, status = urlsplit(url).netloc, fetched.status
        data = _json(fetched)
        if 200 <= status < 300 and data is not None:
            return data
        if 300 <= status < 400:
            raise Refused(_moved(host, fetched.headers.get("location", "")))
        if status == 429 or status >= 500:
            raise Busy(
                f"{host} answered {status}: it cannot take the post just now. Try again later.",
                retry_after=fetched.retry_after,
                detail={"status": status},
            )
        if data is None:
            raise Refused(
                f"{host} answered {status} with a page where {self._words.name} answers with data. Check the blog's "
                "address, and whether a firewall, a sign-in page or a plugin stands before its API."
            )
        raise Refused(self._refusal(host, status, data), detail={"status": status})

    def _refusal(self, host: str, status: int, data: Any) -> str:
        said = shorten(one_line(strip_tags(self._said(data))), _SAID_CHARS)
        quoted = f" It says: “{said}”" if said else ""
        if status == 401:
            return f"{host} does not accept the credentials of this blog. {self._words.unknown}{quoted}"
        if status == 403:
            return f"{host} does not let this account write posts. {self._words.forbidden}{quoted}"
        if status in (404, 410):
            return f"{host} has no {self._words.name} API at this address. Check the blog's address.{quoted}"
        if status == 409:
            return (
                f"The draft at {host} was being changed there in this very moment. Nothing was overwritten: hand the "
                "post over again."
            )
        if status == 413:
            return f"{host} does not take a post of this length. Shorten it, or raise the limit of that server."
        return f"{host} refused the post ({status}). Mend what it names and hand the post over again.{quoted}"


def _json(fetched: Fetched) -> Any:
    """Return the answer's data where it is an object or a list, else None."""
    try:
        data = json.loads(fetched.body)
    except ValueError:
        return None
    return data if isinstance(data, dict | list) else None


def _moved(host: str, location: str) -> str:
    parts = urlsplit(location)
    there = f" to {parts.scheme}://{parts.netloc}" if parts.netloc else ""
    return f"{host} sends us on{there}, where a post is not sent after. Give the blog the address where it really lies."
