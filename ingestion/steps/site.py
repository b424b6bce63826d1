"""The site as a whole: its rules, its row, its home page, and which of its pages to read or not to read."""

from __future__ import annotations

from typing import Any

from django.conf import settings

from genisys import UserError, component, publish
from genisys.net import FetchFailed, FetchTimeout
from ingestion import repository
from ingestion.choosing import budgets
from ingestion.describing import grounding, prompts
from ingestion.describing.model import answer
from ingestion.models import Page
from ingestion.parser import parsing
from ingestion.repository import left_out
from ingestion.requests import Choice, GroupOfPages, LeftOutRow, PageFound, SiteRef, Wishes
from ingestion.steps.display import page_row as _row
from ingestion.steps.display import show_page as _tell
from ingestion.steps.fetching import fetch_and_keep
from ingestion.steps.limits import LONGEST_STEP_S, POLITE
from ingestion.web import robots
from ingestion.web.links import site_host
from ingestion.web.reader import SiteBusy, ask
from ingestion.web.robots import Robots
from runs.providers import model_name

RULES = "rules"
Outcome = Page.Outcome
LEADS_ON = frozenset((Outcome.OK, Outcome.THIN, Outcome.DUPLICATE, Outcome.ELSEWHERE, Outcome.NOINDEX, Outcome.PARKED))
"""What a home page may have come to for the reading to go on; whether a parked one is meant, the person is asked."""


@component(title="Ask what may be read", retry=POLITE, timeout=LONGEST_STEP_S)
async def read_robots(addresses: list[str]) -> Robots:
    """Find the address that answers, and its rules. No robots.txt allows all; a broken server stops the reading."""
    *others, last = addresses
    for address in others:
        try:
            return await _robots_of(address)
        except (FetchFailed, FetchTimeout):
            continue  # https was a guess: the next address is the same host over http
    return await _robots_of(last)


async def _robots_of(address: str) -> Robots:
    try:
        fetched = await ask(robots.robots_url(address), max_bytes=robots.MOST_BYTES, truncate=True)
    except SiteBusy as error:
        raise SiteBusy(
            f"{site_host(address)} answered {error.detail.get('status')} when asked for its robots.txt, so it is not "
            "known what may be read, and nothing was. Try again later.",
            retry_after=error.retry_after,
            permanent=error.permanent,
        ) from error
    body = fetched.body if fetched.status == 200 else b""
    try:
        return await parsing.rules(
            body, fetched.headers.get("content-type", ""), address, user_agent=settings.INGEST_USER_AGENT
        )
    except parsing.TooHard as error:
        raise UserError(
            f"The robots.txt of {site_host(address)} could not be read: {error}. So it is not known what may be read, "
            "and nothing was."
        ) from error


@component(title="Find the site's place")
async def open_site(site_id: str | None, url: str, options: dict[str, Any], schedule: str | None) -> SiteRef:
    """Find or make the row that the pages belong to, and note how it is read."""
    reference: SiteRef = await repository.open_site(site_id, url, options, schedule)
    return reference


@component(title="Read the home page", retry=POLITE, timeout=LONGEST_STEP_S)
async def read_home(site_id: str, url: str) -> PageFound:
    """Read the page that all else starts from. Where that cannot be, the run ends with the reason."""
    publish("page", _row(url, "reading"), key=url)
    found = await fetch_and_keep(site_id, url)
    leads_on = found.outcome in (
        Outcome.OK,
        Outcome.THIN,
        Outcome.DUPLICATE,
        Outcome.ELSEWHERE,
        Outcome.NOINDEX,
        Outcome.PARKED,
    )
    _tell(url, found)
    if not leads_on and not (found.outcome == Outcome.NEEDS_SCRIPT and found.links):
        raise UserError(_home_sentence(url, found))
    if found.outcome == Outcome.OK and found.description:
        early = {"title": found.site_name or found.title, "what": found.description, "what_by": grounding.EXTRACT}
        publish("profile", early, key="profile")
    return found


def _home_sentence(url: str, found: PageFound) -> str:
    what = {
        Outcome.GONE: f"There is no page at {url}: {found.note}. Check the address.",
        Outcome.LOGIN_WALL: f"{url} cannot be read without signing in: {found.note}. "
        "Give the address of a public page.",
        Outcome.ROBOTS: f"The robots.txt of {site_host(url)} asks us not to read {url}, so nothing was read. "
        "Its owner can allow it there.",
        Outcome.NON_TEXT: f"{url} is {found.note}. Give the address of a web page.",
        Outcome.NEEDS_SCRIPT: f"{url} {found.note}. Give the address of a page that has text.",
    }
    return what.get(Outcome(found.outcome)) or _sentence(found.note)


def _sentence(note: str) -> str:
    """Return the note with a capital letter at its start, unless it starts with an address."""
    return note if note.startswith(("http://", "https://")) else note[:1].upper() + note[1:]


@component(title="Choose what to read")
async def choose_pages(site: str, groups: list[GroupOfPages], limit: int) -> Choice:
    """Let the model share the pages out among the parts of the site; the rules' own shares stand where it cannot."""
    ours = Choice(budgets=[group.rules for group in groups], by=RULES)
    shown = [(group.label, group.count, group.samples, group.rules) for group in groups]
    said = await answer(prompts.choose_groups(site, shown, limit))
    asked, reasons = budgets.read(said.get("groups") if said else None, groups, limit)
    return Choice(budgets=asked, by=model_name(), reasons=reasons) if asked else ours


@component(title="Note what is not read")
async def note_left_out(site_id: str, rows: list[LeftOutRow], first: bool, gone: list[str]) -> int:
    """Write down pages that are not read, with their reasons, and forget those `gone`; return how many were written."""
    await left_out.keep_left_out(site_id, rows, first, gone)
    return len(rows)


@component(title="Ask what the person wants read")
async def read_wishes(site_id: str, round_number: int) -> Wishes:
    """Return which pages the person has asked to take in or to leave out until now. Each round asks anew."""
    wishes: Wishes = await left_out.wishes_for(site_id)
    return wishes
