"""Numbers as people write them, and when two are the same."""

import pytest

from agents.claims.amounts import find_amounts


@pytest.mark.parametrize(
    ("text", "language", "value", "dimension"),
    [
        ("1.4 million containers", "en", 1.4e6, ""),
        ("at −20 °C", "en", -20, "temperature"),
        ("€249", "en", 249, "euro"),
        ("half past two", "en", 150, "clock"),
        ("10 pm", "en", 1320, "clock"),
        ("two thirds", "en", 2 / 3, "share"),
        ("twenty-one days", "en", 21, "time"),
        ("vor 12 Euro 50", "de", 12.5, "euro"),
        ("viereinhalb Stunden", "de", 16200, "time"),
        ("3 200 000 Euro", "de", 3.2e6, "euro"),
        ("au moins 4 Go", "fr", 4, "data"),
        ("neuf euros et 90 centimes", "fr", 9.9, "euro"),
        ("1,25 miles de millones", "es", 1.25e9, ""),
        ("千二百円", "ja", 1200, "yen"),
        ("三分の二", "ja", 2 / 3, "share"),
        ("十二台", "ja", 12, "count 台"),
    ],
)
def test_an_amount_is_read_with_its_scale_sign_and_unit(text: str, language: str, value: float, dimension: str):
    amount = find_amounts(text, language)[0]
    assert any(abs(found - value) < 1e-6 for found in amount.values)
    assert amount.dimension == dimension


@pytest.mark.parametrize(
    ("one", "two", "same"),
    [
        ("12,500 boats", "12 500 boats", True),
        ("12.500 boats", "12.5 boats", True),
        ("90 minutes", "1.5 hours", True),
        ("two weeks", "14 days", True),
        ("30 minutes", "30 seconds", False),
        ("5 million", "5", False),
        ("$249", "€249", False),
        ("a fifth", "20 percent", True),
        ("twice a day", "every twelve hours", True),
    ],
)
def test_two_amounts_are_the_same_or_not(one: str, two: str, same: bool):
    assert find_amounts(one, "en")[0].equals(find_amounts(two, "en")[0]) is same


def test_a_dash_between_numbers_is_no_minus():
    assert [min(amount.values) for amount in find_amounts("between 2–8 °C", "en")] == [2, 8]
