"""Sitemaps as they are found in the wild: each gives every address that a person can see in it."""

from __future__ import annotations

import gzip

import pytest

from ingestion.steps.finding import within
from ingestion.web import sitemap

A, B = "http://h/a", "http://h/b?x=1&y=2"
TWO = f"<urlset><url><loc>{A}</loc></url><url><loc>{B.replace('&', '&amp;')}</loc></url></urlset>"


@pytest.mark.parametrize(
    "body",
    [
        TWO.encode(),
        b'\xef\xbb\xbf\n \n<?xml version="1.0" encoding="UTF-8"?>' + TWO.encode(),
        f'<?xml version="1.0" encoding="UTF-16"?>{TWO}'.encode("utf-16"),
        TWO.encode("utf-16-le"),
        f'<?xml version="1.0" encoding="UTF-16"?>{TWO}'.encode(),
        f'<?xml version="1.0" encoding="no-such"?>{TWO}'.encode(),
        TWO.replace("&amp;", "&").encode(),
        TWO.replace("</url>", "<image:image><image:loc>http://h/i.png</image:loc></image:image></url>").encode(),
        TWO.replace("<", "<sm:").replace("<sm:/", "</sm:").encode(),
        TWO.replace("loc>", "LOC>").encode(),
        TWO.replace(A, f"\n   <![CDATA[ {A} ]]>\n").encode(),
        TWO.replace("</url><url>", "</url></wrong><url>").encode(),
        TWO.replace("</loc></url><url>", "</url><url>").encode(),
        TWO.replace("<url>", "").replace("</url>", "").encode(),
        TWO.replace("<urlset>", "<urlset>\x0b").encode(),
        gzip.compress(TWO.encode(), mtime=0),
        gzip.compress(gzip.compress(TWO.encode(), mtime=0), mtime=0),
        f"{A}\r\n{B}\r\n".encode(),
        f"\ufeff{A}\n{B}".encode("utf-16"),
        f"# Site\n\n- [A]({A}): the first\n- [B]({B})".encode(),
        f"<rss><channel><link>http://h/</link><item><title>a & b</title><link>{A}</link></item>"
        f"<item><guid>{B}</guid></item></channel></rss>".encode(),
        f'<feed xmlns="http://www.w3.org/2005/Atom"><link href="http://h/"/><entry><link rel="self" href="http://h/no"/>'
        f'<link href="{A}"/></entry><entry><id>{B}</id></entry></feed>'.encode(),
    ],
)
def test_every_address_that_a_person_can_see_is_found(body: bytes) -> None:
    assert sitemap.parse(body).pages == [A, B]


def test_what_is_wrong_is_said() -> None:
    assert "“&amp;” belongs" in sitemap.parse(TWO.replace("&amp;", "&").encode()).note
    assert "prefix" in sitemap.parse(TWO.replace("<loc>", "<x:y/><loc>").encode()).note
    assert "breaks off" in sitemap.parse(gzip.compress(TWO.encode() * 50, mtime=0)[:-20]).note
    assert sitemap.parse(TWO.encode()).note == ""


def test_a_broken_index_is_still_an_index() -> None:
    index = b"<sitemapindex><sitemap><loc>/1.xml</loc></sitemap></wrong><sitemap><loc>/2.xml</loc></sitemapindex>"
    assert sitemap.parse(index).sitemaps == ["/1.xml", "/2.xml"]


def test_pages_that_say_when_they_changed_come_newest_first() -> None:
    days = ("2024-05-01", "2026-11-28T10:00:00Z", "yesterday", "2025-01")
    body = "".join(f"<url><loc>http://h/{day[:4]}</loc><lastmod>{day}</lastmod></url>" for day in days)
    assert sitemap.parse(f"<urlset>{body}</urlset>".encode()).dated == [
        "http://h/2026",
        "http://h/2025",
        "http://h/2024",
    ]


def test_files_are_read_in_turns_over_their_kinds_and_pages_in_turns_over_their_files() -> None:
    files = [*(f"/post-{at}.xml" for at in range(60)), "/page-1.xml"]
    assert sitemap.by_kind(files, 3) == ["/post-0.xml", "/page-1.xml", "/post-1.xml"]
    assert sitemap.in_turns([["a", "b", "c"], ["x"], ["b", "y"]], 5) == ["a", "x", "b", "y", "c"]


def test_addresses_together_stay_below_what_a_record_holds() -> None:
    assert within(["aa", "bbb", "c"], 5) == ["aa", "bbb"]
    assert within([], 5) == []
