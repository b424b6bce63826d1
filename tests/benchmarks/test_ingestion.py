"""The measure of reading is itself right: its site fails as it says, and its figures are those of the readings."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from benchmarks.ingestion.command import Read, figures
from benchmarks.ingestion.first import news
from benchmarks.ingestion.kills import Step, after_end, by_question, calls, reads
from benchmarks.ingestion.kills import measure as kills
from benchmarks.ingestion.memory import Look, growth
from benchmarks.ingestion.product import Answer, Size, doubled_of, lost_of
from benchmarks.ingestion.site import Site, fault_of, path_of
from ingestion.parser.process import page as parsed
from ingestion.web.sitemap import parse
from tests.depth import FULL

PAGES = 110
IN_FLIGHT = 3 * 24
"""Three faults interrupt a worker, which has at most so many pages under way."""


@pytest.fixture
async def served() -> AsyncIterator[tuple[Site, httpx.AsyncClient]]:
    site = Site(PAGES, 0.0)
    server = await asyncio.start_server(site.serve, "127.0.0.1", 0)
    home = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    async with server, httpx.AsyncClient(base_url=home) as client:
        yield site, client


async def test_a_page_fails_once_as_its_number_says_and_only_whole_answers_count(
    served: tuple[Site, httpx.AsyncClient],
) -> None:
    site, client = served
    faults = {number: fault for number in range(PAGES) if (fault := fault_of(number))}
    assert Counter(faults.values()) == {"503": 3, "429": 3, "cut": 1}
    for number, fault in faults.items():
        if fault == "cut":
            with pytest.raises(httpx.RemoteProtocolError):
                await client.get(path_of(number))
        else:
            busy = await client.get(path_of(number))
            assert busy.status_code == int(fault) and ("retry-after" in busy.headers) == (fault == "429")
    assert site.whole == {}
    assert all([(await client.get(path_of(number))).status_code == 200 for number in faults])
    whole = (await client.get("/_served")).json()["whole"]
    assert {path: len(times) for path, times in whole.items()} == {path_of(number): 1 for number in faults}


async def test_the_sitemap_names_each_page_once_and_no_two_are_alike(served: tuple[Site, httpx.AsyncClient]) -> None:
    _, client = served
    named = parse((await client.get("/sitemap.xml")).content).pages
    assert len(set(named)) == len(named) == PAGES
    pages = [parsed((await client.get(url)).content, content_type="text/html", url=url) for url in named[:4]]
    assert {page.verdict.outcome for page in pages} == {"ok"}
    assert len({page.digest for page in pages}) == 4 and min(page.words for page in pages) > 250


def test_a_page_without_a_row_is_lost_and_a_second_whole_answer_doubled() -> None:
    home = "http://127.0.0.1:1"
    kept = {f"{home}{path_of(number)}" for number in (0, 1, 3)}
    assert lost_of(kept, home, 4) == 1
    assert doubled_of({"/": [1.0], "/a": [1.0, 2.0, 3.0], "/b": [1.0, 2.0]}) == 3


def test_what_comes_again_after_its_step_was_done_is_done_twice_and_what_was_under_way_is_not() -> None:
    steps = [
        Step("a", "", "Read /a", False, 10.0),
        Step("b", "", "Understand /a", False, 30.0),
        Step("c", "b", "Ask what it says", False, 29.0),
        Step("d", "c", "chat", True, 25.0),
        Step("e", "", "Write the profile", True, 90.0),
    ]
    assert reads(steps) == {"/a": 10.0} and calls(steps) == {"/a": 25.0}
    assert after_end([5.0], 10.0) == after_end([12.0], 10.0) == 0
    assert after_end([5.0, 9.0], 10.0) == 0 and after_end([5.0, 11.0, 12.0], 10.0) == 2
    assert after_end([5.0, 6.0], None) == 1
    asked = by_question([Answer(1.0, "/a", "x"), Answer(2.0, "/a", "x"), Answer(3.0, "", "y"), Answer(4.0, "/a", "z")])
    assert asked == {("/a", "x"): [1.0, 2.0], ("/a", "z"): [4.0]} and doubled_of(asked) == 1


async def test_a_page_that_is_known_is_not_sent_again(served: tuple[Site, httpx.AsyncClient]) -> None:
    site, client = served
    first = await client.get(path_of(3))
    again = await client.get(path_of(3), headers={"If-None-Match": first.headers["etag"]})
    other = await client.get(path_of(4), headers={"If-None-Match": first.headers["etag"]})
    assert (first.status_code, again.status_code, again.content, other.status_code) == (200, 304, b"", 200)
    assert site.unchanged == 1 and {path: len(times) for path, times in site.whole.items()} == {
        path_of(3): 1,
        path_of(4): 1,
    }


def test_the_growth_of_the_memory_is_that_behind_the_first_pages() -> None:
    looks = [Look(250, 10.0, 5.0), *(Look(pages, 100.0 + pages / 500, 50.0) for pages in (500, 1000, 1500, 2500))]
    found = growth(looks)
    assert found["worker_mb_per_1000_pages"] == found["mb_per_1000_pages"] == pytest.approx(2.0)
    assert found["parsers_mb_per_1000_pages"] == pytest.approx(0.0)
    assert found["end_over_flat"] == pytest.approx(155.0 / 151.0)


def test_the_first_news_of_each_kind_is_told_apart() -> None:
    row = {"type": "event", "name": "page", "data": {"stage": "reading", "words": 0}}
    assert news({"type": "status", "text": "Looking"}) == ["status_s"] and news(row) == []
    assert news({**row, "data": {"words": 90}}) == ["page_s"]
    assert news({**row, "data": {"words": 90, "facts": 2}}) == ["page_s", "fact_s"]


@pytest.mark.skipif(not FULL, reason="minutes of the whole product, at full depth")
async def test_a_site_is_read_through_two_kills_and_two_restarts_and_nothing_is_done_twice(tmp_path: Path) -> None:
    found = await kills(tmp_path, Size(100, 20.0))
    assert found.pop("attempts") >= 3, "the kills came too late to be noticed"
    assert found.pop("fetched_again") <= IN_FLIGHT and found.pop("paid_again") <= IN_FLIGHT
    assert found == dict.fromkeys(("lost_pages", "not_understood", "fetched_twice", "paid_twice"), 0)


def test_the_ratio_is_the_median_of_those_of_the_rounds() -> None:
    ours = [Read(10.0, 0, 1, 3.0), Read(20.0, 2, 0, 2.0), Read(40.0, 0, 0, 1.5)]
    assert figures(ours, [8.0, 10.0, 36.0], [9.0, 18.0, 40.0], 100) == {
        "pages_per_s_vs_scrapy": 0.8,
        "pages_per_s_vs_heeding_scrapy": 0.9,
        "lost_pages": 2,
        "doubled_pages": 1,
        "mb_per_1000_pages": 1.5,
        "pages_per_s": 5.0,
        "scrapy_pages_per_s": 10.0,
    }
    found = figures(ours, [], [], 100)
    assert found["pages_per_s_vs_scrapy"] is found["pages_per_s_vs_heeding_scrapy"] is None
