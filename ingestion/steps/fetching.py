"""One page of a site: asked for, judged and kept. Part of a step, not a step of its own.

Every page has an outcome and a reason in words. Only what may pass (a busy site, a broken connection) raises, so that
the step is tried again.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from dataclasses import dataclass

import structlog

from genisys.net import FetchBlocked, Fetched, FetchFailed, FetchTooLarge
from ingestion import repository
from ingestion.content import parsing
from ingestion.content.extracted import Extracted
from ingestion.content.kinds import ASKED_FOR
from ingestion.models import Page
from ingestion.outcomes.verdict import BOT_WALL, verdict
from ingestion.requests import PageFound
from ingestion.web.links import same_site
from ingestion.web.reader import ask, fetch_context

_NOINDEX = re.compile(r"(?:^|[,:]\s*)(?:noindex|none)\b", re.I)

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
            fetched = await ask(url, accept=ASKED_FOR)
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
                judged = judge(page, fetched, asked=url)
            except parsing.TooHard as error:
                log.warning("page.unreadable", url=url, reason=str(error))
                judged = Judged(Outcome.FAILED, f"{error}, so it was given up")
        return await _keep(site_id, url, judged, fetched)


def refused(fetched: Fetched, home: str, allowed: Callable[[str], bool]) -> Judged | None:
    """Return why an answer is not even parsed; None where it is."""
    if fetched.status in (404, 410):
        return Judged(Outcome.GONE, f"the site says that it is not there ({fetched.status})")
    if fetched.status in (401, 407) or (fetched.status == 403 and not fetched.body):
        return Judged(Outcome.LOGIN_WALL, f"the site does not let us in ({fetched.status})")
    if fetched.status not in (200, 403):
        return Judged(Outcome.FAILED, f"the site answered {fetched.status}")
    if fetched.redirects:
        if not same_site(fetched.url, home):
            return Judged(Outcome.ELSEWHERE, f"leads to {fetched.url[:200]}, which is another site")
        if not allowed(fetched.url):
            return Judged(Outcome.ROBOTS, "leads to a page that robots.txt asks us not to read")
    if fetched.content_type and fetched.content_type not in ASKED_FOR:
        return Judged(Outcome.NON_TEXT, f"no page but {fetched.content_type}")
    return None


def judge(page: Extracted, fetched: Fetched, asked: str = "") -> Judged:
    """Return what a page is worth; of one that is kept the note says what a bound cut off.

    `asked` is the address that was asked for, which may have led to another one.
    """
    if page.refused:
        return Judged(Outcome.NON_TEXT, page.refused, page)
    if page.garbled:
        return Judged(Outcome.NON_TEXT, "its text is garbled: its bytes are not of the charset that it declares", page)
    found = verdict(page.evidence, fetched.url, fetched.status, asked)
    if fetched.status == 403 and found.outcome != BOT_WALL:
        return Judged(Outcome.LOGIN_WALL, "the site does not let us in (403)", page)
    if found.outcome == Outcome.OK and _NOINDEX.search(fetched.headers.get("x-robots-tag", "")):
        return Judged(Outcome.NOINDEX, "asks in its X-Robots-Tag not to be indexed, which we heed", page)
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
