"""The workflow `ingest-site`: from an address to a knowledge base of pages, passages and a profile.

Decisions follow only from what steps returned, in the order of the pages and never of their arrival, so that a replay
decides the same again. `ingestion.reading` reads; here is what comes before and after.
"""

from __future__ import annotations

from django.conf import settings
from pydantic import BaseModel, Field

from genisys import StepFailed, UserError, request_input, status, workflow
from ingestion.choosing.arrival import is_close, looks_parked
from ingestion.describing.model import asking
from ingestion.models import Page
from ingestion.reading import Reading, pages_in_words
from ingestion.requests import IngestRequest, PageFound, SiteProfile, SiteRef
from ingestion.steps.meaning import index_meaning
from ingestion.steps.profile import write_profile
from ingestion.steps.site import open_site, read_home, read_robots
from ingestion.web.addresses import addresses_to_try
from ingestion.web.links import same_site, site_host
from ingestion.web.reader import FetchContext, fetch_context
from ingestion.web.robots import Robots

ANSWER_WITHIN_S = 120
Outcome = Page.Outcome


class GoOn(BaseModel):
    """A person's answer to what was found at the address."""

    go_on: bool = Field(default=True, title="Read it")


def _title(request: IngestRequest) -> str:
    return f"Read {request.url.strip().removeprefix('https://').removeprefix('http://').strip('/')}"[:200]


@workflow(name="ingest-site", title=_title)
async def ingest_site(request: IngestRequest) -> SiteProfile:
    """Read a web site into the knowledge base: its pages are chosen, read one by one, understood and kept."""
    async with fetch_context() as current, asking():
        site, home, rules = await _arrive(request, current)
        reading = Reading(site, home, rules, request)
        current.languages, current.sub_domains = reading.languages, request.sub_domains
        await reading.plan()
        await reading.read()
        status("Putting together what is known")
        profile = await write_profile(
            site, home.model_copy(update={"links": []}), reading.read_count, reading.skipped, reading.failed
        )
        await _make_findable(site)
        left = f", {reading.comprehension.failed} of them not understood" if reading.comprehension.failed else ""
        status(f"{pages_in_words(profile.pages_read)} of {profile.title} read{left}")
        return profile


async def _arrive(request: IngestRequest, current: FetchContext) -> tuple[SiteRef, PageFound, Robots]:
    """Find the site, and ask the person where it is not clear that it is the one that was meant."""
    status("Looking for the site")
    rules = await read_robots(addresses_to_try(request.url, settings.INGEST_ALLOWED_PRIVATE_HOSTS))
    site = await open_site(request.site_id, rules.start_url, request.options(), request.schedule)
    status("Reading the home page")
    current.rules, current.home = rules, rules.start_url
    home = await read_home(site.site_id, rules.start_url)
    if not same_site(home.url, rules.start_url):
        started = rules.start_url
        await _agreed_to_move(started, home.url)
        status(f"{site_host(started)} sends us to {site_host(home.url)}, which is read instead")
        rules = await read_robots([home.url])
        current.rules, current.home = rules, rules.start_url
        home = await read_home(site.site_id, rules.start_url)
    if home.outcome == Outcome.PARKED or looks_parked(home.title, home.description, home.words, home.url):
        await _agreed_to_read_parked(home)
    return site, home, rules


async def _agreed_to_move(start: str, url: str) -> None:
    """Ask whether a site elsewhere is meant. Raises UserError where the person says no; no answer means yes."""
    if is_close(url, start):
        return
    here, there = site_host(start), site_host(url)
    question = f"{here} sends us to {there}. Read {there} instead?"
    answer = await request_input(GoOn, question, name="moved", deadline=ANSWER_WITHIN_S, default=GoOn())
    if not answer.go_on:
        raise UserError(f"{here} leads to {there}, which you did not want read, so nothing was. Give another address.")


async def _agreed_to_read_parked(home: PageFound) -> None:
    """Ask whether a domain for sale is meant. Raises UserError where it is not; no answer means that."""
    host = site_host(home.url)
    question = f"{host} looks like a domain that is for sale or parked (“{home.title[:100]}”). Read it all the same?"
    no = GoOn(go_on=False)
    answer = await request_input(GoOn, question, name="parked", deadline=ANSWER_WITHIN_S, default=no)
    if not answer.go_on:
        raise UserError(f"{host} looks parked: its page only offers the domain. Nothing was read. Check the address.")


async def _make_findable(site: SiteRef) -> None:
    try:
        await index_meaning(site)
    except StepFailed as error:
        status(f"Its passages are found by their words alone, not by what they mean: {error.message}")
