"""The pages of a site that was read: found and left out, what changed, its end. And the form's folded options."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.browser.looks import look_at

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

HOST = "https://docs.solaria.example"
FILL = """

from django.contrib.auth import get_user_model
from ingestion.history import readings
from ingestion.models import Fact, Page, Site
owner = get_user_model().objects.get(email="owner@example.com")
known = {"statement": "A plan costs 12 dollars.", "kind": "price", "about": "plan", "as_of": "", "by": "m", "older": [],
    "disputed": [], "sources": [{"page_id": 1, "url": "HOST/a", "quote": "12 dollars", "as_of": ""}]}
site = Site.objects.create(owner=owner, url="HOST/", title="Solaria", status="ready", read_at="2026-03-01T10:00Z",
    profile={"what": "Home solar.", "what_by": "extract", "known": {"price": [known]}})
for n in range(4):
    page = Page.objects.create(site=site, url=f"HOST/docs/{n}", title=f"Chapter {n}", outcome="ok", digest=str(n))
    Fact.objects.create(page=page, ordinal=0, statement=f"Chapter {n} has 10 parts in all.", quote="q", kind="other")
Page.objects.create(site=site, url="HOST/broken", outcome="failed", note="the server answered 500")
for n in range(24):
    site.left_out.create(url=f"HOST/blog/a-post-of-a-long-name-{n}", reason="budget", note="did not fit", alike=1)
site.left_out.create(url="HOST/private", reason="robots", note="robots.txt asks us not to read it")
readings.end(site, "one")
Page.objects.filter(url="HOST/docs/1").update(digest="x", missed_by="two")
Fact.objects.filter(page__url="HOST/docs/2").update(statement="Chapter 2 has 12 parts in all.")
Page.objects.filter(url="HOST/docs/3").delete()
readings.end(site, "two")
print("SITE", site.pk)
""".replace("HOST", HOST)


@pytest.fixture
def solaria(visitor: Callable[..., Any], stack: Any) -> str:
    visitor()
    said = stack.manage("shell", "-c", FILL)
    return f"/sites/{said.split('SITE ')[1].split()[0]}/"


def test_a_site_s_pages_are_open_to_everybody_and_do_what_they_say(visitor: Callable[..., Any], solaria: str) -> None:
    page = visitor().open(solaria)
    expect(page.get_by_role("link", name="25 left out, and the map")).to_be_visible()
    look_at(page, "site-at-rest")
    page.goto(page.url + "found")
    expect(page.get_by_role("heading", name="25 pages left out")).to_be_visible()
    look_at(page, "site-found")
    page.get_by_role("button", name="Read it too: /blog/a-post-of-a-long-name-0", exact=True).click()
    expect(page.get_by_text("the next reading takes it in first")).to_be_visible()
    expect(page).to_have_url(page.url.partition("/sites/")[0] + solaria + "found")
    page.get_by_role("button", name="Take back").click()
    expect(page.get_by_text("Taken back.")).to_be_visible()
    page.goto(page.url.replace("/found", "/changes"))
    expect(page.get_by_text("Missing since the last reading")).to_be_visible()
    look_at(page, "site-changes")
    page.goto(page.url.replace("/changes", "/delete"))
    look_at(page, "site-delete")
    page.get_by_label("to confirm").fill("docs.solaria.example")
    page.get_by_role("button", name="Delete it").click()
    expect(page.get_by_text("is deleted, with all that was kept of it")).to_be_visible()


def test_the_form_s_options_unfold_without_a_script(visitor: Callable[..., Any]) -> None:
    page = visitor(java_script_enabled=False).open("/sites/new")
    expect(page.get_by_label("Languages")).to_be_hidden()
    page.get_by_text("Options: pages, paths, languages, schedule").click()
    page.get_by_label("Languages").fill("english!")
    page.get_by_label("Which site?").fill("example.com")
    page.get_by_role("button", name="Read this site").click()
    told = page.get_by_text("no code of a language")
    expect(told).to_be_visible()


def test_the_form_is_open_to_everybody_with_its_options_unfolded(visitor: Callable[..., Any]) -> None:
    page = visitor().open("/sites/new")
    page.get_by_text("Options: pages, paths, languages, schedule").click()
    look_at(page, "site-new")
