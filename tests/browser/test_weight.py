"""What a first visit loads, as it comes over the wire: of each kind of page the one that loads most.

At full depth the gallery weighs every page.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.browser.weight import FirstLoad

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

PASSWORD = "correct horse battery"
RECORDS = ("/admin/runs/run/", "/admin/auth/user/1/change/")


def first_load(visitor: Any, path: str) -> dict[str, int]:
    """Return what the page loads where nothing is cached yet, though its visitor is signed in."""
    context = visitor.context.browser.new_context(storage_state=visitor.context.storage_state())
    page = context.new_page()
    page.on("pageerror", lambda error: visitor.complaints.append(f"{path}: {error}"))
    load = FirstLoad(page)
    page.goto(visitor.stack.url + path, wait_until="load")
    load.check(path)
    loaded = load.by_address()
    context.close()
    return loaded


def test_the_first_load_of_a_page_is_light(visitor: Callable[..., Any], play: Any) -> None:
    play.write("article", "Some words, " * 200, title="An article")
    play.stack.add_user("weigher@example.com", PASSWORD, staff=True)
    staff = visitor(None)
    staff.sign_in("weigher@example.com")
    for person, paths in ((visitor(None), ("/",)), (visitor(), ("/", play.path)), (staff, ("/staff/runs/", *RECORDS))):
        for path in paths:
            loaded = first_load(person, path)
            print(f"{path} {sum(loaded.values()):,}")
            assert any("/fonts/" in url for url in loaded), f"{path} came without its face"
