"""Asking for a post and approving its outline. With GENISYS_PICTURES=<folder> both are painted."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.browser.looks import look_at

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

FILL = """
from django.contrib.auth import get_user_model
from ingestion.models import Fact, Page, Site
owner = get_user_model().objects.get(email="owner@example.com")
site = Site.objects.create(owner=owner, url="https://warm.example/", title="Nordheim heat pumps", status="ready")
for about, said in {
    "Care of the filter": "The filter of the outdoor unit is rinsed every eight weeks in lukewarm water.",
    "Night mode": "Night mode lowers the fan speed between 22:00 and 06:00, and the unit then makes 35 dB.",
    "Warranty": "The compressor is covered for seven years where a yearly check is shown.",
}.items():
    page = Page.objects.create(site=site, url=f"https://warm.example/{about[:4]}", title=about, outcome="ok")
    for n in range(3):
        Fact.objects.create(page=page, ordinal=n, about=about, statement=said, quote="q", kind="other")
"""

OUTLINE = {
    "title": "A heat pump through its first winter",
    "thesis": "Ten minutes every two months are worth more than a repair.",
    "settled": True,
    "sections": [
        {
            "heading": "Rinse the filter before it costs you",
            "covers": "What a clogged filter does to the bill.",
            "claims": [
                {"text": "The filter is rinsed every eight weeks.", "sources": 2},
                {"text": "A clogged filter costs 15 % of the power.", "sources": 1},
            ],
        },
        {
            "heading": "Ice on the fins: when to relax, when to call",
            "covers": "What defrosting looks like.",
            "claims": [{"text": "Neighbours like it.", "sources": 0}],
        },
        {"heading": "Sleep well: night mode", "covers": "Setting the schedule.", "claims": []},
    ],
}
QUESTION = "Write to this outline? Change it, or approve it as it stands."
GONE = 999_999_999
"""The number of a passage that nobody has."""
APPROVAL = {
    "prompt": QUESTION,
    "sources": {"-1": "Care of the filter", "-2": "What a heat pump costs"},
    "outline": {
        "title": OUTLINE["title"],
        "thesis": OUTLINE["thesis"],
        "sections": [
            {
                "heading": "Rinse the filter before it costs you",
                "covers": "What a clogged filter does to the bill.",
                "words": 220,
                "claims": [
                    {"text": "The filter is rinsed every eight weeks.", "sources": [-1, -2]},
                    {"text": "A clogged filter costs 15 % of the power.", "sources": [GONE]},
                ],
            },
            {
                "heading": "Ice on the fins: when to relax, when to call",
                "covers": "What defrosting looks like.",
                "claims": [{"text": "Neighbours like it.", "sources": []}],
            },
            {"heading": "Sleep well: night mode", "covers": "Setting the schedule."},
        ],
    },
}


def test_the_form_is_folded_and_what_was_wrong_stands_open(visitor: Callable[..., Any], stack: Any) -> None:
    owner = visitor()
    stack.manage("shell", "-c", FILL)
    page = owner.open("/posts/new")
    expect(page.get_by_label("Who reads it?")).to_be_hidden()
    look_at(page, "brief-folded")
    page.set_viewport_size({"width": 1280, "height": 800})
    page.get_by_role("link", name="Care of the filter").click()
    expect(page.get_by_label("What should the post be about?")).to_have_value("Care of the filter")
    for group in ("Reader and purpose", "Form and length", "Tone", "Sources and limits", "Before it is written"):
        page.get_by_text(group, exact=True).click()
    expect(page.get_by_label("Who reads it?")).to_be_visible()
    look_at(page, "brief-open")
    page.set_viewport_size({"width": 1280, "height": 800})
    page.get_by_label("Addresses to use").fill("not an address")
    page.get_by_label("Who reads it?").fill("owners")
    page.get_by_role("button", name="Write this post").click()
    expect(page.locator(".field-wrong")).to_contain_text("is no web address")
    expect(page.get_by_label("Who reads it?")).to_have_value("owners")
    expect(page.get_by_label("A sample")).to_be_hidden()
    look_at(page, "brief-wrong")


def test_the_form_asks_for_a_post_with_its_files_without_scripts(visitor: Callable[..., Any], tmp_path: Any) -> None:
    file = tmp_path / "care.md"
    file.write_text("# Care\n\nThe filter is rinsed every eight weeks in lukewarm water.\n")
    page = visitor(java_script_enabled=False).open("/posts/new")
    page.get_by_label("What should the post be about?").fill("the and of")
    page.get_by_text("Sources and limits", exact=True).click()
    page.get_by_label("Files to use").set_input_files(file)
    page.get_by_role("button", name="Write this post").click()
    page.wait_for_url("**/runs/*/")
    expect(page.get_by_role("heading", level=1)).to_contain_text("the and of")


def test_an_outline_is_read_changed_and_approved_on_the_run_s_page(visitor: Callable[..., Any], plays: Any) -> None:
    play = plays.start("write-post", "A heat pump through its first winter")
    page = visitor().open(play.path)
    play.step("research", "Found 14 passages on 3 pages")
    source = {"url": "https://warm.example/a", "title": "Care of the filter", "passage_id": 1, "date": "2026-03-04"}
    play.tell("source", source["url"], n=0, **source, quote="The filter is rinsed every eight weeks.")
    expect(page.get_by_text("The filter is rinsed every eight weeks.")).to_be_visible()
    half = {**OUTLINE, "sections": OUTLINE["sections"][:1], "settled": False}
    play.do("outline", data=half)
    expect(page.get_by_role("heading", name="Rinse the filter before it costs you")).to_be_visible()
    play.do("outline", data=OUTLINE)
    expect(page.get_by_role("heading", name="Sleep well: night mode")).to_be_visible()
    expect(page.get_by_text("no source named")).to_be_visible()


def headings_of(page: Any) -> list[str]:
    return [field.input_value() for field in page.get_by_label("Heading", exact=True).all()]


def has_headings(page: Any, *headings: str) -> None:
    fields = page.get_by_label("Heading", exact=True)
    expect(fields).to_have_count(len(headings))
    for field, heading in zip(fields.all(), headings, strict=True):
        expect(field).to_have_value(heading)


FIRST, SECOND, THIRD = (section["heading"] for section in APPROVAL["outline"]["sections"])


def test_an_outline_is_edited_reordered_by_keyboard_and_approved(visitor: Callable[..., Any], plays: Any) -> None:
    play = plays.start("write-post", OUTLINE["title"])
    page = visitor().open(play.path)
    play.do("outline", data=OUTLINE)
    play.do("approve", **APPROVAL)
    expect(page.get_by_label("Title", exact=True)).to_have_value(OUTLINE["title"])
    expect(page.get_by_text(re.compile("Left as it is, it will be written in 1[45] min"))).to_be_visible()
    expect(page.get_by_text("From “Care of the filter”, “What a heat pump costs”.")).to_be_visible()
    expect(page.get_by_text("no longer among your pages")).to_be_visible()
    expect(page.get_by_text("No source named")).to_be_visible()
    look_at(page, "outline-editor")
    page.set_viewport_size({"width": 390, "height": 800})
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.set_viewport_size({"width": 1280, "height": 800})

    third = page.get_by_label("Heading", exact=True).nth(2)
    third.press("Alt+ArrowUp")
    assert headings_of(page) == [FIRST, THIRD, SECOND]
    expect(page.locator("[data-said]")).to_have_text(f"Section 2 of 3 now: {THIRD}")
    expect(page.get_by_label("Heading", exact=True).nth(1)).to_be_focused()
    page.get_by_role("button", name="Up section 2").press("Enter")
    assert headings_of(page) == [THIRD, FIRST, SECOND]
    page.get_by_role("button", name="Add a section").press("Enter")
    page.get_by_label("Heading", exact=True).nth(3).fill(FIRST)
    page.get_by_label("Another claim of section 4").fill("A check costs 90 euros.")
    expect(page.get_by_label("Another claim of section 4")).to_have_value("")
    page.get_by_role("button", name="Remove section 3").click()
    page.get_by_label("Thesis").fill("Ten minutes are enough.")
    page.get_by_role("button", name="Approve and write").click()
    expect(page.get_by_role("alert").last).to_contain_text(f"Two sections are called “{FIRST}”")
    expect(page.get_by_label("Thesis")).to_have_value("Ten minutes are enough.")
    look_at(page, "outline-wrong")
    page.set_viewport_size({"width": 1280, "height": 800})
    page.get_by_label("Heading", exact=True).nth(2).fill("What a check costs")
    page.get_by_role("button", name="Approve and write").click()
    page.wait_for_url(f"**{play.path}")
    expect(page.locator("details.history")).to_contain_text(f"{THIRD}, {FIRST}, What a check costs")


def test_an_outline_is_changed_without_a_script(visitor: Callable[..., Any], plays: Any) -> None:
    play = plays.start("write-post", OUTLINE["title"])
    watching = visitor().open(play.path)
    play.do("approve", **APPROVAL)
    address = watching.locator("form[data-outline]").get_attribute("action")
    page = visitor(java_script_enabled=False).open(address)
    page.get_by_label("Heading", exact=True).nth(0).fill("Rinse it")
    page.get_by_role("button", name="Down section 1").click()
    has_headings(page, SECOND, "Rinse it", THIRD)
    page.get_by_role("button", name="Add a section").click()
    page.get_by_label("Heading", exact=True).nth(3).fill("What it costs")
    page.get_by_role("button", name="Remove section 3").click()
    has_headings(page, SECOND, "Rinse it", "What it costs")
    page.get_by_role("button", name="Approve and write").click()
    expect(watching.locator("details.history")).to_contain_text(f"{SECOND}, Rinse it, What it costs")
