"""The page in docs/browser.md works as it stands there."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.sync_api import expect

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

KEPT = ("content-security-policy", "permissions-policy", "x-content-type-options", "cross-origin-opener-policy")
GUIDE = Path(__file__).resolve().parents[2] / "docs/browser.md"


def _put_into_static(gateway: Any, product: str) -> None:
    """Serve the guide's files under the headers that the product gives to files in `static/`: its policy among them."""
    headers = httpx.get(f"{product}/static/js/connect.js", trust_env=False).raise_for_status().headers
    assert "script-src 'self'" in headers["Content-Security-Policy"]
    kept = {name: value for name, value in headers.items() if name in KEPT}
    for form, media_type in (("html", "text/html"), ("js", "text/javascript")):
        example = re.search(rf"^```{form}\n(.*?)^```", GUIDE.read_text(), re.MULTILINE | re.DOTALL)
        assert example is not None
        gateway.serve(f"/static/watch.{form}", example[1], {**kept, "content-type": f"{media_type}; charset=utf-8"})


def test_the_guides_page_shows_a_run_to_its_end(through: Callable[..., Any], gateway: Any, play: Any) -> None:
    _put_into_static(gateway, play.stack.url)
    page = through().open(f"/static/watch.html?run={play.run_id}")
    play.say("Looking for pages")
    expect(page.get_by_role("status")).to_have_text("Looking for pages")
    play.write("article", "The first words", " and more.")
    expect(page.locator("pre")).to_have_text("The first words and more.")
    expect(page.get_by_role("listitem")).to_have_text("Write: running")
    play.close()
    play.end()
    expect(page.get_by_role("status")).to_have_text("completed")
    expect(page.get_by_role("heading")).to_have_text("What a good changelog does")
    refused = through("stranger@example.com").open(f"/static/watch.html?run={play.run_id}")
    expect(refused.get_by_role("status")).to_have_text("There is no such run, or it is not yours.")
