"""A quote is found where the page says it, in the page's own words, and nowhere else."""

from __future__ import annotations

import pytest

from ingestion.understanding.quotes import Quotable

PAGE = (
    "## Opening hours\n"
    "The harbour’s gate is open from 06:00 to 22:00 — on Sundays, it’s not opened before 9.\n"
    "A berth costs €1,250.50 a year; boats over 12\u00a0m don't fit.\n"
    "The dis\u00adtance is 5–7 nautical miles, ﬁve of them in open water.\n"
    "干潮の2時間前に水門を閉めます。流速は毎秒１．５メートルを超えてはなりません。"
)


@pytest.mark.parametrize(
    ("said", "stands"),
    [
        ("The harbour's gate is open from 06:00 to 22:00", "The harbour’s gate is open from 06:00 to 22:00"),
        ("the harbour's gate is open\nfrom 06:00 to 22:00", "The harbour’s gate is open from 06:00 to 22:00"),
        ("A berth costs €1,250.50 a year", "A berth costs €1,250.50 a year"),
        ("boats over 12 m don’t fit.", "boats over 12\u00a0m don't fit"),
        ("The distance is 5-7 nautical miles", "The dis\u00adtance is 5–7 nautical miles"),
        ("five of them in open water", "ﬁve of them in open water"),
        ("干潮の2時間前に水門を閉めます", "干潮の2時間前に水門を閉めます"),
        ("流速は毎秒1.5メートル", "流速は毎秒１．５メートル"),
        ("The harbour's gate is open … it's not opened before 9", "The harbour’s gate is open"),
    ],
)
def test_signs_between_words_may_differ(said: str, stands: str) -> None:
    assert Quotable(PAGE).find(said) == stands


@pytest.mark.parametrize(
    "said",
    [
        "The harbour's gate is open from 06:00 to 23:00",
        "on Sundays, it’s opened before 9",
        "A berth costs €1,250.00 a year",
        "A berth costs €125050 a year",
        "boats over 12 m do fit",
        "The distance is 57 nautical miles",
        "arbour's gate is open from 06:00 to 22:00",
        "it's not opened before 9 … The harbour's gate is open",
        "干潮の3時間前に水門を閉めます",
        "is",
        "",
        "…",
    ],
)
def test_what_the_page_does_not_say_is_not_found(said: str) -> None:
    assert Quotable(PAGE).find(said) == ""


def test_a_quote_may_be_all_of_a_page() -> None:
    assert Quotable("All of it.").find("all of it") == "All of it"
