"""A page that is what the site shows for addresses that do not exist is told from the site's own pages."""

from __future__ import annotations

from typing import Any

import pytest

from genisys.testing import run_in_memory
from ingestion.models import Page
from ingestion.outcomes.missing import says_the_same, what_is_missing
from ingestion.requests import IngestRequest
from ingestion.web.missing import Missing, address_of_nothing
from ingestion.workflow import ingest_site
from tests.ingestion.conftest import Answer, html

HOME = "https://acme.example/"
WANDERED = (
    "You have wandered off the path between the orchards. Try the map of the valley, ask the miller at the ford, or "
    "wait for the ferry, which calls at noon and again before dusk."
)
OWN = "The ferry calls at noon and again before dusk, and takes twelve people, four bicycles and one cart at a time."


def probe(text: str, *, url: str = "", home_text: str = OWN, title: str = "Acme") -> Missing:
    address = address_of_nothing(HOME)
    return what_is_missing(address, url or address, title, text, home=HOME, home_text=home_text)


def why(missing: Missing, text: str, *, asked: str = f"{HOME}boats", url: str = "", title: str = "Acme") -> str:
    return says_the_same(missing, asked, url or asked, title, text)


def test_the_page_for_nothing_is_known_again_in_words_that_no_list_has() -> None:
    assert why(probe(WANDERED), WANDERED) == "is what the site shows at an address that does not exist"
    assert why(probe(WANDERED), OWN) == ""


def test_it_is_known_again_although_it_names_the_address_that_was_asked_for() -> None:
    name = address_of_nothing(HOME).removeprefix(HOME)
    missing = probe(f"{WANDERED} You asked for {name}.", title=f"{name} – Acme")
    assert why(
        missing,
        f"{WANDERED} You asked for boats-and-oars.",
        asked=f"{HOME}boats-and-oars",
        title="boats-and-oars – Acme",
    )


def test_a_page_with_a_title_of_its_own_is_a_page_whatever_was_found_of_its_text() -> None:
    assert why(probe(WANDERED), WANDERED, title="Boats – Acme") == ""


def test_a_site_that_shows_its_home_page_everywhere_says_nothing_by_that() -> None:
    assert why(probe(WANDERED, home_text=WANDERED), WANDERED) == ""
    assert why(probe(WANDERED, home_text=""), WANDERED) == ""
    assert why(probe("Not here"), "Not here") == "", "too few words to be known again"


def test_where_the_site_sends_the_lost_is_no_page_but_home_is() -> None:
    sent = probe("Lost?", url=f"{HOME}lost")
    assert "leads to where the site sends" in why(sent, OWN, asked=f"{HOME}old", url=f"{HOME}lost")
    assert why(sent, OWN, asked=f"{HOME}lost") == "", "who asks for that page itself gets it"
    assert why(probe(OWN, url=HOME), OWN, asked=f"{HOME}old", url=HOME) == ""


@pytest.mark.django_db(transaction=True)
async def test_a_reading_asks_once_for_what_cannot_be_there_and_keeps_no_page_like_it(site: Any, model: Any) -> None:
    site.page("/", ["/boats", "/gone", "/lost"])
    site.page("/boats")
    site.otherwise = lambda path: html("Acme", WANDERED) if "." not in path else Answer(b"", 404)
    assert (await run_in_memory(ingest_site, IngestRequest(url=site.url))).error is None
    found = {page.path: (page.outcome, page.note) async for page in Page.objects.all()}
    assert found["/boats"] == ("ok", "")
    assert found["/gone"] == ("soft_404", "is what the site shows at an address that does not exist")
    assert found["/lost"][0] == "soft_404"
    assert sum(path.endswith("-is-not-there") for path in site.log) == 1
    assert not any("is-not-there" in path for path in found)


@pytest.mark.django_db(transaction=True)
async def test_a_site_that_breaks_at_an_unknown_address_is_read_all_the_same(site: Any, model: Any) -> None:
    site.page("/", ["/boats"])
    site.page("/boats")
    site.otherwise = lambda path: Answer(b"broken", 500 if "is-not-there" in path else 404)
    assert (await run_in_memory(ingest_site, IngestRequest(url=site.url))).error is None
    assert {page.path: page.outcome async for page in Page.objects.all()} == {"/": "ok", "/boats": "ok"}
    assert sum(path.endswith("-is-not-there") for path in site.log) == 1
