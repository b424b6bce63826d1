"""Having pages understood while others are read. Part of the workflow, as `ingestion.reading` is.

The model answers slowly, and a quota that is not used is lost. So the last pages of a round are understood while the
next round is decided and begins, and what news they bring counts in the decision after that. Which pages these are
follows from their order alone, so that a replay decides the same again.
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Iterable, Sequence
from types import TracebackType
from typing import Any, Self

from genisys import GenisysError, StepFailed, gather
from genisys.errors import Leaving
from ingestion.choosing.saturation import PAGES_WITHOUT_NEWS, News
from ingestion.describing.estimate import calls_at_once
from ingestion.requests import PageFound
from ingestion.steps.pages import describe_page

FAILURES_MOST = 3
NEWS_ARE_RARE = PAGES_WITHOUT_NEWS // 2
"""After so many pages without news a decision waits for all pages before it: it may end the reading."""


class ModelAway(GenisysError):
    """The model has failed for several pages in a row, so it would for the others."""


class Comprehension:
    """What is understood of a site's pages. An async context manager: at its end all pages are understood.

    `failed` counts those that the model could not be asked about.
    """

    def __init__(self) -> None:
        self.at_once = calls_at_once()
        self.news = News()
        self.failed = 0
        self._model = asyncio.Semaphore(self.at_once)
        self._failures = 0
        self._said: dict[str, list[str]] = {}
        self._behind: dict[str, asyncio.Task[None]] = {}
        self._uncounted: list[str] = []

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        left = list(self._behind.values())
        try:
            if kind is None:
                await gather(*left)
            elif issubclass(kind, Leaving) and left:
                await asyncio.wait(left)  # they are paid for, and are to be recorded
        finally:
            for task in left:
                task.cancel()
            await asyncio.gather(*left, return_exceptions=True)

    async def of(self, page: PageFound, url: str) -> None:
        """Have a page understood. Raises ModelAway where the model has failed again and again."""
        if page.unchanged and page.understood:
            return  # what was paid for once stands for the same text
        async with self._model:
            if self._failures >= FAILURES_MOST:
                return
            try:
                note = await describe_page(page.page_id, url)
                self._said[url] = note.said
                self._failures = 0
            except StepFailed as error:
                self._failures += 1
                self.failed += 1
                if self._failures >= FAILURES_MOST:
                    raise ModelAway(
                        f"The model has failed for {FAILURES_MOST} pages in a row, the last time so: "
                        f"{error.message} The pages read so far are kept; retry goes on from there."
                    ) from error

    def last_of(self, wanted: Sequence[str]) -> list[str]:
        """Return the pages of a round that are understood behind it: about as many as are asked about at once."""
        return list(wanted[len(wanted) - min(self.at_once, len(wanted) // 2) :])

    def behind(self, url: str, understanding: Coroutine[Any, Any, None]) -> None:
        """Go on with a page while the next round begins."""
        self._behind[url] = asyncio.create_task(understanding)

    async def count_news(self, wanted: Sequence[str]) -> None:
        """Add up what the pages of a round said, and those behind the one before, in their order."""
        last = self.last_of(wanted)
        await self._count([*self._uncounted, *wanted[: len(wanted) - len(last)]])
        self._uncounted = last
        if self.news.without >= NEWS_ARE_RARE:
            await self._count(last)
            self._uncounted = []

    async def _count(self, urls: Iterable[str]) -> None:
        urls = list(urls)
        await gather(*(self._behind.pop(url) for url in urls if url in self._behind))
        for url in urls:
            if url in self._said:
                self.news.take(self._said.pop(url))
