"""The page in docs/browser.md works as it stands there."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

GUIDE = Path(__file__).resolve().parents[2] / "docs/browser.md"


def test_the_guides_page_shows_a_run_to_its_end(through: Callable[..., Any], gateway: Any, play: Any) -> None:
    example = re.search(r"^```html\n(.*?)^```", GUIDE.read_text(), re.MULTILINE | re.DOTALL)
    assert example is not None
    gateway.pages["/example"] = example[1]
    page = through().open(f"/example?run={play.run_id}")
    play.say("Looking for pages")
    expect(page.get_by_role("status")).to_have_text("Looking for pages")
    play.write("article", "The first words", " and more.")
    expect(page.locator("pre")).to_have_text("The first words and more.")
    expect(page.get_by_role("listitem")).to_have_text("Write: running")
    play.close()
    play.end()
    expect(page.get_by_role("status")).to_have_text("completed")
    expect(page.get_by_role("heading")).to_have_text("What a good changelog does")
    refused = through("stranger@example.com").open(f"/example?run={play.run_id}")
    expect(refused.get_by_role("status")).to_have_text("There is no such run, or it is not yours.")
