"""What a page's head and headers say to a reader of the web."""

from __future__ import annotations

import pytest

from ingestion.web.head import Head, directives, read_head

URL = "https://example.com/en/page"


@pytest.mark.parametrize(
    ("content", "leads_to"),
    [
        ("0; url=en/latest/contents.html", "https://example.com/en/en/latest/contents.html"),
        ("0;URL='/a?b=1'", "https://example.com/a?b=1"),
        ("3, /a", "https://example.com/a"),
        ("0;url=http://other.org/", "http://other.org/"),
        ("300", ""),
        ("600; url=/a", ""),
        ("0; url=javascript:alert(1)", ""),
        ("soon", ""),
    ],
)
def test_a_refresh_leads_on_where_it_is_meant_to(content: str, leads_to: str) -> None:
    html = f'<html><head><meta http-equiv="Refresh" content="{content}"></head><body></body></html>'
    assert read_head(html, URL).refresh == leads_to


def test_a_refresh_for_readers_without_scripts_is_not_followed() -> None:
    html = '<head><noscript><meta http-equiv="refresh" content="0; url=/no"></noscript></head>'
    assert read_head(html, URL).refresh == ""


def test_links_of_the_head_are_found_and_those_of_the_body_are_not() -> None:
    html = """<head><base href="/x/"><link rel="canonical" href="one"><link rel="alternate" hreflang="de-AT" href="/de">
        <link rel="ALTERNATE" type="application/rss+xml" href="feed.xml"></head>
        <body><link rel="canonical" href="/evil"></body>"""
    found = read_head(html, URL)
    assert found.canonical == "https://example.com/x/one"
    assert found.languages == {"https://example.com/de": "de"}
    assert found.feeds == ["https://example.com/x/feed.xml"]


@pytest.mark.parametrize(
    ("meta", "header", "said"),
    [
        ("noindex, nofollow", "", {"noindex", "nofollow"}),
        ("none", "", {"none", "noindex", "nofollow"}),
        ("", "noindex", {"noindex"}),
        ("", "otherbot: noindex", set()),
        ("", "otherbot: noindex, genisysbot: nofollow", {"nofollow"}),
        ("index, follow", "", {"index", "follow"}),
    ],
)
def test_robots_words_are_heeded_where_they_are_for_us(meta: str, header: str, said: set[str]) -> None:
    head = read_head(f'<head><meta name="robots" content="{meta}"></head>', URL, "GenisysBot")
    assert directives(head, {"x-robots-tag": header} if header else {}, "GenisysBot") == said


@pytest.mark.parametrize(
    "html", ["", "<", "\x00", "plain", "<head><meta><link></head>", "<head><base href='http://['>"]
)
def test_no_head_breaks_the_reader(html: str) -> None:
    assert read_head(html, URL) == Head()
