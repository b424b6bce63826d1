"""The measure of search is itself right, and its questions fit their pages."""

from __future__ import annotations

from collections import Counter

from benchmarks.retrieval.command import NOT_FOUND, figures, place_of
from benchmarks.retrieval.corpus import HELD_BACK, questions, sites


def test_a_page_counts_at_its_first_passage_and_once() -> None:
    assert place_of({"c"}, ["a", "a", "b", "c", "c"]) == 3
    assert place_of({"c", "b"}, ["a", "b", "c"]) == 2
    assert place_of({"d"}, ["a", "b"]) == NOT_FOUND


def test_figures_are_shares_of_all_questions() -> None:
    assert figures([1, 2, 5, 6, NOT_FOUND]) == {"questions": 5, "top1": 0.2, "top5": 0.6, "mrr": 0.373}


def test_each_question_has_its_page_and_each_language_enough_questions() -> None:
    pages = {name: {page.name for page in of_site} for name, of_site in sites().items()}
    asked = questions()
    assert len(asked) >= 100 and len(pages) >= 6
    assert all(question.pages <= pages[question.site] for question in asked)
    assert min(Counter(question.language for question in asked).values()) >= 15
    assert len({(question.site, question.text) for question in asked}) == len(asked)


def test_half_of_the_sites_are_held_back_with_all_their_questions() -> None:
    held, tuned = ({q.site for q in questions() if q.held_back is kept} for kept in (True, False))
    assert held == HELD_BACK and not held & tuned and held | tuned == set(sites())
    assert len(held) == len(tuned)
