"""Which pages of one title say the same: print versions and sessions do, another figure or name does not."""

from __future__ import annotations

import pytest

from ingestion.content.likeness import says_the_same, words_between

TEXT = " ".join(f"The valve of line {number} keeps the pressure of its loop." for number in range(30))


@pytest.mark.parametrize(
    "other",
    [
        TEXT,
        f"{TEXT} Print this page",
        f"{TEXT} 8f3a9c1d7e5b2a460f8f3a9c",
        "\n".join(reversed(TEXT.split(". "))).replace("loop", "loop.").replace("loop..", "loop."),
    ],
)
def test_what_a_print_version_or_a_session_adds_makes_no_other_page(other: str) -> None:
    assert says_the_same(TEXT, other) and says_the_same(other, TEXT)
    low, high = words_between(len(TEXT.split()))
    assert low <= len(other.split()) <= high


@pytest.mark.parametrize(
    "other",
    [
        TEXT.replace("line 7", "line 70"),
        TEXT.replace("line 7", "Mrs Vela"),
        f"{TEXT} {TEXT[:200]}",
        TEXT[:200],
    ],
)
def test_a_figure_or_a_name_in_place_of_another_makes_another_page(other: str) -> None:
    assert not says_the_same(TEXT, other)


def test_of_a_short_text_a_few_words_are_much() -> None:
    assert not says_the_same("Closed on Mondays.", "Closed on Mondays. And Tuesdays.")
