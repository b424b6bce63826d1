"""The measure of reading is itself right: its site fails as it says, and its figures are those of the readings."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator

import httpx
import pytest

from benchmarks.ingestion.command import Read, doubled_of, figures, lost_of
from benchmarks.ingestion.site import Site, fault_of, path_of
from ingestion.parser.process import page as parsed
from ingestion.web.sitemap import parse

PAGES = 110


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
    assert (await client.get("/_served")).json() == {path_of(number): 1 for number in faults}


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
    assert doubled_of({"/": 1, "/a": 3, "/b": 2}) == 3


def test_the_ratio_is_the_median_of_those_of_the_rounds() -> None:
    ours = [Read(10.0, 0, 1, 3.0), Read(20.0, 2, 0, 2.0), Read(40.0, 0, 0, 1.5)]
    assert figures(ours, [8.0, 10.0, 36.0], 100) == {
        "pages_per_s_vs_scrapy": 0.8,
        "lost_pages": 2,
        "doubled_pages": 1,
        "mb_per_1000_pages": 1.5,
        "pages_per_s": 5.0,
        "scrapy_pages_per_s": 10.0,
    }
    assert figures(ours, [], 100)["pages_per_s_vs_scrapy"] is None
