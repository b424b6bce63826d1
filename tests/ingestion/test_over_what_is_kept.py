"""What stands over a page's text is kept with it: the name and lead in its header, and headings over headings."""

from __future__ import annotations

import pytest

from ingestion.content.extraction import extract_page
from ingestion.maintext.blocks import Blocks, blocks_of
from ingestion.maintext.choosing import with_structure
from ingestion.markup.tree import parsed

PROSE = "The pump lifts water from the lower basin to the upper one, and its valve keeps it there overnight. " * 3
MANUAL = f"""<title>lift(1)</title><div id="header"><h1>lift(1) Manual Page</h1><h2>NAME</h2><div class="sectionbody">
<p>lift - Raise the water of a basin by a whole step</p></div></div><div id="content"><div class="sect1">
<h2>DESCRIPTION</h2><div class="sectionbody"><p>{PROSE}</p><p>{PROSE}</p></div></div></div>"""


def blocks(html: str) -> Blocks:
    return blocks_of(parsed(html).find("body"))


def kept(html: str, taken: set[str], share: float = 0.5) -> list[str]:
    found = blocks(html)
    choice = with_structure(found, [block.text in taken for block in found.blocks], [share] * len(found.blocks))
    return [block.text for block, take in zip(found.blocks, choice, strict=True) if take]


def test_a_manual_page_keeps_its_name_and_what_it_does() -> None:
    lines = extract_page(MANUAL, "https://example.com/lift.html").text.splitlines()
    at = lines.index("## NAME")
    assert lines[at + 1 : at + 3] == ["lift - Raise the water of a basin by a whole step", "## DESCRIPTION"]


def test_a_lead_in_the_header_of_its_heading_is_kept() -> None:
    lead = "What every keeper should know before the first frost comes."
    html = f"<header><h1>Pumps</h1><p>{lead}</p></header><p>Text.</p>"
    assert kept(html, {"Text."}) == [lead, "Text."]


@pytest.mark.parametrize("taken", [{"Text."}, {"NAME", "Text."}])
def test_a_short_line_under_a_heading_of_the_header_is_kept(taken: set[str]) -> None:
    html = "<div><h1>lift(1)</h1><h2>NAME</h2><div><p>lift - Raise water</p></div></div><p>Text.</p>"
    assert kept(html, taken)[-3:] == ["NAME", "lift - Raise water", "Text."]
    assert kept(html.replace("<h2>NAME</h2>", ""), {"Text."}) == ["Text."]


@pytest.mark.parametrize(
    "around",
    [
        "<nav><p>{}</p></nav>",
        '<p class="byline author">{}</p>',
        '<form class="newsletter"><p>{}</p></form>',
        '<p><a href="/x">{}</a></p>',
    ],
)
def test_what_is_no_lead_stays_away(around: str) -> None:
    other = "Sign up today for the letter that all keepers read."
    assert other not in kept(f"<header><h1>Pumps</h1>{around.format(other)}</header><p>Text.</p>", {"Text."})


def test_what_stands_outside_the_headings_container_is_no_lead() -> None:
    other = "Read on: seven pumps that no keeper should be without."
    html = f"<main><div><h1>Pumps</h1></div><div><p>{other}</p></div><div><p>Text.</p></div></main>"
    assert kept(html, {"Text."}) == ["Text."]


def test_a_heading_over_a_heading_is_kept_with_its_section() -> None:
    html = "<h2>2. Pumps</h2><h3>2.1. Old pumps</h3><p>Text.</p><h2>3. Valves</h2><h2>4. Locks</h2><p>More.</p>"
    assert kept(html, {"Text.", "More."}) == ["2. Pumps", "2.1. Old pumps", "Text.", "4. Locks", "More."]


def test_a_heading_that_is_surely_none_of_the_page_is_not_kept() -> None:
    assert kept("<h2>Advertisement</h2><p>Text.</p>", {"Text."}, share=0.05) == ["Text."]
