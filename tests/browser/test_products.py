"""The run pages of the two products, in the middle of their work. With GENISYS_PICTURES=<folder> they are painted."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from bs4 import BeautifulSoup
from playwright.sync_api import Page, expect

from agents.rendering import section_html
from runs.presentation.growing import grown
from tests.browser.looks import look_at
from tests.comparable_html import looks

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

HEADINGS = ["Lead with the reader’s change", "Say what to do next", "Dates are promises"]
SOURCES = ["How we write release notes", "Migration guide, version 4", "What changed in March"]
SITE = "https://docs.solaria.example"
STAGES = [("Pricing", "read", 812), ("How panels age", "read", 1540), ("Customer portal", "skipped", 0)]
STAGES += [("Press kit", "failed", 0), ("Installers", "reading", 0), ("Warranty", "chosen", 0)]


def test_a_post_under_way_shows_what_stands_what_streams_and_what_is_to_come(
    visitor: Callable[..., Any], plays: Any
) -> None:
    play = plays.start("write-post")
    owner = visitor()
    page = owner.open(play.path)
    play.step("research", "Read 6 passages of 3 pages")
    for n, title in enumerate(SOURCES, 1):
        play.tell("source", f"{SITE}/{n}", n=n if n < 3 else 0, url=f"{SITE}/{n}", title=title, passage_id=n)
    play.step("outline", "3 sections")
    for n, heading in enumerate(HEADINGS, 1):
        _section(play, n, heading, "to come")
    _section(play, 1, HEADINGS[0], "writing")
    play.say("Writing section 1 of 3, “Lead with the reader’s change”")
    play.write(
        "section-1",
        "Most entries describe what the team did. Readers came for what happened to *them*: which call now fails, "
        "which page moved, which number will look different on Monday. [1]\n\nThe notes put the effect first. [2]",
        title=HEADINGS[0],
        name="write_section",
    )
    expect(page.locator("[data-tail]")).to_contain_text("which number")
    play.close("section-1")
    _section(play, 1, HEADINGS[0], "done")
    _section(play, 2, HEADINGS[1], "writing")
    play.do("count", done=1, total=3, unit="sections")
    play.say("Writing section 2 of 3, “Say what to do next”")
    streamed = "An entry that names a breaking change and stops there has done half its work. The other half is"
    play.write("section-2", streamed, title=HEADINGS[1], name="write_section")
    expect(page.locator("[data-tail]")).to_have_text(streamed)
    expect(page.get_by_role("heading", name=HEADINGS[2])).to_be_visible()
    expect(page.locator("li", has_text="Put together")).to_contain_text("to come")
    expect(page.locator("ul.sources li")).to_have_count(3)
    look_at(page, "post")
    page.reload()
    expect(page.locator("[data-tail]")).to_have_text(streamed)
    assert page.evaluate("window.genisys.canonical()") == play.folded(owner)


ARTICLE = (Path(__file__).parents[1] / "js" / "growing.md").read_text()
CUTS = [
    ARTICLE.index(inside) + len(inside)
    for inside in (
        "*when*.[",
        "breaking cha",
        "[the guide",
        "<scri",
        "The page that **mo",
        "| 4.1 | **Fa",
        "def greet(*a",
    )
]
"""Inside a citation, code, a link, HTML, emphasis, a row of a table, and a fence."""


def of_tail(page: Page) -> str:
    return looks(page.locator("[data-tail]").inner_html())


def test_a_section_looks_as_the_finished_one_while_it_is_written(
    visitor: Callable[..., Any], plays: Any, wait_until: Callable[..., Any]
) -> None:
    chance = random.Random(7)
    play = plays.start("write-post")
    owner = visitor()
    page = owner.open(play.path)
    _section(play, 1, HEADINGS[0], "writing")
    play.write("section-1", "A first *try", title=HEADINGS[0], name="write_section")
    wait_until(lambda: of_tail(page) == "<p>A first <em>try</em></p>", "the first try is not seen")
    play.begin_again("section-1")
    done = 0
    for end in (*CUTS, len(ARTICLE)):
        while done < end:
            piece = ARTICLE[done : min(end, done + chance.randint(1, 13))]
            play.go_on("section-1", piece)
            done += len(piece)
        expected = looks(grown(ARTICLE[:end], 1, section_html).html)
        wait_until(lambda: of_tail(page) == expected, f"the page shows {ARTICLE[end - 20 : end]!r} in another way")  # noqa: B023
        if end == CUTS[1]:
            page.reload()
            assert of_tail(page) == expected
        if end == CUTS[2]:
            page.evaluate("getSelection().selectAllChildren(document.querySelector('[data-tail] strong'))")
        if end == CUTS[-1]:
            page.evaluate("window.first = document.querySelector('[data-tail] p')")
            drawn = BeautifulSoup(owner.context.request.get(page.url).text(), "html.parser").select_one("[data-tail]")
            assert looks(drawn.decode_contents()) == expected, "the first look at the page is another one"
    assert page.evaluate("getSelection().toString()") == "what changes for its reader"
    assert page.evaluate("first === document.querySelector('[data-tail] p')"), "settled text was drawn again"
    look_at(page, "section")

    play.close("section-1")
    expect(page.locator("[data-tail]")).to_have_count(0)
    finished = BeautifulSoup(page.locator("[data-block=section-1]").inner_html(), "html.parser")
    finished.h2.extract()
    assert looks(finished.decode()).strip() == looks(section_html(ARTICLE)) == expected

    play.end()


def test_a_site_being_read_shows_each_page_and_what_is_known(visitor: Callable[..., Any], plays: Any) -> None:
    play = plays.start("ingest-site", "docs.solaria.example")
    page = visitor().open(play.path)
    for name in ("read_robots", "read_home", "read_sitemaps", "choose_pages"):
        play.step(name)
    for title, stage, words in STAGES:
        url = f"{SITE}/{title.lower().replace(' ', '-')}"
        note = {"skipped": "login page", "failed": "the server answered 404"}.get(stage, "")
        play.tell("page", url, url=url, title=title, stage=stage, note=note, words=words)
    play.tell("profile", "profile", what="Home solar with ten-year care.", what_by="extract", topics=["panels", "care"])
    play.do("count", done=4, total=6, unit="pages")
    play.say("Reading 6 pages. The site asks for one request a second.")
    rows = page.locator("table.rows tbody tr")
    expect(rows).to_have_count(6)
    expect(rows.nth(2)).to_contain_text("skipped")
    expect(page.locator("aside.panel")).to_contain_text("Home solar with ten-year care.")
    expect(page.locator("aside.panel")).to_contain_text("not established yet")
    first = rows.first.element_handle()
    play.tell("page", f"{SITE}/warranty", url=f"{SITE}/warranty", title="Warranty", stage="read", note="", words=99)
    expect(rows.nth(5)).to_contain_text("99")
    assert first is not None
    assert first.evaluate("row => row.isConnected"), "a row that did not change was replaced"
    look_at(page, "site")


def _section(play: Any, n: int, heading: str, state: str) -> None:
    data = {"n": n, "heading": heading, "state": state, "words": 0, "model": "scripted", "dropped": 0}
    play.tell("section", str(n), **data)
