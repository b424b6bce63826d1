"""Search takes any text, ranks what fits best first, and follows what happens to the passages."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ingestion.models import Page, Passage, Site
from ingestion.search.searching import nothing_good, search

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


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=150)
@given(st.text(max_size=80))
def test_any_text_can_be_asked_for(query: str) -> None:
    search("00000000-0000-0000-0000-000000000000", query)


def page_of(site: Site, name: str, *texts: str) -> None:
    page = Page.objects.create(site=site, url=f"{site.url}{name}", title=name, text="\n".join(texts), outcome="ok")
    Passage.objects.bulk_create(
        Passage(page=page, ordinal=at, heading=name, text=text) for at, text in enumerate(texts)
    )


SCRIPTS = {
    "Japanese": ("設定画面を開いて、プリンターを追加します。", "プリンタの追加"),
    "Chinese": ("如果您想撤销最近一次提交，请使用重置命令。", "怎么撤销提交？"),
    "Thai": ("ฉันไปโรงเรียนทุกวัน", "โรงเรียน"),
    "Hindi": ("यह किताबें सस्ती हैं।", "किताब"),
    "Korean": ("프린터를 추가하려면 설정을 여십시오.", "프린터"),
    "Arabic": ("هذه الطابعة جديدة ورخيصة جدا", "طابعة"),
    "German": ("Die Häuser sind alt, aber schön.", "ein altes Haus"),
    "Hyphen": ("The sub\u00adscription is conﬁdential.", "confidential subscription"),
    "Plus": ("Written in C++ for speed.", "c++"),
    "Sharp": ("Written in C# for Windows.", "C#"),
    "Dot": ("Runs on .NET and node.js.", "node.js"),
    "Version": ("New since v1.2.3 of June.", "1.2.3"),
    "Number": ("It costs 12,500 dollars.", "12500"),
    "Apostrophe": ("L’eau chaude coule.", "eau"),
}


@pytest.mark.parametrize("name", SCRIPTS)
def test_a_page_of_any_script_is_found_by_a_question_in_it(name: str) -> None:
    site = Site.objects.create(url="https://example.com/")
    for title, (text, _) in SCRIPTS.items():
        page_of(site, title, text)
    hits = search(site.pk, SCRIPTS[name][1])
    assert hits[0].page_title == name and not nothing_good(hits)


@pytest.mark.parametrize("query", ["insurance for elephants", "量子力学", "wie backe ich Brot", "∑"])
def test_a_question_that_nothing_answers_is_told_by_its_score(query: str) -> None:
    assert nothing_good(search(make_site().pk, query))


def test_the_score_of_a_good_answer_is_high_and_of_a_worse_one_lower() -> None:
    best, other = search(make_site().pk, "the pressure of a heating valve")
    assert best.page_title == "Valves" and best.score > 0.9 > other.score > 0


def test_one_page_does_not_fill_the_list() -> None:
    site = Site.objects.create(url="https://example.com/")
    page_of(site, "Long", *[f"The boiler, part {number}, heats the boiler." for number in range(8)])
    page_of(site, "Short", "A boiler needs service once a year, as the law has it, by somebody who knows.")
    assert "Short" in found(site.pk, "boiler", 3)


def test_a_query_as_long_as_a_page_is_answered() -> None:
    site = make_site().pk
    assert found(site, TEXTS["Pumps"] * 50)[0] == "Pumps"


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
