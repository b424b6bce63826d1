"""Having pages understood while others are read. Part of the workflow, as `ingestion.reading` is.

The model answers slowly, and a quota that is not used is lost; so does the site, now and then. So the last pages of a
round are read and understood while the next round is decided and begins, and what they bring counts in the decision
after that. Which pages these are follows from their order alone, so that a replay decides the same again.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Coroutine, Sequence
from types import TracebackType
from typing import Any, Generic, Self, TypeVar

from genisys import GenisysError, StepFailed, gather
from genisys.errors import Leaving
from ingestion.choosing.saturation import PAGES_WITHOUT_NEWS, News
from ingestion.describing.estimate import calls_at_once
from ingestion.steps.pages import describe_page

FAILURES_MOST = 3
NEWS_ARE_RARE = PAGES_WITHOUT_NEWS // 2
"""After so many pages without news a decision waits for all pages before it: it may end the reading."""

R = TypeVar("R")


class ModelAway(GenisysError):
    """The model has failed for several pages in a row, so it would for the others."""


class UnderWay(Generic[R]):
    """What is under way for pages, by their addresses. An async context manager: at its end all of it is done."""

    def __init__(self) -> None:
        self._tasks: dict[str, asyncio.Task[R]] = {}

    def __len__(self) -> int:
        return len(self._tasks)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        left = list(self._tasks.values())
        try:
            if kind is None:
                await gather(*left)
            elif issubclass(kind, Leaving) and left:
                await asyncio.wait(left)  # they are paid for, and are to be recorded
        finally:
            for task in left:
                task.cancel()
            await asyncio.gather(*left, return_exceptions=True)

    def begin(self, url: str, call: Coroutine[Any, Any, R]) -> None:
        """Go on with a page beside the others."""
        self._tasks[url] = asyncio.create_task(call)

    async def taken(self, urls: Sequence[str]) -> AsyncIterator[list[R]]:
        """Yield what came of those that were begun, in the order of `urls`: each as soon as those before it are there,
        and kept here no longer."""
        begun = [url for url in urls if url in self._tasks]
        while begun:
            ready = 1
            await self._tasks[begun[0]]
            while ready < len(begun) and self._tasks[begun[ready]].done():
                ready += 1
            yield [self._tasks.pop(url).result() for url in begun[:ready]]
            del begun[:ready]


class Comprehension(UnderWay[None]):
    """What is understood of a site's pages.

    `failed` counts those that the model could not be asked about; `away` is set once several have failed in a row.
    """

    def __init__(self) -> None:
        super().__init__()
        self.news = News()
        self.failed = 0
        self.away: ModelAway | None = None
        self.at_once = calls_at_once()
        self._model = asyncio.Semaphore(self.at_once)
        self._failures = 0
        self._said: dict[str, list[str]] = {}

    @property
    def news_are_rare(self) -> bool:
        return self.news.without >= NEWS_ARE_RARE

    async def of(self, page_id: int, url: str) -> None:
        """Have a page understood. Raises ModelAway where the model has failed again and again."""
        async with self._model:
            if self.away:
                return
            try:
                note = await describe_page(page_id, url)
                self._said[url] = note.said
                self._failures = 0
            except StepFailed as error:
                self._failures += 1
                self.failed += 1
                if self._failures >= FAILURES_MOST:
                    self.away = ModelAway(
                        f"The model has failed for {FAILURES_MOST} pages in a row, the last time so: "
                        f"{error.message} The pages read so far are kept; retry goes on from there."
                    )
                    raise self.away from error

    async def count_news(self, urls: Sequence[str]) -> None:
        """Add up what these pages say, in their order, once all of them are understood."""
        async for _ in self.taken(urls):
            pass
        for url in urls:
            if url in self._said:
                self.news.take(self._said.pop(url))
