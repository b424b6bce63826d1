"""Without a model, a page's own sentences are its facts: those that say something and can stand alone."""

from __future__ import annotations

import pytest

from ingestion.understanding.own_words import facts_in_own_words
from ingestion.understanding.parts import page_parts
from ingestion.understanding.quotes import Quotable


@pytest.mark.parametrize(
    ("sentence", "kind"),
    [
        ("Vela is a marina on the northern shore of Lake Orta.", "term"),
        ("A berth for a boat of up to 8 metres costs € 950 a year.", "price"),
        ("The eastern pier was rebuilt after the flood of 1993.", "event"),
        ("Up to 240 boats find a place behind the breakwater.", "other"),
        ("Die Marina bietet Liegeplätze für Segelboote und Ruderboote.", "term"),
        ("潮汐閘門とは、潮の満ち引きに合わせて開閉する水門です。", "term"),
        ("年会費は12,000円で、鍵の貸し出しを含みます。", "price"),
    ],
)
def test_a_sentence_that_says_something_is_a_fact(sentence: str, kind: str) -> None:
    (fact,) = facts_in_own_words(f"## A heading\n{sentence}\nRead more")
    assert (fact.statement, fact.quote, fact.kind, fact.by) == (sentence, sentence, kind, "extract")


@pytest.mark.parametrize(
    "sentence",
    [
        "This is reasonable, since it costs 12 euros only.",
        "It was built in 1993 by the people of the village.",
        "However, 240 boats find a place there in summer.",
        "Learn how we can help you to reach your goals.",
        "Home | Pricing | Contact | 2026 | All rights reserved.",
        "In 1993 the eastern pier was",
        "5.14.4.1. What are release-critical bugs, and how do they get counted?",
        "You may redistribute it under the terms of the GNU General Public License, version 2.",
        "しかし、年会費は12,000円です。",
        "The separator is the string that was given to the method.",
        "Return True if x is a positive number or another one.",
        "Nightly is the only way for a member to stay longer.",
        "The experimental distribution is a special distribution.",
        "See Section 21.1 for the rules of the harbour.",
        "3. Tie the boat to the ring of the pier.",
    ],
)
def test_a_sentence_that_hangs_on_another_or_says_nothing_is_none(sentence: str) -> None:
    assert facts_in_own_words(sentence) == []


def test_the_facts_are_few_in_the_page_s_order_and_on_the_page() -> None:
    text = "\n".join([f"Pier {n} has room for {n * 7} boats of any length." for n in range(1, 30)])
    text += "\nVela is a marina on the northern shore of Lake Orta."
    facts = facts_in_own_words(text, most=5)
    assert len(facts) == 5 and facts[-1].statement.startswith("Vela is")
    assert [fact.statement for fact in facts[:-1]] == text.splitlines()[:4]
    assert all(Quotable(text).find(fact.quote) for fact in facts)


def test_a_long_page_is_cut_at_its_headings_and_loses_no_word() -> None:
    text = "\n".join(f"## Section {n}\n" + "words of it " * 100 for n in range(12))
    parts = page_parts(text, chars=3000, most=99)
    assert all(len(part) <= 3000 for part in parts)
    assert all(part.startswith("## Section") for part in parts)
    assert " ".join(parts).split() == text.split()
    assert len(page_parts(text, chars=3000, most=2)) == 2
    assert page_parts("x" * 7001, chars=3000) == ["x" * 3000, "x" * 3000, "x" * 1001]


@pytest.mark.parametrize(
    "sentence",
    [
        "All members are expected to be on this list in the year 2020.",
        "Since the eastern pier is an open one, 240 boats find a place there.",
        "The house rules are also worth reading, all 12 of them.",
        "Vela provides also the possibility to moor a boat for 12 hours.",
        "The harbour office offers the possibility to book a berth 30 days ahead.",
        "Die Werft bietet die Möglichkeit, 40 Boote im Winter unter Dach zu lagern.",
        "A common example is the sluice of the eastern basin, which has 12 gates.",
        "Marks are the most common way to find the channel, and there are 30 of them.",
        "In the query the length stands as boat_length = $1 and is given later.",
        "The register is called with $# values, of which $1 and $2 are the boat's length and its draught.",
        '"$@" stands for the boats that were named, "$1" for the first of them.',
        "こうしたことは次の3つの手順を組み合わせると港でもできます。",
        "西の港とは異なり、東の港では予約を2日前までに行います。",
        "港湾事務所によって提供される図面は2種類あります。",
    ],
)
def test_a_sentence_that_defines_nothing_is_no_term(sentence: str) -> None:
    assert [fact.kind for fact in facts_in_own_words(sentence)] in (["event"], ["other"])


@pytest.mark.parametrize(
    ("sentence", "date"),
    [
        ("The eastern pier was opened in March 1987 by the mayor of the town.", "1987"),
        ("Die Werft wurde im Jahr 1952 gegründet und steht seither am Hafen.", "1952"),
        ("Released 2023-03-06, this register replaces the one on paper.", "2023-03-06"),
        ("港は1987年に開かれ、その後改修されました。", "1987"),
        ("A key must be greater than 2048 bits, and there is no reason to use a smaller one.", ""),
        ("The marks follow the convention of RFC 1951, which each harbour of the coast knows.", ""),
        ("Days are written as in other registers, for example Thu, 07 Apr 2005.", ""),
        ("More than 2000 boats lie here over the winter, most of them under a roof.", ""),
    ],
)
def test_a_figure_is_a_year_where_it_is_said_of_time(sentence: str, date: str) -> None:
    assert [fact.date for fact in facts_in_own_words(sentence)] == [date]


@pytest.mark.parametrize(
    "sentence",
    [
        "Names are quoted as it is said of the sailing register (see quay-register(1)).",
        "The harbour office’s i18n code is for all of its registers alike.",
        "Fourth International Conference on Harbours, 6–10 March 1995.",
        "(For 40 feet and more, ask for a place in the eastern basin.",
        "A null mark means that the boat is not in the register of the harbour.",
    ],
)
def test_a_figure_in_a_name_a_part_of_a_sentence_and_a_case_of_a_thing_are_no_facts(sentence: str) -> None:
    assert facts_in_own_words(sentence) == []


TABLE = """\
Prices hold for one night.
Room | Weekdays | Weekends
Garden room | 90 € | 120 €
Tower room | 140 € |
Breakfast | 07:00 | 08:00
"""


def test_a_row_of_prices_is_a_fact_under_its_head() -> None:
    facts = facts_in_own_words(TABLE)
    assert [(fact.statement, fact.about, fact.kind) for fact in facts] == [
        ("Garden room: Weekdays 90 €, Weekends 120 €", "", "price")
    ], "the last column of the tower room is empty, so that its line has fewer cells, and breakfast has no price"
    assert all(Quotable(TABLE).find(fact.quote) for fact in facts)


def test_a_table_without_a_head_or_of_other_things_is_none() -> None:
    assert facts_in_own_words("Garden room | 90 €\nTower room | 140 €\n") == []
    assert facts_in_own_words("Option | Meaning\n-v | verbose\n-q | quiet\n") == []


@pytest.mark.parametrize(
    ("sentence", "about"),
    [
        ("The small plan costs 10 euros a month.", "The small plan"),
        ("Une nuit supplémentaire coûte 25 euros par personne.", "Une nuit supplémentaire"),
        ("貸切風呂は45分2,200円です。", "貸切風呂"),
        ("Admission costs 12 euros for everybody above six.", ""),
    ],
)
def test_a_price_is_that_of_what_is_named_by_two_words(sentence: str, about: str) -> None:
    (fact,) = facts_in_own_words(sentence)
    assert (fact.kind, fact.about) == ("price", about)
