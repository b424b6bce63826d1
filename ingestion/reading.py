"""One reading of a site, from its plan to its last page. Part of the workflow: it decides by what its steps say.

Pages are read in rounds. After the first third of them is read the rest is planned anew, by what those pages lead to.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from urllib.parse import urlsplit

from django.conf import settings

from genisys import StepFailed, UserError, progress, publish, status
from ingestion.choosing.frontier import Frontier, LeftOut
from ingestion.choosing.noted import Noted
from ingestion.choosing.plan import Plan, rows_of
from ingestion.choosing.scope import Scope
from ingestion.comprehension import Comprehension, UnderWay
from ingestion.describing.estimate import cost_in_words
from ingestion.models import Page
from ingestion.requests import IngestRequest, LeftOutRow, PageFound, SiteRef, Wishes
from ingestion.steps.finding import read_sitemaps
from ingestion.steps.missing import ask_for_missing
from ingestion.steps.pages import mark_failed, read_page
from ingestion.steps.site import RULES, choose_pages, note_left_out, read_wishes
from ingestion.web.languages import Languages, primary
from ingestion.web.links import same_page_key, site_host
from ingestion.web.reader import fetch_context_now
from ingestion.web.robots import Chooser, Robots

AT_ONCE = 24
"""Pages that are read at once: some of them wait to be tried again. How many a host is asked for at once is its
pace's to say."""
AT_ONCE_WITHOUT_DELAY = 96
"""The same of a site that asks for no time between two requests: as many are fetched ahead, so that there is work to do
while the host pauses (`Retry-After`). Where there is such a time they would only wait for their turns."""
ROUND_WORTH_A_WORD = 5
PLANNED_ANEW_FROM = 12
"""Fewer pages than this are read in one round: there is too little to learn from a third of them."""
ROUND_LEAST = 30
"""So many pages are read between two looks at what the person wants and whether there is news, or a quarter of all."""
ROWS_A_STEP = 500
S_PER_PAGE = 1.5
"""How long a page takes at first guess, its model call included, where the site asks for no more."""
ALL_LANGUAGES = "all"
Outcome = Page.Outcome


class Reading:
    """One reading of a site: what was found, what was read, and what comes next."""

    def __init__(self, site: SiteRef, home: PageFound, rules: Robots, request: IngestRequest) -> None:
        self.site = site
        self.home = home
        self.rules = rules
        self.limit = min(request.max_pages, settings.INGEST_MAX_PAGES)
        self.languages = _languages(request, home)
        scope = Scope(home.url, tuple(request.include), tuple(request.exclude), request.sub_domains, request.depth)
        self.frontier = Frontier(home.url, scope, self.languages)
        self.frontier.declare(home.languages)
        self.chooser = Chooser(rules, settings.INGEST_USER_AGENT)
        self.asked: dict[str, None] = {}
        self.read_count = 0
        self.skipped = 0
        self.failed = 0
        self._plan: Plan | None = None
        self._order: list[str] = []
        self._left: list[LeftOut] = []
        self._newest: list[str] = []
        self._planned_anew = False
        self.comprehension = Comprehension()
        self._reads: UnderWay[PageFound] = UnderWay()
        self._at_once = AT_ONCE if max(rules.delay_s, settings.INGEST_MIN_DELAY) else AT_ONCE_WITHOUT_DELAY
        self._slots = asyncio.Semaphore(self._at_once)
        self._behind: list[str] = []
        self._unfinished = 0
        self._saturated = False
        self._noted = Noted()
        self._has_noted = False
        self._reasons: dict[str, int] = {}
        self._rounds = 0

    # What to read

    async def plan(self) -> None:
        """Find pages by sitemap, feeds, llms.txt and home page, and share the limit out among the parts of the site."""
        status("Looking for a sitemap")
        scope = self.frontier.scope
        found = await read_sitemaps(self.home.url, self.rules.sitemaps, self.home.feeds, scope.sub_domains)
        if found.note:
            status(f"The sitemap was read in part: {found.note}")
        self._newest = found.newest
        self._take_links([self.home], source="home")
        for source, urls in (("llms", found.of_llms), ("feed", found.of_feeds), ("sitemap", found.pages)):
            # In a thread, here and below: tens of thousands of addresses would hold up the worker's other runs.
            await asyncio.to_thread(self._take_in, urls, source)
        await self._plan_rest()
        if said := self.chooser.said():
            status(said)
        if self._order:
            status(await asyncio.to_thread(self._estimate))
            if self.home.outcome == Outcome.OK:
                fetch_context_now().missing = await ask_for_missing(self.home.page_id)

    async def _plan_rest(self) -> None:
        """Plan what is still to be read. The model is asked where there is more than can be read."""
        await self._heed_wishes()
        self._plan = plan = await asyncio.to_thread(self._new_plan)
        by = RULES
        if plan.candidates and plan.room > 0 and not plan.all_fit:
            status(f"Choosing among {len(plan.candidates) + len(self.asked)} pages")
            choice = await choose_pages(self.home.title or site_host(self.home.url), plan.shown(), plan.room)
            by = choice.by
            if len(choice.budgets) == len(plan.groups):
                plan.budgets, plan.reasons = choice.budgets, choice.reasons or plan.reasons
        self._order = await asyncio.to_thread(plan.chosen)
        for row in plan.rows(self._order):
            publish("group", row, key=f"{row['label']}")
        await self._note_left_out(plan, self._order)
        if self._order and not self._planned_anew:
            chooser = "by rules" if by == RULES else f"by {by}"
            found = len(plan.candidates) + 1
            status(f"{pages_in_words(len(self._order) + 1)} chosen of {found} found, {chooser}{self._pace_note()}")

    def _new_plan(self) -> Plan:
        candidates, self._left = self.frontier.sorted_out(self._known(), self.chooser.may_choose)
        room = min(self._room(), self.limit - 1)  # the home page has its place, read or not
        return Plan(candidates, self.home.url, room, self._newest)

    def _room(self) -> int:
        """Return how many pages may still be read, where all that are under way are worth it."""
        return max(0, self.limit - self.read_count - len(self._reads))

    async def _heed_wishes(self) -> Wishes:
        wishes = await read_wishes(self.site.site_id, self._rounds)
        for url in wishes.never:
            self.frontier.refuse(url)
        for url in wishes.take:
            self.frontier.want(url)
        if self._rounds == 0:
            await asyncio.to_thread(self._take_in, wishes.known, "known")
        return wishes

    def _known(self) -> list[str]:
        return [*self.asked, self.home.url, self.rules.start_url]

    def _take_in(self, urls: Iterable[str], source: str) -> None:
        for url in urls:
            self.frontier.add(url, source=source)

    def _take_links(self, pages: Iterable[PageFound], *, source: str) -> None:
        for page in pages:
            self.frontier.declare(page.languages)
            for link in page.links:
                self.frontier.add(link.href, base=page.url, source=source, label=link.label)

    def _estimate(self) -> str:
        """Return how many pages, minutes and model calls the reading will take, and its cost, at first guess."""
        pages = len(self._order) + 1
        each = max(self.rules.delay_s, settings.INGEST_MIN_DELAY, S_PER_PAGE / self.comprehension.at_once)
        minutes = round(pages * each / 60)
        time = f"about {minutes} minutes" if minutes > 1 else "about a minute"
        calls = pages + 2
        return f"{pages_in_words(pages)} to read: {time}, up to {calls} calls of the model, {cost_in_words(calls)}"

    # Reading

    async def read(self) -> None:
        """Read the home page and the chosen pages, then, round by round, what they lead to, up to the limit."""
        async with self.comprehension, self._reads:
            await self._understand_home()
            wanted = self._first_round()
            while wanted and len(self.asked) < 2 * self.limit + 20:
                await self._read_round(wanted)
                wanted = await self._next_round()
                if not wanted and self._behind:
                    await self._catch_up()
                    wanted = await self._next_round()
        await self._note_left_out(await asyncio.to_thread(self._new_plan), [])
        if total := self._noted.total:
            status(f"{pages_in_words(total)} found and not read; each stands with its reason")
        if self.read_count == 0:
            raise UserError(self._nothing_read())

    def _first_round(self) -> list[str]:
        """Return the first third, where there is so much that the rest is worth another plan; else all."""
        room = self._room()
        third = max(1, self.limit // 3)
        cut = third if self.limit >= PLANNED_ANEW_FROM and len(self._order) > third else room
        return self._order[: min(cut, room)]

    async def _next_round(self) -> list[str]:
        """Return what to read next, up to the limit, and nothing but wishes once new pages bring no new facts."""
        room = self._room()
        if room <= 0 or await self._is_saturated():
            return await self._wished()
        if not self._planned_anew and self._rounds == 1:
            self._planned_anew = True
            await self._plan_rest()
        elif not await self._still_planned():
            self._plan = await asyncio.to_thread(self._new_plan)
            self._order = await asyncio.to_thread(self._plan.chosen)
            await self._note_left_out(self._plan, self._order)
        return self._order[: min(room, max(ROUND_LEAST, self.limit // 4))]

    async def _still_planned(self) -> bool:
        """Heed the person's wishes, and return whether there is more of the plan to read than they ask for."""
        wishes = await self._heed_wishes()
        left = [url for url in self._order if url not in self.asked and not self.frontier.is_refused(url)]
        self._order = list(dict.fromkeys([url for url in wishes.take if url not in self.asked] + left))
        return bool(left)

    async def _is_saturated(self) -> bool:
        """Return whether the newest pages have said nothing new, where others are left to be read, and say so once."""
        news = self.comprehension.news
        if news.is_over and not self._saturated:
            left = len((await asyncio.to_thread(self._new_plan)).candidates)
            self._saturated = left > 0
            if left:
                status(
                    f"The last {pages_in_words(news.without)} said nothing new, so {left:,} others are not read. "
                    "You can take in those that you want"
                )
        return self._saturated

    async def _wished(self) -> list[str]:
        """Return pages that the person has asked for and that are not read: for them there is room beyond the limit."""
        await self._heed_wishes()
        plan = await asyncio.to_thread(self._new_plan)
        return [candidate.url for candidate in plan.candidates if candidate.source == "person"]

    async def _understand_home(self) -> None:
        self.asked[self.rules.start_url] = None
        self.asked[self.home.url] = None
        self._count(self.home)
        if _is_to_be_understood(self.home):
            await self._understand(self.home.page_id, self.rules.start_url)
        await self.comprehension.count_news([self.rules.start_url])
        progress(1, 1 + len(self._order), "pages")

    async def _read_round(self, wanted: list[str]) -> None:
        for url in wanted:
            self.asked[url] = None
            publish("page", {"url": url, "title": "", "stage": "chosen", "note": "", "words": 0}, key=url)
        self._rounds += 1
        if self._rounds == 1:
            status(f"Reading {pages_in_words(len(wanted))}{self._pace_note()}")
        elif len(wanted) >= ROUND_WORTH_A_WORD:
            status(f"Reading {pages_in_words(len(wanted))} more, to which those before lead")
        self._unfinished += len(wanted)
        total = len(self.asked) + sum(url not in self.asked for url in self._order)
        for url in wanted:
            self._reads.begin(url, self._one(url, total))
        last = len(wanted) - min(self._at_once + self.comprehension.at_once, len(wanted) // 2)
        waited_for = [*self._behind, *wanted[:last]]
        self._behind = wanted[last:]
        # The rest is planned by what all pages of the first round lead to.
        await self._take(wanted if self._rounds == 1 else waited_for)
        await self.comprehension.count_news(waited_for)
        if self.comprehension.news_are_rare:
            await self._catch_up()

    async def _catch_up(self) -> None:
        """Wait for the pages behind the last round, too."""
        behind, self._behind = self._behind, []
        await self._take(behind)
        await self.comprehension.count_news(behind)

    async def _take(self, urls: Sequence[str]) -> None:
        """Take in what came of these pages, in their order, once they are read."""
        async for ready in self._reads.taken(urls):
            for page in ready:
                self._count(page)
            await asyncio.to_thread(self._take_links, ready, source="link")

    async def _one(self, url: str, total: int) -> PageFound:
        """Read a page, and begin to have it understood."""
        async with self._slots:
            if self.comprehension.away is not None:
                raise self.comprehension.away
            try:
                page = await read_page(self.site.site_id, url)
            except StepFailed as error:
                page = await mark_failed(self.site.site_id, url, error.message)
        page_id = page.page_id if _is_to_be_understood(page) else None
        self.comprehension.begin(url, self._finished(page_id, url, total))
        return page

    async def _finished(self, page_id: int | None, url: str, total: int) -> None:
        if page_id is not None:
            await self._understand(page_id, url)
        self._unfinished -= 1
        progress(len(self.asked) - self._unfinished, total, "pages")

    async def _understand(self, page_id: int, url: str) -> None:
        await self.comprehension.of(page_id, url)

    def _count(self, page: PageFound) -> None:
        if page.outcome == Outcome.OK:
            self.read_count += 1
            return
        if page.outcome == Outcome.FAILED:
            self.failed += 1
        else:
            self.skipped += 1
        self._reasons[page.note] = self._reasons.get(page.note, 0) + 1

    # What is not read

    async def _note_left_out(self, plan: Plan, chosen: list[str]) -> None:
        """Write down what this plan leaves out, with its reason, once that is decided: whoever looks on can take it in.

        Only what has changed since is written; a later plan may take in what an earlier one left out.
        """
        changed, gone = self._noted.becomes(await asyncio.to_thread(self._left_out, plan, chosen))
        for start in range(0, max(len(changed), len(gone), not self._has_noted), ROWS_A_STEP):
            part = slice(start, start + ROWS_A_STEP)
            await note_left_out(self.site.site_id, changed[part], not self._has_noted, gone[part])
            self._has_noted = True
        for reason, count, note in self._noted.recounted():
            publish("left_out", {"reason": reason, "count": count, "note": note}, key=reason)

    def _left_out(self, plan: Plan, chosen: list[str]) -> list[LeftOutRow]:
        read = {same_page_key(url) for url in self.asked}
        others = plan.without_news(chosen) if self._saturated else plan.over_budget(chosen, self.limit)
        rows = rows_of(self._left) + others
        return [row for row in rows if same_page_key(row.url) not in read]

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
            f"None of the {len(self.asked):,} pages tried at {host} could be read, most of them for this reason: "
            f"{reason}. Give the address of a page that has text."
        )


def _languages(request: IngestRequest, home: PageFound) -> frozenset[str]:
    """Return the languages to read, as codes: those asked for, else that of the home page; none means all."""
    if request.languages:
        asked = {language.strip().lower() for language in request.languages}
        return frozenset() if ALL_LANGUAGES in asked else frozenset(filter(None, map(primary, asked)))
    links = [home.url, *home.languages]
    own = Languages(links, {same_page_key(url): code for url, code in home.languages.items()}).of(home.url)
    return frozenset(filter(None, [own or primary(home.language)]))


def _is_to_be_understood(page: PageFound) -> bool:
    """Return whether the model is asked about it: what was paid for once stands for the same text."""
    return page.outcome == Outcome.OK and not (page.unchanged and page.understood)


def pages_in_words(count: int) -> str:
    """Return a number of pages as it is read."""
    return "1 page" if count == 1 else f"{count:,} pages"
