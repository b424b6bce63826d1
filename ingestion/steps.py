"""The components of `ingest-site`. Each may run twice with the same outcome; each is recorded once.

What is asked of the site, of the model and of the database is asked here; what follows from the answers is decided in
plain functions elsewhere.
"""

from __future__ import annotations

from urllib.parse import urlsplit

from django.conf import settings

from genisys import Retry, StepFailed, UserError, component, publish, status
from genisys.net import FetchError, FetchFailed, FetchTimeout
from ingestion import grounding, injection, parsing, prompts, repository, robots, sitemap
from ingestion.fetching import fetch_and_keep
from ingestion.links import canonical, junk, same_site, site_host
from ingestion.model import answer
from ingestion.models import Page
from ingestion.reader import SiteBusy, ask
from ingestion.requests import Choice, GroupOfPages, PageFound, PageNote, SitemapPages, SiteProfile, SiteRef
from ingestion.robots import Robots
from runs.providers import model_name

RULES = "rules"
LONGEST_STEP_S = 300.0
MOST_PROFILE_LINES = 14
MOST_SITEMAP_PAGES = 5000
Outcome = Page.Outcome

_POLITE = Retry(attempts=3, base=1.0, cap=20.0)


def path_of(url: str) -> str:
    """Return an address as it is shown among its site's."""
    parts = urlsplit(url)
    return f"{parts.path or '/'}?{parts.query}" if parts.query else parts.path or "/"


@component(title="Ask what may be read", retry=Retry(attempts=3, base=1.0, cap=20.0), timeout=LONGEST_STEP_S)
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


@component(title="Read the home page", retry=_POLITE, timeout=LONGEST_STEP_S)
async def read_home(site_id: str, url: str) -> PageFound:
    """Read the page that all else starts from. Where that cannot be, the run ends with the reason."""
    publish("page", _row(url, "reading"), key=url)
    found = await fetch_and_keep(site_id, url)
    leads_on = found.outcome in (Outcome.OK, Outcome.THIN, Outcome.DUPLICATE, Outcome.ELSEWHERE)
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


@component(title=lambda site_id, url: f"Read {path_of(url)}", retry=_POLITE, timeout=LONGEST_STEP_S)
async def read_page(site_id: str, url: str) -> PageFound:
    """Read one page and keep its text and passages."""
    publish("page", _row(url, "reading"), key=url)
    found = await fetch_and_keep(site_id, url)
    _tell(url, found)
    return found


@component(title=lambda site_id, url, note: f"Note why {path_of(url)} failed")
async def mark_failed(site_id: str, url: str, note: str) -> PageFound:
    """Write down that a page could not be read, and why."""
    kept = await repository.keep_page(site_id, url, Outcome.FAILED, note)
    publish("page", _row(url, "failed", note=note), key=url)
    return PageFound(page_id=kept.page_id, url=url, outcome=kept.outcome, note=kept.note)


def _sentence(note: str) -> str:
    """Begin with a capital letter, unless with an address."""
    return note if note.startswith(("http://", "https://")) else note[:1].upper() + note[1:]


@component(title=lambda page_id, url: f"Understand {path_of(url)}", timeout=LONGEST_STEP_S)
async def describe_page(page_id: int, url: str) -> PageNote:
    """Have the model say what a page is about; keep of it what the page bears out, else the page's own words."""
    page = await repository.page_text(page_id)
    source = f"{page.title}\n{page.description}\n{page.text}"
    question, by = prompts.describe_page(page.title, page.text), model_name()
    try:
        said = await answer(question)
        if said is None:
            said = await answer(question, temperature=0.7)
    except StepFailed:
        # The page is read all the same; the step fails, so that a retry of the run asks the model again.
        await _describe_by_extract(page)
        raise
    summary = ""
    if said:
        summary = grounding.grounded_text(said.get("summary"), source, asked=question.instructions, title=page.title)
    if not said or not summary:
        return await _describe_by_extract(page)
    topics = grounding.grounded_topics(said.get("topics"), source, asked=question.instructions)
    await repository.describe(page_id, summary, by, topics)
    publish("page", _row_read(page, url), key=url)
    return PageNote(page_id=page_id, summary_by=by, topics=topics)


async def _describe_by_extract(page: repository.PageText) -> PageNote:
    topics = grounding.frequent_words([page.title, page.text], most=3)
    summary = grounding.extractive_summary(page.description, page.text, page.title)
    await repository.describe(page.page_id, summary, grounding.EXTRACT, topics)
    publish("page", _row_read(page, page.url, note="in its own words"), key=page.url)
    return PageNote(page_id=page.page_id, summary_by=grounding.EXTRACT, topics=topics)


@component(title="Put together what is known", timeout=LONGEST_STEP_S)
async def write_profile(site: SiteRef, home: PageFound, read: int, skipped: int, failed: int) -> SiteProfile:
    """Say what the site is, from what was understood of its pages; nothing that its pages do not bear out."""
    pages = await repository.digested(site.site_id)
    first = [page for page in pages if page.url == home.url or page.title == home.title][:1] or pages[:1]
    ordered = first + [page for page in pages if page not in first]
    lines = [f"{page.title}: {page.summary}" for page in ordered[:MOST_PROFILE_LINES]]
    title = home.site_name or home.title or site_host(site.url)
    source = "\n".join([title, home.description, *lines, *(page.text for page in first)])
    question = prompts.describe_site(title, [home.description, *lines] if home.description else lines)
    said, asked = await answer(question) or {}, question.instructions
    what = grounding.grounded_text(said.get("what"), source, asked=asked, title=title, most=2)
    audience = _audience(said.get("audience"), source, asked, title)
    lead = ordered[0] if ordered else None
    profile = SiteProfile(
        site_id=site.site_id,
        url=site.url,
        title=title[:300],
        what=what or grounding.extractive_summary(home.description, lead.text if lead else "", title),
        what_by=model_name() if what else grounding.EXTRACT,
        audience=audience,
        audience_by=model_name() if audience else "",
        tone=grounding.tone_of([page.text for page in ordered[:60]]),
        topics=_topics([page.topics for page in pages], [page.title for page in pages]),
        pages_read=read,
        pages_skipped=skipped,
        pages_failed=failed,
        models=await repository.writers(site.site_id),
    )
    if (what or audience) and model_name() not in profile.models:
        profile.models.append(model_name())
    await repository.finish_site(profile)
    publish("profile", profile, key="profile")
    return profile


def _audience(said: object, source: str, asked: str, title: str) -> str:
    text = grounding.whole(said, prompts.AUDIENCE_CHARS) if isinstance(said, str) else ""
    says_something = len(text.split()) >= 2 and grounding.adds_to(text, title)
    return text if says_something and grounding.is_grounded(text, source, asked=asked) else ""


def _topics(by_page: list[list[str]], titles: list[str], most: int = 8) -> list[str]:
    spread: dict[str, int] = {}
    names: dict[str, str] = {}
    for topics in by_page:
        for topic in {topic.lower(): topic for topic in topics}.items():
            spread[topic[0]] = spread.get(topic[0], 0) + 1
            names.setdefault(*topic)
    shared = sorted((key for key in spread if spread[key] > 1), key=lambda key: (-spread[key], key))
    return (
        [names[key] for key in shared[:most]]
        or grounding.frequent_words(titles, most=most)
        or list(names.values())[:most]
    )


def _tell(url: str, found: PageFound) -> None:
    if found.outcome == Outcome.OK:
        stage, note = "read", "not yet understood"  # its text is kept, whatever becomes of the rest
    else:
        stage, note = "failed" if found.outcome == Outcome.FAILED else "skipped", found.note
    row = _row(url, stage, title=found.title, words=found.words, note=note, addresses_model=found.addresses_model)
    publish("page", row, key=url)
    if found.addresses_model:
        status(f"{path_of(url)}: {injection.WORDS}")


def _row_read(page: repository.PageText, url: str, note: str = "") -> dict[str, object]:
    return _row(url, "read", title=page.title, words=page.words, note=note, addresses_model=page.addresses_model)


def _row(
    url: str, stage: str, *, title: str = "", note: str = "", words: int = 0, addresses_model: bool = False
) -> dict[str, object]:
    row: dict[str, object] = {"url": url, "title": title, "stage": stage, "note": note[:300], "words": words}
    return row | {"addresses_model": True} if addresses_model else row
