"""The page of the API: under the strict policy, with nothing from elsewhere, and code to copy for what it lists."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import expect

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]


def test_the_page_shows_each_workflow_with_code_to_copy_and_asks_nobody_else(visitor: Callable[..., Any]) -> None:
    reader = visitor(None)
    asked: list[str] = []
    reader.context.on("request", lambda request: asked.append(request.url))
    page = reader.open("/api/docs")
    page.locator("#operations-ingest-site-runs_api_workflows_run_workflow_ingest-site .opblock-summary-control").click()
    page.locator(".api-samples summary", has_text="curl").click()
    expect(page.locator(".api-samples details[open] pre")).to_contain_text('curl "$GENISYS/api/workflows/ingest-site"')
    assert [url for url in asked if not url.startswith((reader.stack.url, "data:", "blob:"))] == []


def test_without_javascript_the_page_says_where_the_description_is(visitor: Callable[..., Any]) -> None:
    page = visitor(None, java_script_enabled=False).open("/api/docs")
    expect(page.locator("noscript a")).to_have_attribute("href", "/api/openapi.json")
