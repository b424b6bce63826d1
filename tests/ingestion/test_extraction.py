"""What is kept of a page: its text with headings, its links, its nature, and one name for equal pages."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingestion.content.extraction import decode, extract_page
from ingestion.content.passages import cut, plain

ARTICLE = """<!doctype html><html lang="de"><head><title> Valves </title>
<meta name="description" content="All of valves.">
<meta property="og:site_name" content="Pump House"><base href="/docs/"></head><body>
<nav><a href="/menu">Menu entry</a></nav>
<main><h1>Valves</h1><p>{filler}</p><h2>How to fit one¶</h2><p>Turn it by hand, then by wrench, and read on at
<a href="more.html">the next page</a>. {filler}</p><ul><li>First point of the list here</li></ul></main>
<footer>Copyright of the house</footer></body></html>"""
FILLER = "A valve is a part that lets water pass or keeps it back, and it wears with time. " * 4


def page(html: str = "") -> str:
    return html or ARTICLE.format(filler=FILLER)


def test_a_page_gives_its_parts() -> None:
    found = extract_page(page(), "https://example.com/docs/valves")
    assert found.title == "Valves"
    assert found.description == "All of valves."
    assert found.site_name == "Pump House"
    assert found.language == "de"
    assert "## How to fit one" in found.text.splitlines()
    assert "Turn it by hand" in found.text
    assert "Copyright" not in found.text
    assert [link.href for link in found.links] == ["/menu", "/docs/more.html"]
    assert found.words > 50


def test_a_line_break_in_the_source_ends_no_paragraph_and_a_comment_hides_nothing() -> None:
    html = page().replace(
        "by wrench", "by\n  <code>wrench</code>\nnumber <a href='/n'>seven</a><!-- size --> or\neight"
    )
    found = extract_page(html, "https://a.b/")
    assert "Turn it by hand, then by wrench number seven or eight, and read on" in found.text


def test_equal_pages_share_a_digest_and_others_do_not() -> None:
    other = page().replace("by wrench", "by spanner")
    assert extract_page(page(), "https://a.b/1").digest == extract_page(page(), "https://a.b/2").digest
    assert extract_page(page(), "https://a.b/1").digest != extract_page(other, "https://a.b/1").digest


@pytest.mark.parametrize(
    ("body", "header"),
    [
        ("Grüße aus Köln".encode(), "text/html; charset=utf-8"),
        ("Grüße aus Köln".encode("latin-1"), "text/html; charset=iso-8859-1"),
        ("<meta charset=windows-1252>Grüße aus Köln".encode("cp1252"), "text/html"),
        ("\ufeffGrüße aus Köln".encode("utf-16"), ""),
        ("Grüße aus Köln".encode(), ""),
        ("Grüße aus Köln".encode(), "text/html; charset=iso-8859-1"),
        ("<meta charset=utf-8>Grüße aus Köln".encode("cp1252"), "text/html"),
    ],
)
def test_text_is_decoded_by_what_is_declared_or_guessed(body: bytes, header: str) -> None:
    assert "Grüße aus Köln" in decode(body, header)


@pytest.mark.parametrize(
    "html",
    [
        "",
        "   ",
        "<",
        "<html",
        "\x00\x00",
        "<?xml version='1.0' encoding='utf-8'?><html><p>x</p></html>",
        "<div>" * 3000 + "deep",
        "<p>" + "word " * 50_000,
        "<a href='http://['>x</a>",
        "<base href='http://['><a href=y>x</a>",
    ],
)
def test_broken_pages_break_nothing(html: str) -> None:
    assert "\x00" not in extract_page(html.replace("\x00", ""), "https://a.b/").text


@given(st.text(max_size=200))
def test_any_text_is_a_page(html: str) -> None:
    extract_page(html, "https://a.b/")


def test_passages_stay_under_their_heading_and_lose_no_word() -> None:
    text = "Intro words that stand before any heading at all here.\n## One\n" + "alpha beta gamma delta. " * 100
    text += "\n## Two\nShort.\n## Three\n" + "one long sentence without any end " * 100
    pieces = cut(text, "Title")
    assert pieces[0].heading == "Title"
    assert {piece.heading for piece in pieces} >= {"Title", "One", "Three"}
    assert max(len(piece.text.split()) for piece in pieces) <= 245
    kept = " ".join(piece.text for piece in pieces).split()
    assert [word for word in plain(text).split() if word not in ("One", "Two", "Three")] == [
        word for word in kept if word not in ("One", "Two", "Three")
    ]


def test_no_text_has_no_passages() -> None:
    assert cut("", "Title") == []
    assert cut("## Heading alone", "Title") == []
