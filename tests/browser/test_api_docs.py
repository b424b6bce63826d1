"""The page of the API: with nothing from elsewhere and without a script, and code to copy for what it lists."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.browser.looks import look_at

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]


def test_the_page_shows_each_workflow_with_code_to_copy_and_needs_no_script(visitor: Callable[..., Any]) -> None:
    page = visitor(None, java_script_enabled=False).open("/")
    page.get_by_role("contentinfo").get_by_role("link", name="API").click()
    page.get_by_text("Ingest site", exact=True).first.click()
    page.get_by_role("link", name="Run ingest-site").click()
    page.locator("#run_ingest_site").get_by_text("curl", exact=True).click()
    expect(page.locator("#run_ingest_site details[open] pre")).to_contain_text(
        'curl "$GENISYS/api/workflows/ingest-site"'
    )


def test_the_page_is_open_to_everybody_and_asks_nobody_else(visitor: Callable[..., Any]) -> None:
    reader = visitor(None)
    asked: list[str] = []
    reader.context.on("request", lambda request: asked.append(request.url))
    page = reader.open("/api/docs#run_ingest_site")
    expect(page.locator("#run_ingest_site")).to_be_visible()
    look_at(page, "api-docs")
    assert [url for url in asked if not url.startswith((reader.stack.url, "data:", "blob:"))] == []
