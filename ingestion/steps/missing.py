"""Asking a site for an address that cannot exist, to know its pages that are none."""

from __future__ import annotations

from django.conf import settings

from genisys import component
from genisys.net import FetchBlocked, FetchFailed, FetchTimeout, FetchTooLarge
from ingestion import repository
from ingestion.formats.kinds import ASKED_FOR
from ingestion.outcomes.missing import what_is_missing
from ingestion.parser import parsing
from ingestion.steps.limits import LONGEST_STEP_S
from ingestion.web.links import same_site
from ingestion.web.missing import Missing, address_of_nothing
from ingestion.web.reader import SiteBusy, ask, fetch_context
from ingestion.web.robots import product_token


@component(title="Ask for a page that cannot be there", timeout=LONGEST_STEP_S)
async def ask_for_missing(page_id: int) -> Missing:
    """Return what the site gives for an address that does not exist; nothing where that cannot be known.

    It is asked once and never again: what a site answers with 500 is not its pages' fault. `page_id` is its home page.
    """
    home = await repository.page_text(page_id)
    address = address_of_nothing(home.url)
    async with fetch_context() as current:
        if not await current.may_read(address):
            return Missing()
        try:
            fetched = await ask(address, accept=ASKED_FOR)
            if fetched.status != 200 or not same_site(fetched.url, home.url, sub_domains=current.sub_domains):
                return Missing()
            page = await parsing.page(
                fetched.body,
                fetched.headers.get("content-type", ""),
                fetched.url,
                name=product_token(settings.INGEST_USER_AGENT),
            )
        except (SiteBusy, FetchFailed, FetchTimeout, FetchBlocked, FetchTooLarge, parsing.TooHard):
            return Missing()
    return what_is_missing(address, fetched.url, page.title, page.text, home=home.url, home_text=home.text)
