"""Search takes any text, ranks what fits best first, and follows what happens to the passages."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ingestion.models import Page, Passage, Site
from ingestion.search import query_words, search

pytestmark = pytest.mark.django_db

TEXTS = {
    "Valves": "A valve keeps the pressure of the heating loop. Open the valve by hand.",
    "Pumps": "The pump moves water through the heating loop at night.",
    "Café": "Our café serves running coffee to runners.",
}


def make_site(url: str = "https://example.com/") -> Site:
    site = Site.objects.create(url=url)
    for number, (heading, text) in enumerate(TEXTS.items()):
        page = Page.objects.create(site=site, url=f"{url}{number}", title=heading, outcome="ok")
        Passage.objects.create(page=page, ordinal=0, heading=heading, text=text)
    return site


def found(site: Any, query: str, limit: int = 10) -> list[str]:
    return [hit.page_title for hit in search(site, query, limit)]


def test_the_passage_that_fits_best_comes_first() -> None:
    site = make_site()
    assert found(site.pk, "which valve is in a heating loop?") == ["Valves", "Pumps"]
    assert found(site.pk, "valves") == ["Valves"]
    assert found(site.pk, "CAFE run") == ["Café"]
    assert found(str(site.pk), "loop", 1) == found([str(site.pk)], "loop")[:1]


def test_only_the_sites_that_are_named_are_searched() -> None:
    one, other = make_site(), make_site("https://other.org/")
    assert len(search([one.pk, other.pk], "pump")) == 2
    assert [hit.page_url for hit in search(other.pk, "pump")] == ["https://other.org/1"]
    assert search([], "pump") == search("no id", "pump") == []


@pytest.mark.parametrize(
    "query",
    [
        '"',
        "'",
        "a AND",
        "NEAR(",
        "valve*",
        "heading:valve",
        "-",
        "(",
        ")",
        "^",
        "{a b}",
        "%s %(x)s",
        "valve' OR 1=1 --",
        "\x00valve",
        "∑",
        "_",
        "___",
        "the of and",
        "",
        "   ",
        "NOT",
        "a:b:c",
        "🦄",
        "valve " * 500,
    ],
)
def test_no_query_is_a_syntax_error(query: str) -> None:
    search(make_site().pk, query)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=150, deadline=None)
@given(st.text(max_size=80))
def test_any_text_can_be_asked_for(query: str) -> None:
    search("00000000-0000-0000-0000-000000000000", query)


def test_words_without_meaning_are_dropped_unless_they_are_all_there_is() -> None:
    assert query_words("What is the pressure of a valve?") == ["pressure", "valve"]
    assert query_words("to be or not to be") == ["to", "be", "or", "not"]


def test_the_index_follows_change_and_removal() -> None:
    site = make_site()
    passage = Passage.objects.get(heading="Pumps")
    passage.text = "The turbine spins."
    passage.save()
    assert found(site.pk, "turbine") == ["Pumps"]
    assert found(site.pk, "night") == []
    passage.delete()
    assert found(site.pk, "turbine") == []
    Page.objects.filter(title="Valves").update(outcome="gone")
    assert found(site.pk, "valve") == []
    site.delete()
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("INSERT INTO ingestion_passage_fts(ingestion_passage_fts) VALUES ('integrity-check')")
