"""What a first visit loads, as it comes over the wire: compressed pages, scripts, sheets and faces."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Response

from tests.depth import by_depth

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

PASSWORD = "correct horse battery"
MOST_BYTES = 150_000
# At each commit the first of each kind: they load what all pages load, and most.
STRANGERS = ("/", "/api/docs", "/accounts/login/", "/accounts/signup/")
OWN = ("/", "/runs/", "/sites/", "/posts/", "/new/", "/sites/new", "/posts/new", "/account/", "/account/webhooks/")
STAFF = ("/staff/runs/", "/staff/", "/staff/fleet/", "/staff/money/", "/staff/alerts/")
_PACKED = ("text/css", "text/javascript", "application/json", "image/svg+xml")


def first_load(visitor: Any, path: str) -> dict[str, int]:
    """Return what the page loads where nothing is cached yet, by address, each in bytes.

    Static files come as they are in development; where a deployment would send them compressed, they count so.
    """
    context = visitor.context.browser.new_context(storage_state=visitor.context.storage_state())
    answers: list[Response] = []
    context.on("response", lambda answer: answers.append(answer))
    context.new_page().goto(visitor.stack.url + path, wait_until="load")
    loaded = {}
    for answer in answers:
        if answer.status != 200 or not answer.url.startswith("http"):
            continue
        packed = "/static/" in answer.url and answer.headers["content-type"].startswith(_PACKED)
        loaded[answer.url] = len(gzip.compress(answer.body())) if packed else answer.request.sizes()["responseBodySize"]
    context.close()
    return loaded


def test_the_first_load_of_a_page_is_light(visitor: Callable[..., Any], play: Any) -> None:
    play.write("article", "Some words, " * 200, title="An article")
    play.stack.add_user("weigher@example.com", PASSWORD, staff=True)
    staff = visitor(None)
    staff.sign_in("weigher@example.com")
    for person, paths in ((visitor(None), STRANGERS), (visitor(), (*OWN, play.path)), (staff, STAFF)):
        for path in by_depth(quick=(paths[0], paths[-1]) if play.path in paths else paths[:1], full=paths):
            loaded = first_load(person, path)
            heaviest = sorted(loaded.items(), key=lambda each: -each[1])[:4]
            print(f"{path} {sum(loaded.values()):,}")
            assert sum(loaded.values()) < MOST_BYTES, f"{path}: {heaviest}"
            assert any("/fonts/" in url for url in loaded), f"{path} came without its face"
