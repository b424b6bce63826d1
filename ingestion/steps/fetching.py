"""One page of a site: asked for, judged and kept. Part of a step, not a step of its own.

Every page has an outcome and a reason in words. Only what may pass (a busy site, a broken connection) raises, so that
the step is tried again.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

import structlog

from genisys.net import FetchBlocked, Fetched, FetchFailed, FetchTooLarge
from ingestion import repository
from ingestion.content import extracted, parsing
from ingestion.content.extracted import Extracted
from ingestion.models import Page
from ingestion.requests import PageFound
from ingestion.web.links import same_site
from ingestion.web.reader import PAGE_TYPES, ask, fetch_context

WORDS_LEAST = 25

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

    Raises SiteBusy, FetchTimeout and FetchFailed where trying again may help.
    """
    async with fetch_context() as current:
        # In a thread: rules may be long, and are parsed when they are first asked.
        if not await asyncio.to_thread(current.allows, url):
            return await _keep(site_id, url, Judged(Outcome.ROBOTS, "robots.txt asks us not to read it"), None)
        try:
            fetched = await ask(url, accept=PAGE_TYPES)
        except FetchTooLarge as error:
            return await _keep(site_id, url, Judged(Outcome.TOO_LARGE, error.message), None)
        except FetchBlocked as error:
            return await _keep(site_id, url, Judged(Outcome.BLOCKED, error.message), None)
        except FetchFailed as error:
            if not error.permanent:
                raise
            return await _keep(site_id, url, Judged(Outcome.FAILED, error.message), None)
        judged = refused(fetched, current.home or url, current.allows)
        if judged is None:
            try:
                page = await parsing.page(fetched.body, fetched.headers.get("content-type", ""), fetched.url)
                judged = judge(page, fetched.url)
            except parsing.TooHard as error:
                log.warning("page.unreadable", url=url, reason=str(error))
                judged = Judged(Outcome.FAILED, f"{error}, so it was given up")
        return await _keep(site_id, url, judged, fetched)


def refused(fetched: Fetched, home: str, allowed: Callable[[str], bool]) -> Judged | None:
    """Return why an answer is not even parsed; None where it is."""
    if fetched.status in (404, 410):
        return Judged(Outcome.GONE, f"the site says that it is not there ({fetched.status})")
    if fetched.status in (401, 403, 407):
        return Judged(Outcome.LOGIN_WALL, f"the site does not let us in ({fetched.status})")
    if fetched.status != 200:
        return Judged(Outcome.FAILED, f"the site answered {fetched.status}")
    if fetched.redirects:
        if not same_site(fetched.url, home):
            return Judged(Outcome.ELSEWHERE, f"leads to {fetched.url[:200]}, which is another site")
        if not allowed(fetched.url):
            return Judged(Outcome.ROBOTS, "leads to a page that robots.txt asks us not to read")
    if not is_page(fetched):
        return Judged(Outcome.NON_TEXT, f"no HTML page but {fetched.content_type or 'data of no known type'}")
    return None


def judge(page: Extracted, url: str) -> Judged:
    """Return what a page from this address is worth; of one that is kept the note says what a bound cut off."""
    if extracted.looks_like_login(page, url):
        return Judged(Outcome.LOGIN_WALL, "a page to sign in on", page)
    if extracted.looks_gone(page):
        return Judged(Outcome.GONE, "the page says that there is nothing there", page)
    if page.needs_script:
        return Judged(Outcome.NEEDS_SCRIPT, "shows nothing without JavaScript, which is not run", page)
    if page.words < WORDS_LEAST:
        return Judged(Outcome.THIN, f"only {page.words} words" if page.words else "no text", page)
    return Judged(Outcome.OK, "; ".join(page.cut), page)


def is_page(fetched: Fetched) -> bool:
    """Return whether the answer is HTML, by its type, or by its first bytes where it names none."""
    if fetched.content_type:
        return fetched.content_type in PAGE_TYPES
    start = fetched.body[:1000].lstrip().lower()
    return start.startswith((b"<!doctype html", b"<html")) or b"<head" in start or b"<body" in start


async def _keep(site_id: str, url: str, judged: Judged, fetched: Fetched | None) -> PageFound:
    page = judged.page or Extracted()
    kept = await repository.keep_page(
        site_id,
        url,
        judged.outcome,
        judged.note,
        page=judged.page,
        status=fetched.status if fetched else None,
    )
    return PageFound(
        page_id=kept.page_id,
        url=fetched.url if fetched else url,
        outcome=kept.outcome,
        note=kept.note,
        title=page.title,
        description=page.description,
        site_name=page.site_name,
        words=page.words,
        links=page.links,
        addresses_model=bool(page.injection),
    )
