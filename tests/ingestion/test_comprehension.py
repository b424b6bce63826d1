"""Model and site are kept busy: pages are read and understood behind their round, and their order alone decides what
comes next."""

from __future__ import annotations

import asyncio
import re
import threading
from typing import Any

import pytest

from genisys import Provider, StepFailed
from genisys.testing import run_in_memory
from ingestion import comprehension, reading
from ingestion.comprehension import Comprehension, ModelAway, UnderWay
from ingestion.describing.estimate import FEWEST_AT_ONCE, MOST_AT_ONCE, calls_at_once
from ingestion.models import Page
from ingestion.requests import IngestRequest, PageNote
from ingestion.workflow import ingest_site
from tests.ingestion.conftest import WORDS, Answer, html

WANTED = [f"/{number}" for number in range(10)]
LONGEST_S = 20.0


class Understanding:
    """Stands for the step that asks the model: it holds pages up until it is told to go on, and says what they say."""

    def __init__(self) -> None:
        self.said: dict[str, list[str]] = {}
        self.held: set[str] = set()
        self.go_on = asyncio.Event()

    async def __call__(self, page_id: int, url: str) -> PageNote:
        if url in self.held:
            await self.go_on.wait()
        if url not in self.said:
            raise StepFailed("the model is away", kind="ProviderError", step_name="describe_page")
        return PageNote(page_id=page_id, summary_by="a-model", said=self.said[url])


@pytest.fixture
def step(monkeypatch: pytest.MonkeyPatch) -> Understanding:
    made = Understanding()
    monkeypatch.setattr(comprehension, "describe_page", made)
    return made


def begin(understood: Comprehension) -> None:
    for number, url in enumerate(WANTED):
        understood.begin(url, understood.of(number, url))


async def test_the_news_of_pages_are_counted_in_their_order_while_others_are_understood(step: Understanding) -> None:
    step.said = {url: ["the same"] for url in WANTED} | {"/0": ["first"]}
    step.held = {"/8", "/9"}
    async with Comprehension() as understood:
        begin(understood)
        await understood.count_news(WANTED[:8])
        assert (understood.news.known, understood.news.without, len(understood)) == ({"first", "the same"}, 6, 2)
        counting = asyncio.create_task(understood.count_news(WANTED[8:]))
        await asyncio.sleep(0)
        assert not counting.done()
        step.go_on.set()
        await counting
        assert understood.news.without == 8 and understood.failed == 0


async def test_a_model_that_is_away_ends_the_reading_and_is_not_asked_again(step: Understanding) -> None:
    step.said = {url: [url] for url in WANTED[:4]}
    with pytest.raises(ModelAway, match="3 pages in a row, the last time so: the model is away"):
        async with Comprehension() as understood:
            begin(understood)
    assert understood.away is not None and understood.failed == comprehension.FAILURES_MOST


async def test_nothing_goes_on_behind_a_reading_that_broke_off(step: Understanding) -> None:
    step.said = {url: [url] for url in WANTED}
    step.held = set(WANTED[5:])
    before = asyncio.all_tasks()

    async def broken_off() -> None:
        async with Comprehension() as understood:
            begin(understood)
            await understood.count_news(WANTED[:5])
            raise OSError("the site is gone")

    with pytest.raises(OSError, match="the site is gone"):
        await broken_off()
    assert asyncio.all_tasks() == before


async def test_what_is_under_way_comes_in_order_as_soon_as_what_is_before_it_and_is_kept_no_longer() -> None:
    gates = {url: asyncio.Event() for url in WANTED[:4]}
    came: list[list[str]] = []

    async def held(url: str) -> str:
        await gates[url].wait()
        return url

    async def take(under_way: UnderWay[str]) -> None:
        async for ready in under_way.taken(["/never-begun", *WANTED[:4]]):
            came.append(ready)

    async with UnderWay[str]() as under_way:
        for url in gates:
            under_way.begin(url, held(url))
        taking = asyncio.create_task(take(under_way))
        for url in ("/1", "/2", "/0"):
            gates[url].set()
            await asyncio.sleep(0)
        while not came:
            await asyncio.sleep(0)
        assert came == [["/0", "/1", "/2"]] and len(under_way) == 1
        gates["/3"].set()
        await taking
    assert came[1:] == [["/3"]]


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("crash_after", [None, {"read_page": 14}])
async def test_the_next_round_begins_while_the_last_page_of_one_is_read(
    site: Any, model: Any, monkeypatch: pytest.MonkeyPatch, crash_after: dict[str, int] | None
) -> None:
    """The home page and 8 pages are read first, then 6: the last of those comes when the one after it is asked for."""
    monkeypatch.setattr(reading, "ROUND_LEAST", 6)
    names = [f"/place/{first}{second}-ferry" for first in "abcde" for second in "abcde"]
    site.page("/", names)
    asked: list[str] = []
    next_round, waited = threading.Event(), list[bool]()

    def otherwise(path: str) -> Answer:
        if path not in names:
            return Answer(b"not here", status=404)
        if path not in asked:
            asked.append(path)
        if len(asked) == 15:
            next_round.set()
        elif len(asked) == 14 and path == asked[-1]:
            waited.append(next_round.wait(LONGEST_S))
        return html(path, WORDS.format(name=path[7:9]))

    site.otherwise = otherwise
    report = await run_in_memory(ingest_site, IngestRequest(url=site.url, max_pages=24), crash_after=crash_after)
    assert report.error is None
    assert waited and all(waited)
    assert await Page.objects.filter(outcome="ok").acount() == 24
    assert len([event for event in report.events if re.match(r"Reading \d", event.get("text", ""))]) >= 3


@pytest.mark.parametrize(
    ("limits", "at_once"),
    [
        ({}, FEWEST_AT_ONCE),
        ({"requests_per_minute": 30}, FEWEST_AT_ONCE),
        ({"requests_per_minute": 600}, 50),
        ({"requests_per_minute": 60_000}, MOST_AT_ONCE),
        ({"tokens_per_minute": 180_000}, 5),
        ({"requests_per_minute": 600, "tokens_per_minute": 360_000}, 10),
    ],
)
def test_as_many_questions_are_under_way_as_the_quota_lets_leave_while_one_is_answered(
    settings: Any, limits: dict[str, float], at_once: int
) -> None:
    settings.GENISYS_PROVIDERS = [Provider("one", **limits)]
    assert calls_at_once() == at_once
