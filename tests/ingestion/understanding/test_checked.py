"""What a model says of a page stays where the page bears it out, and is counted where it does not."""

from __future__ import annotations

from typing import Any

import pytest

from genisys.localmodel import MODEL_NAME
from ingestion.describing.model import understands
from ingestion.understanding.checked import checked, joined
from ingestion.understanding.question import about_page
from ingestion.understanding.understood import Understood

TITLE = "Berths and fees"
PAGE = (
    "Vela is a marina on the northern shore of Lake Orta. Since May 2024 a berth costs 1,250 euros a year.\n"
    "Boats longer than 12 metres must be announced two days before they arrive.\n"
    "Can I stay overnight? Guests may stay for three nights without a contract."
)
ASKED = about_page(TITLE, PAGE)


def understood(**said: Any) -> Understood:
    return checked(said, ASKED, TITLE, PAGE, "a-model")


def fact(statement: str, quote: str, **more: str) -> dict[str, str]:
    return {"statement": statement, "quote": quote, "kind": "rule", "about": "", "date": "", **more}


def test_a_fact_in_words_of_its_own_stays_with_the_page_s_words_for_it() -> None:
    said = fact(
        "A yearly berth at Vela costs 1,250 euros since May 2024.",
        "since May 2024 a berth costs 1,250 euros a year",
        kind="price",
        about="berth",
        date="2024-05",
    )
    (kept,) = understood(facts=[said]).facts
    assert kept.quote == "Since May 2024 a berth costs 1,250 euros a year"
    assert (kept.kind, kept.about, kept.date, kept.by) == ("price", "berth", "2024-05", "a-model")


@pytest.mark.parametrize(
    "said",
    [
        fact("A berth costs 1,350 euros a year.", "a berth costs 1,250 euros a year"),
        fact("A berth costs 1,250 euros a year.", "a berth costs 1,350 euros a year"),
        fact("A berth costs 1,250 euros a year.", ""),
        fact("", "a berth costs 1,250 euros a year"),
        fact("Fishing licences are sold at reception daily.", "Guests may stay for three nights"),
    ],
)
def test_a_fact_that_the_page_does_not_bear_out_is_dropped_and_counted(said: dict[str, str]) -> None:
    found = understood(facts=[said])
    assert (found.facts, found.dropped) == ([], 1)


def test_a_date_that_the_page_does_not_give_is_left_out() -> None:
    said = fact("A berth costs 1,250 euros a year.", "a berth costs 1,250 euros a year", date="2023-05")
    assert understood(facts=[said]).facts[0].date == ""


def test_an_answer_of_any_other_shape_is_no_failure() -> None:
    odd: Any = {"facts": [1, None, {"quote": 3}], "type": 7, "summary": [], "entities": "x", "questions": {"a": 1}}
    found = understood(**odd)
    assert (found.kind, found.summary, found.facts, found.entities, found.questions) == ("other", "", [], [], [])
    assert found.dropped == 1


def test_entities_and_questions_are_the_page_s_own() -> None:
    found = understood(
        type="pricing",
        entities=[{"name": "vela", "kind": "organisation"}, {"name": "Port Royal", "kind": "place"}],
        questions=["Can guests stay overnight without a contract?", "Which bank do you use for leasing?"],
    )
    assert found.kind == "pricing"
    assert [(each.name, each.kind) for each in found.entities] == [("Vela", "organisation")]
    assert found.questions == ["Can guests stay overnight without a contract?"]


def test_our_own_question_is_no_summary() -> None:
    assert understood(summary="Say what kind of page it is, with facts that the page states.").summary == ""
    assert understood(summary="Vela is a marina on Lake Orta where a berth costs 1,250 euros.").summary


def test_the_parts_of_a_page_are_one_page() -> None:
    said = fact("A berth costs 1,250 euros a year.", "a berth costs 1,250 euros a year")
    other = fact("Guests may stay for three nights.", "Guests may stay for three nights")
    whole = joined([understood(facts=[said, other], type="pricing"), understood(facts=[said], summary="")])
    assert [each.statement for each in whole.facts] == [said["statement"], other["statement"]]
    assert whole.kind == "pricing"


def test_the_built_in_model_is_asked_about_english_alone() -> None:
    english, german, japanese = (
        "The harbour is open to all boats, and the berths are let by the day.",
        "Der Hafen ist für alle Boote offen, und die Liegeplätze werden tageweise vermietet.",
        "港はすべての船に開かれており、係留場所は日ごとに貸し出されます。",
    )
    assert [understands(MODEL_NAME, text) for text in (english, german, japanese)] == [True, False, False]
    assert all(understands("gpt-4.1-mini", text) for text in (german, japanese))
