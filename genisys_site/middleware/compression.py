"""Pages are compressed on the way, and pages alone: never streams, files, the API, or what holds a secret.

Compression lets who watches the wire tell, by a page's length, whether text that they put into it stands there already:
BREACH (Gluck, Harris, Prado 2013). It takes requests that another site makes the reader's browser send, so that a guess
can be put in. So a page is compressed only
- where it is one of PAGES, or a record of the admin's: none that shows a key, a token, a code or a password's form;
- in answer to GET, and, where the address carries a query that the page may repeat, only if the browser says that the
  request came from a page of ours or from the reader's own hand (`Sec-Fetch-Site`, Fetch Metadata);
- with some random bytes in it, so that lengths say less (Django's own measure, 100 bytes at most).
The token against forgery is written anew in each page by Django, and so can not be guessed at by length.
"""

from __future__ import annotations

from django.http import HttpRequest, HttpResponseBase
from django.middleware import gzip
from django.urls import ResolverMatch

from genisys_site.middleware.inline import Inline

PAGES = frozenset({"runs", "new", "ingestion", "agents", "staff"})
"""The namespaces of addresses whose pages may be compressed; _MORE may, too."""

_MORE = frozenset({"home", "recorded", "api:openapi-view"})

_RECORDS = ("_changelist", "_add", "_change")

_KEYS = frozenset({"runs:question", "agents:shared"})
"""Pages whose address is a key, which stands in them."""

_OWN_REQUESTS = ("same-origin", "none")


class Compression(Inline, gzip.GZipMiddleware):
    """Compresses what may be compressed, where the browser takes it."""

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        if not may_be_compressed(request, response):
            return response
        return super().process_response(request, response)


def may_be_compressed(request: HttpRequest, response: HttpResponseBase) -> bool:
    """Say whether the answer is a page whose length gives nothing away."""
    match = request.resolver_match
    if match is None or response.streaming or not response.get("Content-Type", "").startswith("text/html"):
        return False
    if not _is_page(match) or request.method != "GET" or response.status_code != 200:
        return False
    return not request.META.get("QUERY_STRING") or request.headers.get("Sec-Fetch-Site", "") in _OWN_REQUESTS


def _is_page(match: ResolverMatch) -> bool:
    """Say whether the address is one of PAGES; a page of the admin's is as large as several of ours."""
    if match.namespace == "admin":
        name = match.view_name
        return name == "admin:index" or (name.endswith(_RECORDS) and "password" not in name)
    return match.view_name in _MORE or (match.namespace in PAGES and match.view_name not in _KEYS)
