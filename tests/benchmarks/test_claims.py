"""The benchmark of claims: its pairs are what it says, its figures are counted right, and they are met."""

from collections import Counter

import pytest

from benchmarks.claims.pairs import Pair, by_rules, figures, pairs

ALL = pairs()


def _pair(*, true: bool) -> Pair:
    return Pair("en", "topic", "evidence", "claim", true, "", held_back=True)


def test_there_are_enough_pairs_half_of_them_true_in_five_languages_and_thirty_ways():
    assert len(ALL) >= 800
    assert 0.45 <= sum(pair.true for pair in ALL) / len(ALL) <= 0.55
    assert {pair.language for pair in ALL} == {"en", "de", "fr", "es", "ja"}
    assert len({pair.kind for pair in ALL if not pair.true and pair.language == "en"}) >= 30
    assert len({(pair.evidence, pair.claim) for pair in ALL}) == len(ALL)


def test_a_third_is_held_back_by_topic():
    held = Counter(pair.held_back for pair in ALL)
    assert 0.3 <= held[True] / len(ALL) <= 0.36
    topics = {(pair.language, pair.topic): pair.held_back for pair in ALL}
    assert all(topics[pair.language, pair.topic] == pair.held_back for pair in ALL)


def test_figures_are_counted_as_a_person_would():
    judged = [(_pair(true=False), True), (_pair(true=False), False), (_pair(true=True), True), (_pair(true=True), True)]
    assert (figures(judged).false_accepted, figures(judged).true_refused) == (50.0, 0.0)
    judged = [(_pair(true=True), False), (_pair(true=True), True), (_pair(true=True), True), (_pair(true=True), True)]
    assert figures(judged).true_refused == 25.0


@pytest.mark.parametrize("held_back", [False, True])
def test_rules_catch_most_of_what_is_altered_and_refuse_little_that_is_true(held_back: bool):
    figure = figures(by_rules([pair for pair in ALL if pair.held_back == held_back]))
    assert figure.false_accepted <= 30
    assert figure.true_refused <= 4
