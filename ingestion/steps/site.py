"""The site as a whole: its rules, its row, its home page, its sitemap, and which of its pages to read."""

from __future__ import annotations

from django.conf import settings

from genisys import UserError, component, publish
from genisys.net import FetchError, FetchFailed, FetchTimeout
from ingestion import repository
from ingestion.content import parsing
from ingestion.describing import grounding, prompts
from ingestion.describing.model import answer
from ingestion.models import Page
from ingestion.requests import Choice, GroupOfPages, PageFound, SitemapPages, SiteRef
from ingestion.steps.display import page_row as _row
from ingestion.steps.display import show_page as _tell
from ingestion.steps.fetching import fetch_and_keep
from ingestion.steps.limits import LONGEST_STEP_S, POLITE
from ingestion.web import robots, sitemap
from ingestion.web.links import canonical, junk, same_site, site_host
from ingestion.web.reader import SiteBusy, ask
from ingestion.web.robots import Robots
from runs.providers import model_name

RULES = "rules"
MOST_SITEMAP_PAGES = 5000
Outcome = Page.Outcome


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
async def open_site(site_id: str | None, url: str) -> SiteRef:
    """Find or make the row that the pages belong to."""
    reference: SiteRef = await repository.open_site(site_id, url)
    return reference


@component(title="Read the home page", retry=POLITE, timeout=LONGEST_STEP_S)
async def read_home(site_id: str, url: str) -> PageFound:
    """Read the page that all else starts from. Where that cannot be, the run ends with the reason."""
    publish("page", _row(url, "reading"), key=url)
    found = await fetch_and_keep(site_id, url)
    leads_on = found.outcome in (Outcome.OK, Outcome.THIN, Outcome.DUPLICATE, Outcome.NOINDEX, Outcome.ELSEWHERE)
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


@component(title="Read the sitemap", timeout=LONGEST_STEP_S)
async def read_sitemaps(home: str, named: list[str]) -> SitemapPages:
    """Collect the pages that the site's sitemaps name. A sitemap that is missing or broken is no fault."""
    waiting = [(url, 0) for url in named or sitemap.usual_places(home)]
    guessed = not named
    pages: dict[str, None] = {}
    seen: set[str] = set()
    read = 0
    notes: list[str] = []
    while waiting and len(seen) < sitemap.MOST_FILES and len(pages) < MOST_SITEMAP_PAGES:
        url, depth = waiting.pop(0)
        address = canonical(url, home)
        if address is None or address in seen:
            continue
        seen.add(address)
        try:
            fetched = await ask(address, max_bytes=sitemap.MOST_BYTES)
        except (FetchError, SiteBusy) as error:
            notes.append(error.message)
            continue
        if fetched.status != 200:
            continue
        try:
            parsed = await parsing.addresses(fetched.body)
        except parsing.TooHard as error:
            notes.append(f"{address} was given up: {error}.")
            continue
        if parsed.broken and not guessed:
            notes.append(f"{address} could not be read to its end.")
        read += bool(parsed.pages or parsed.sitemaps)
        for found in parsed.pages:
            page = canonical(found, home)
            if page is not None and same_site(page, home) and not junk(page):
                pages[page] = None
        if depth < sitemap.DEEPEST:
            waiting.extend((found, depth + 1) for found in parsed.sitemaps)
        if guessed and read:
            waiting = [(found, level) for found, level in waiting if level > 0]
    return SitemapPages(pages=list(pages)[:MOST_SITEMAP_PAGES], files=read, note=" ".join(notes)[:500])


@component(title="Choose what to read")
async def choose_pages(site: str, groups: list[GroupOfPages], limit: int) -> Choice:
    """Let the model say which parts of the site matter most; the rules' own order stands where it says nothing."""
    shown = [(group.label, group.count, group.samples) for group in groups]
    said = await answer(prompts.choose_groups(site, shown, limit))
    numbers = said.get("groups") if said else None
    order = [
        number - 1
        for number in (numbers if isinstance(numbers, list) else [])
        if isinstance(number, int) and not isinstance(number, bool) and 1 <= number <= len(groups)
    ]
    order = list(dict.fromkeys(order))
    return Choice(order=order, by=model_name()) if order else Choice(order=list(range(len(groups))), by=RULES)
