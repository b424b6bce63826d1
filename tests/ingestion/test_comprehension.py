"""The model is kept busy: pages are understood behind their round, and their order alone decides what comes next."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from genisys import Provider, StepFailed
from ingestion import comprehension
from ingestion.comprehension import Comprehension, ModelAway
from ingestion.describing.estimate import FEWEST_AT_ONCE, MOST_AT_ONCE, calls_at_once
from ingestion.requests import PageFound, PageNote


class Understanding:
    """Stands for the step that asks the model: it holds pages up until it is told to go on, and says what they say."""

    def __init__(self, said: dict[str, list[str]]) -> None:
        self.said = said
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
    made = Understanding({})
    monkeypatch.setattr(comprehension, "describe_page", made)
    return made


async def read(understood: Comprehension, wanted: list[str]) -> None:
    """Read a round as the workflow does: the last pages are understood behind it."""
    last = understood.last_of(wanted)
    for number, url in enumerate(wanted):
        page = PageFound(page_id=number, url=url, outcome="ok")
        if url in last:
            understood.behind(url, understood.of(page, url))
        else:
            await understood.of(page, url)


async def test_a_round_is_decided_while_its_last_pages_are_understood_and_their_news_count_in_the_next(
    step: Understanding,
) -> None:
    wanted = [f"/{number}" for number in range(10)]
    step.said = {url: [url] for url in [*wanted, "/more"]}
    async with Comprehension() as understood:
        step.held = set(understood.last_of(wanted))
        await read(understood, wanted)
        await understood.count_news(wanted)
        assert step.held and understood.news.known == set(wanted) - step.held
        step.go_on.set()
        await read(understood, ["/more"])
        await understood.count_news(["/more"])
        assert understood.news.known == {*wanted, "/more"}
    assert understood.failed == 0


async def test_where_news_are_rare_a_decision_waits_for_all_pages(step: Understanding) -> None:
    wanted = [f"/{number}" for number in range(18)]
    step.said = {url: ["the same"] for url in wanted}
    async with Comprehension() as understood:
        step.held = set(understood.last_of(wanted))
        await read(understood, wanted)
        counting = asyncio.create_task(understood.count_news(wanted))
        await asyncio.sleep(0)
        assert not counting.done()
        step.go_on.set()
        await counting
        assert understood.news.without == 17


async def test_a_model_that_is_away_ends_the_reading_behind_a_round_too(step: Understanding) -> None:
    wanted = [f"/{number}" for number in range(8)]
    step.said = {url: [url] for url in wanted[:4]}
    with pytest.raises(ModelAway, match="3 pages in a row, the last time so: the model is away"):
        async with Comprehension() as understood:
            await read(understood, wanted)
    assert understood.failed == comprehension.FAILURES_MOST


async def test_nothing_goes_on_behind_a_reading_that_broke_off(step: Understanding) -> None:
    wanted = [f"/{number}" for number in range(6)]
    step.said = {url: [url] for url in wanted}
    before = asyncio.all_tasks()

    async def broken_off() -> None:
        async with Comprehension() as understood:
            step.held = set(understood.last_of(wanted))
            await read(understood, wanted)
            raise OSError("the site is gone")

    with pytest.raises(OSError, match="the site is gone"):
        await broken_off()
    assert asyncio.all_tasks() == before


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
