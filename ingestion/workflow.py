"""The workflow `ingest-site`: from an address to a knowledge base of pages, passages and a profile.

Decisions follow only from what steps returned, in the order of the pages and never of their arrival, so that a replay
decides the same again.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from urllib.parse import urlsplit

from django.conf import settings

from genisys import Done, GenisysError, StepFailed, UserError, map_concurrent, progress, publish, status, workflow
from ingestion.describing.model import asking
from ingestion.models import Page
from ingestion.requests import GroupOfPages, IngestRequest, PageFound, SiteProfile, SiteRef
from ingestion.steps.display import path_of
from ingestion.steps.meaning import index_meaning
from ingestion.steps.pages import describe_page, mark_failed, read_page
from ingestion.steps.profile import write_profile
from ingestion.steps.site import RULES, choose_pages, open_site, read_home, read_robots, read_sitemaps
from ingestion.web.addresses import addresses_to_try
from ingestion.web.links import Candidate, Frontier, Group, choose, grouped, ranked, same_page_key, same_site, site_host
from ingestion.web.reader import fetch_context
from ingestion.web.robots import Chooser, Robots

AT_ONCE = 8
MODEL_CALLS_AT_ONCE = 4
MODEL_FAILURES_MOST = 3
SAMPLES_SHOWN = 3
ROUND_WORTH_A_WORD = 5
Outcome = Page.Outcome


class ModelAway(GenisysError):
    """The model has failed for several pages in a row, so it would for the others."""


def _title(request: IngestRequest) -> str:
    return f"Read {request.url.strip().removeprefix('https://').removeprefix('http://').strip('/')}"[:200]


@workflow(name="ingest-site", title=_title)
async def ingest_site(request: IngestRequest) -> SiteProfile:
    """Read a web site into the knowledge base: its pages are chosen, read one by one, understood and kept."""
    async with fetch_context() as current, asking():
        status("Looking for the site")
        rules = await read_robots(addresses_to_try(request.url, settings.INGEST_ALLOWED_PRIVATE_HOSTS))
        site = await open_site(request.site_id, rules.start_url)
        status("Reading the home page")
        current.rules, current.home = rules, rules.start_url
        home = await read_home(site.site_id, rules.start_url)
        if not same_site(home.url, rules.start_url):
            status(f"{site_host(rules.start_url)} sends us to {site_host(home.url)}, which is read instead")
            rules = await read_robots([home.url])
            current.rules, current.home = rules, rules.start_url
            home = await read_home(site.site_id, rules.start_url)
        reading = Reading(site, home, rules, min(request.max_pages, settings.INGEST_MAX_PAGES))
        await reading.plan()
        await reading.read()
        status("Putting together what is known")
        profile = await write_profile(
            site, home.model_copy(update={"links": []}), reading.read_count, reading.skipped, reading.failed
        )
        await _make_findable(site)
        left = f", {reading.not_understood} of them not understood" if reading.not_understood else ""
        status(f"{_pages(profile.pages_read)} of {profile.title} read{left}")
        return profile


class Reading:
    """One reading of a site: what was found, what was read, and what comes next."""

    def __init__(self, site: SiteRef, home: PageFound, rules: Robots, limit: int) -> None:
        self.site = site
        self.home = home
        self.rules = rules
        self.limit = limit
        self.frontier = Frontier(home.url)
        self.chooser = Chooser(rules, settings.INGEST_USER_AGENT)
        self.order: list[str] = []
        self.asked: dict[str, None] = {}
        self.read_count = 0
        self.skipped = 0
        self.failed = 0
        self.not_understood = 0
        self._reasons: dict[str, int] = {}
        self._rounds = 0
        self._model_failures = 0
        self._model = asyncio.Semaphore(MODEL_CALLS_AT_ONCE)

    async def plan(self) -> None:
        """Find pages by sitemap and home page, and let the model say in which order they matter."""
        status("Looking for a sitemap")
        sitemaps = await read_sitemaps(self.home.url, self.rules.sitemaps)
        if sitemaps.note:
            status(f"The sitemap was read in part: {sitemaps.note}")
        # In a thread, here and below: tens of thousands of addresses would hold up the worker's other runs.
        groups = await asyncio.to_thread(self._first_groups, sitemaps.pages)
        if said := self.chooser.said():
            status(said)
        if not groups:
            return
        found = sum(len(group.urls) for group in groups) + 1
        status(f"Choosing among {found} pages")
        shown = [
            GroupOfPages(
                label=group.label, count=len(group.urls), samples=[path_of(url) for url in group.urls[:SAMPLES_SHOWN]]
            )
            for group in groups
        ]
        site = self.home.title or site_host(self.home.url)
        choice = await choose_pages(site, shown, self.limit)
        self.order = choose(groups, choice.order, self.limit - 1)
        chooser = "by rules" if choice.by == RULES else f"by {choice.by}"
        status(f"{_pages(len(self.order) + 1)} chosen of {found} found, {chooser}{self._pace_note()}")

    async def read(self) -> None:
        """Read the home page and the chosen pages, then, round by round, what they lead to, up to the limit."""
        await self._understand_home()
        wanted = self.order[: self.limit - self.read_count]
        while wanted and len(self.asked) < 2 * self.limit + 20:
            await self._read_round(wanted)
            wanted = await asyncio.to_thread(self._next_round)
        if self.read_count == 0:
            raise UserError(self._nothing_read())

    async def _understand_home(self) -> None:
        self.asked[self.rules.start_url] = None
        self.asked[self.home.url] = None
        self._count(self.home)
        if self.home.outcome == Outcome.OK:
            await self._understand(self.home, self.rules.start_url)
        progress(1, 1 + len(self.order), "pages")

    async def _read_round(self, wanted: list[str]) -> None:
        for url in wanted:
            self.asked[url] = None
            publish("page", {"url": url, "title": "", "stage": "chosen", "note": "", "words": 0}, key=url)
        self._rounds += 1
        if self._rounds == 1:
            status(f"Reading {_pages(len(wanted))}{self._pace_note()}")
        elif len(wanted) >= ROUND_WORTH_A_WORD:
            status(f"Reading {_pages(len(wanted))} more, to which those before lead")
        before = len(self.asked) - len(wanted)
        found: dict[int, PageFound] = {}
        async for done in map_concurrent(self._one, wanted, limit=AT_ONCE):
            self._take(done, found)
            progress(before + len(found), before + len(wanted), "pages")
        for index in sorted(found):
            self._count(found[index])
        await asyncio.to_thread(self._take_links, [found[index] for index in sorted(found)], source="link")

    async def _one(self, url: str) -> PageFound:
        try:
            page = await read_page(self.site.site_id, url)
        except StepFailed as error:
            return await mark_failed(self.site.site_id, url, error.message)
        if page.outcome == Outcome.OK:
            await self._understand(page, url)
        return page

    async def _understand(self, page: PageFound, url: str) -> None:
        async with self._model:
            if self._model_failures >= MODEL_FAILURES_MOST:
                return
            try:
                await describe_page(page.page_id, url)
                self._model_failures = 0
            except StepFailed as error:
                self._model_failures += 1
                self.not_understood += 1
                if self._model_failures >= MODEL_FAILURES_MOST:
                    raise ModelAway(
                        f"The model has failed for {MODEL_FAILURES_MOST} pages in a row, the last time so: "
                        f"{error.message} The pages read so far are kept; retry goes on from there."
                    ) from error

    def _take(self, done: Done[str, PageFound], found: dict[int, PageFound]) -> None:
        if done.result is not None:
            found[done.index] = done.result
        elif done.error is not None:
            raise done.error

    def _count(self, page: PageFound) -> None:
        if page.outcome == Outcome.OK:
            self.read_count += 1
            return
        if page.outcome == Outcome.FAILED:
            self.failed += 1
        else:
            self.skipped += 1
        self._reasons[page.note] = self._reasons.get(page.note, 0) + 1

    def _first_groups(self, of_sitemap: Iterable[str]) -> list[Group]:
        self._take_links([self.home], source="home")
        for url in of_sitemap:
            self.frontier.add(url, source="sitemap")
        return grouped(self._candidates(), self.home.url)

    def _take_links(self, pages: Iterable[PageFound], *, source: str) -> None:
        for page in pages:
            for link in page.links:
                self.frontier.add(link.href, base=page.url, source=source, label=link.label)

    def _candidates(self) -> list[Candidate]:
        asked = [*self.asked, self.home.url, self.rules.start_url]
        best_first = ranked(self.frontier.unread(asked), self.home.url)
        return [found for found in best_first if self.chooser.may_choose(found.url)]

    def _next_round(self) -> list[str]:
        """Return what to read next: first what was chosen and not reached, then the best of what was found since."""
        room = self.limit - self.read_count
        known = {same_page_key(url) for url in self.asked}
        left = [url for url in self.order if same_page_key(url) not in known]
        fresh = [found.url for found in self._candidates()]
        return list(dict.fromkeys([*left, *fresh]))[: max(0, room)]

    def _pace_note(self) -> str:
        asked = self.rules.asked_delay_s
        if asked < 1:
            return ""
        kept = f", we keep {self.rules.delay_s:g}" if asked > self.rules.delay_s else ""
        return f". The site asks for {asked:g} seconds between requests{kept}"

    def _nothing_read(self) -> str:
        reason = max(self._reasons, key=lambda note: self._reasons[note]) if self._reasons else "it has no pages"
        host = urlsplit(self.home.url).netloc
        return (
            f"None of the {len(self.asked)} pages tried at {host} could be read, most of them for this reason: "
            f"{reason}. Give the address of a page that has text."
        )


async def _make_findable(site: SiteRef) -> None:
    try:
        await index_meaning(site)
    except StepFailed as error:
        status(f"Its passages are found by their words alone, not by what they mean: {error.message}")


def _pages(count: int) -> str:
    return "1 page" if count == 1 else f"{count} pages"
