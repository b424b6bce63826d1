"""One page of a site: asked for, judged and kept. Part of a step, not a step of its own.

Every page has an outcome and a reason in words. Only what may pass (a busy site, a broken connection) raises, so that
the step is tried again.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import structlog
from django.conf import settings

from genisys.net import FetchBlocked, Fetched, FetchFailed, FetchTooLarge
from ingestion import repository
from ingestion.content.extracted import Extracted
from ingestion.formats.kinds import ASKED_FOR
from ingestion.models import Page
from ingestion.outcomes.missing import says_the_same
from ingestion.outcomes.walls import BOT_WALL
from ingestion.parser import parsing
from ingestion.requests import PageFound
from ingestion.web.head import directives
from ingestion.web.languages import primary
from ingestion.web.links import same_page_key, same_site
from ingestion.web.reader import ask, fetch_context, fetch_context_now
from ingestion.web.robots import product_token

MOST_REFRESHES = 3

log = structlog.get_logger("ingestion.fetching")
Outcome = Page.Outcome


@dataclass(frozen=True, slots=True)
class Judged:
    """What came of a page, and why, in words."""

    outcome: str
    note: str = ""
    page: Extracted | None = None


async def fetch_and_keep(site_id: str, url: str) -> PageFound:
    """Read one page, keep it in the repository, and return what came of it.

    A page that was read before is asked for only if it has changed. Raises SiteBusy, FetchTimeout and FetchFailed where
    trying again may help.
    """
    async with fetch_context() as current:
        if not await current.may_read(url):
            return await _keep(site_id, url, Judged(Outcome.ROBOTS, "robots.txt asks us not to read it"), None)
        before = await repository.validators_of(site_id, url)
        try:
            answer = await _followed(url, before.headers())
        except FetchTooLarge as error:
            return await _keep(site_id, url, Judged(Outcome.TOO_LARGE, error.message), None)
        except FetchBlocked as error:
            return await _keep(site_id, url, Judged(Outcome.BLOCKED, error.message), None)
        except FetchFailed as error:
            if not error.permanent:
                raise
            return await _keep(site_id, url, Judged(Outcome.FAILED, error.message), None)
        if answer.fetched.status == 304 and before.headers():
            unchanged: PageFound = await repository.keep_unchanged(site_id, url)
            return unchanged
        judged = answer.refused or _judged(answer, url)
        return await _keep(site_id, url, judged, answer.fetched)


@dataclass(frozen=True, slots=True)
class Answer:
    """A page as it came, at the end of the refreshes that lead to it; `refused` says why it is not read further."""

    fetched: Fetched
    page: Extracted
    refused: Judged | None = None


async def _followed(url: str, headers: dict[str, str]) -> Answer:
    """Ask for a page, and for the one that its head sends readers to at once (meta refresh), and so on."""
    current = fetch_context_now()
    await current.backlog.room()
    asked, fetched = [url], await ask(url, accept=ASKED_FOR, headers=headers)
    while True:
        judged = refused(fetched, current.home or url, current.allows, sub_domains=current.sub_domains)
        if judged is not None or fetched.status == 304:
            return Answer(fetched, Extracted(), judged)
        try:
            page = await _parsed(fetched, url)
        except parsing.TooHard as error:
            log.warning("page.unreadable", url=fetched.url, reason=str(error))
            return Answer(fetched, Extracted(), Judged(Outcome.FAILED, f"{error}, so it was given up"))
        target = page.head.refresh
        if not target or len(asked) > MOST_REFRESHES or same_page_key(target) in map(same_page_key, asked):
            return Answer(fetched, page)
        if not same_site(target, current.home or url, sub_domains=current.sub_domains):
            where = f"sends its readers to {target[:200]}, which is another site"
            return Answer(replace(fetched, url=target), page, Judged(Outcome.ELSEWHERE, where))
        if not await current.may_read(target):
            why = "sends its readers to a page that robots.txt asks us not to read"
            return Answer(fetched, page, Judged(Outcome.ROBOTS, why))
        asked.append(target)
        fetched = await ask(target, accept=ASKED_FOR)


async def _parsed(fetched: Fetched, asked: str) -> Extracted:
    async with fetch_context_now().backlog.parsing(len(fetched.body)):
        return await parsing.page(
            fetched.body,
            fetched.headers.get("content-type", ""),
            fetched.url,
            status=fetched.status,
            asked=asked,
            name=product_token(settings.INGEST_USER_AGENT),
        )


def _judged(answer: Answer, asked: str) -> Judged:
    """Return what the page is worth, its head and its headers heeded."""
    fetched, page, current = answer.fetched, answer.page, fetch_context_now()
    said = directives(page.head, fetched.headers, product_token(settings.INGEST_USER_AGENT))
    judged = judge(page, fetched)
    why = says_the_same(current.missing, asked, fetched.url, page.title, page.text)
    if why and judged.outcome in (Outcome.OK, Outcome.THIN):
        judged = Judged(Outcome.SOFT_404, why, page)
    if judged.outcome == Outcome.OK and "noindex" in said:
        judged = Judged(Outcome.NOINDEX, "the page asks not to be kept (noindex)", page)
    language, is_home = primary(page.language), same_page_key(fetched.url) == same_page_key(current.home or fetched.url)
    is_foreign = bool(language and current.languages) and language not in current.languages
    if judged.outcome == Outcome.OK and is_foreign and not is_home:
        wanted = ", ".join(sorted(current.languages))
        judged = Judged(Outcome.LANGUAGE, f"is in another language ({language}) than is read ({wanted})", page)
    if "nofollow" in said and judged.page is not None:
        unfollowed = judged.page.model_copy(update={"links": []})
        note = "; ".join(filter(None, [judged.note, "its links are not followed, as it asks (nofollow)"]))
        judged = Judged(judged.outcome, note, unfollowed)
    return judged


def refused(fetched: Fetched, home: str, allowed: Callable[[str], bool], *, sub_domains: bool = False) -> Judged | None:
    """Return why an answer is not even parsed; None where it is."""
    if fetched.status in (404, 410):
        return Judged(Outcome.GONE, f"the site says that it is not there ({fetched.status})")
    if fetched.status in (401, 407) or (fetched.status == 403 and not fetched.body):
        return Judged(Outcome.LOGIN_WALL, f"the site does not let us in ({fetched.status})")
    if fetched.status == 304:
        return None
    if fetched.status not in (200, 403):
        return Judged(Outcome.FAILED, f"the site answered {fetched.status}")
    if fetched.redirects:
        if not same_site(fetched.url, home, sub_domains=sub_domains):
            return Judged(Outcome.ELSEWHERE, f"leads to {fetched.url[:200]}, which is another site")
        if not allowed(fetched.url):
            return Judged(Outcome.ROBOTS, "leads to a page that robots.txt asks us not to read")
    if fetched.content_type and fetched.content_type not in ASKED_FOR:
        return Judged(Outcome.NON_TEXT, f"no page but {fetched.content_type}")
    return None


def judge(page: Extracted, fetched: Fetched) -> Judged:
    """Return what a page is worth; of one that is kept the note says what a bound cut off."""
    if page.refused:
        return Judged(Outcome.NON_TEXT, page.refused, page)
    if page.garbled:
        return Judged(Outcome.NON_TEXT, "its text is garbled: its bytes are not of the charset that it declares", page)
    found = page.verdict
    if fetched.status == 403 and found.outcome != BOT_WALL:
        return Judged(Outcome.LOGIN_WALL, "the site does not let us in (403)", page)
    return Judged(found.outcome, found.reason if found.outcome != Outcome.OK else "; ".join(page.cut), page)


async def _keep(site_id: str, url: str, judged: Judged, fetched: Fetched | None) -> PageFound:
    page = judged.page or Extracted()
    kept = await repository.keep_page(
        site_id,
        url,
        judged.outcome,
        judged.note,
        page=judged.page,
        status=fetched.status if fetched else None,
        validators=_validators(fetched),
        canonical=page.head.canonical,
    )
    return PageFound.of(page, url=fetched.url if fetched else url, **kept.model_dump())


def _validators(fetched: Fetched | None) -> repository.Validators | None:
    """Return what to ask with next time, None where the address led elsewhere: its own answer says nothing then."""
    if fetched is None or fetched.redirects:
        return None
    headers = fetched.headers
    return repository.Validators(etag=headers.get("etag", ""), last_modified=headers.get("last-modified", ""))
