"""robots.txt, sitemaps and the pace, as they are found in the wild."""

from __future__ import annotations

import asyncio
import gzip
import time
from itertools import pairwise

import pytest

from genisys.testing import Clock
from ingestion.web import robots, sitemap
from ingestion.web.pacing import Pace, pace_of

AGENT = "GenisysBot/0.1 (reads)"
CATCH_UP_S = 0.6
"""How far below its delay a host may be asked for a moment, where the delay is under a second."""


def test_rules_for_us_come_before_rules_for_all() -> None:
    text = "User-agent: *\nDisallow: /\n\nUser-agent: genisysbot\nDisallow: /private\nCrawl-delay: 3"
    rules = robots.parse(text, "https://example.com/", AGENT)
    assert robots.allows(rules, "https://example.com/open", AGENT)
    assert not robots.allows(rules, "https://example.com/private/a", AGENT)
    assert rules.delay_s == 3


def test_a_long_delay_is_cut_and_told() -> None:
    rules = robots.parse("User-agent: *\nCrawl-delay: 600", "https://example.com/", AGENT)
    assert (rules.delay_s, rules.asked_delay_s) == (10, 600)


def test_a_request_rate_is_a_delay() -> None:
    rules = robots.parse("User-agent: *\nRequest-rate: 1/5", "https://example.com/", AGENT)
    assert rules.delay_s == 5


@pytest.mark.parametrize(
    "text", ["", "<html>no robots here</html>", "\x00\x01", "Disallow", "User-agent: *\nDisallow:"]
)
def test_no_rules_allow_all(text: str) -> None:
    assert robots.allows(robots.parse(text, "https://example.com/", AGENT), "https://example.com/a", AGENT)


def test_a_sitemap_names_pages_with_or_without_a_namespace() -> None:
    namespace = b'xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"'
    with_one = b'<?xml version="1.0"?><urlset %b><url><loc> https://a.b/1 </loc></url></urlset>' % namespace
    without = b"<urlset><url><lastmod>2020</lastmod><loc>https://a.b/1</loc></url></urlset>"
    assert sitemap.parse(with_one).pages == sitemap.parse(without).pages == ["https://a.b/1"]
    assert sitemap.parse(gzip.compress(without)).pages == ["https://a.b/1"]


def test_an_index_names_sitemaps() -> None:
    index = b"<sitemapindex><sitemap><loc>https://a.b/1.xml</loc></sitemap></sitemapindex>"
    assert sitemap.parse(index).sitemaps == ["https://a.b/1.xml"]


def test_a_broken_sitemap_gives_the_addresses_that_are_whole() -> None:
    found = sitemap.parse(b"<urlset><url><loc>https://a.b/1</loc></url><url><loc>https://a.b/2</lo")
    assert found.pages == ["https://a.b/1", "https://a.b/2"]
    assert found.broken
    cut = sitemap.parse(b"<urlset><url><loc>https://a.b/1</loc></url><url><loc>https://a.b/2")
    assert cut.pages == ["https://a.b/1"], "an address that breaks off is none"


def test_entities_are_not_followed(tmp_path: object) -> None:
    evil = b'<!DOCTYPE x [<!ENTITY f SYSTEM "file:///etc/hostname">]><urlset><url><loc>https://a.b/&f;</loc></url></urlset>'
    assert all("&" in url or url == "https://a.b/" for url in sitemap.parse(evil).pages)


def test_a_laughing_sitemap_costs_nothing() -> None:
    levels = "".join(f'<!ENTITY l{n + 1} "{f"&l{n};" * 10}">' for n in range(9))
    evil = f'<!DOCTYPE x [<!ENTITY l0 "ha">{levels}]><urlset><url><loc>https://a.b/&l9;</loc></url></urlset>'.encode()
    started = time.monotonic()
    assert sum(map(len, sitemap.parse(evil).pages)) < 1000
    assert time.monotonic() - started < 5


def test_a_list_of_lines_and_a_page_of_html_are_told_apart() -> None:
    assert sitemap.parse(b"https://a.b/1\nnonsense\nhttps://a.b/2\n").pages == ["https://a.b/1", "https://a.b/2"]
    assert sitemap.parse(b"<!DOCTYPE html><html><body>No sitemap</body></html>").pages == []
    assert sitemap.parse(b"\x1f\x8b broken gzip").pages == []
    assert sitemap.parse(b"").pages == []


def test_a_sitemap_without_end_is_cut() -> None:
    many = b"<urlset>" + b"".join(b"<url><loc>https://a.b/%d</loc></url>" % at for at in range(sitemap.MOST_URLS + 10))
    found = sitemap.parse(many)
    assert len(found.pages) == sitemap.MOST_URLS
    assert "only its first 50,000 addresses were taken" in found.note


async def _starts_s(host: str, delay_s: float, count: int) -> list[float]:
    """When so many requests to a host start, asked for by turns by two that know nothing of each other."""
    paces = [Pace(host, delay_s), Pace(host, delay_s)]
    starts = []
    with Clock() as clock:
        began = clock.now_ms()
        for number in range(count):
            async with paces[number % 2].turn():
                starts.append((clock.now_ms() - began) / 1000)
    return starts


async def test_a_host_is_asked_no_faster_than_its_delay() -> None:
    starts = await _starts_s("slow.example", 2.0, 5)
    assert all(later - earlier >= 2.0 for earlier, later in pairwise(starts)), starts


async def test_below_a_second_a_few_requests_may_catch_up_and_no_more() -> None:
    starts = await _starts_s("quick.example", 0.1, 40)
    assert 39 * 0.1 - CATCH_UP_S - 0.1 <= starts[-1] <= 39 * 0.1 + 0.1, starts


async def test_a_host_without_a_delay_is_not_kept_waiting() -> None:
    assert await _starts_s("free.example", 0.0, 5) == [0.0] * 5


async def test_a_host_is_asked_for_few_things_at_once_and_for_one_when_it_wants_time() -> None:
    assert Pace(delay_s=2, concurrency=4).concurrency == 1
    pace, at_once, most = Pace(concurrency=3), 0, 0

    async def one() -> None:
        nonlocal at_once, most
        async with pace.turn():
            at_once += 1
            most = max(most, at_once)
            await asyncio.sleep(0)  # others come in here, if they are let
            at_once -= 1

    await asyncio.gather(*(one() for _ in range(12)))
    assert most == 3


async def test_everything_that_reads_a_host_shares_its_pace() -> None:
    first = pace_of("example.com", 0.0, 4)
    assert pace_of("example.com", 0.0, 4) is first
    assert pace_of("other.org", 0.0, 4) is not first
