"""Hiding known values in any text, whole or as it grows."""

from __future__ import annotations

import json
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.policies.hidden import DOTS, Redactor

SECRET = "p4ss w/ö&rd"
few = st.text("ab", min_size=4, max_size=7)
secrets = st.lists(few, min_size=1, max_size=4)


def shown(redactor: Redactor, pieces: list[str]) -> str:
    """What a stream of these pieces shows in all."""
    told, held = "", ""
    for piece in pieces:
        said, held = redactor.stream(held + piece)
        told += said
    return told + redactor.text(held)


@pytest.mark.parametrize(
    "text",
    [
        f"it is {SECRET}",
        f"https://host/?key={quote(SECRET, safe='')}&x=1",
        f"https://host/?key={quote_plus(SECRET)}",
        f"body: {json.dumps({'key': SECRET})}",
        f"KeyError({SECRET!r})",
        "<b>p4ss w/ö&amp;rd</b>",
        SECRET * 3,
    ],
)
def test_a_secret_is_hidden_in_the_ways_text_holds_it(text: str) -> None:
    hidden = Redactor([SECRET]).text(text)
    assert DOTS in hidden and "p4ss" not in hidden


def test_data_is_hidden_at_every_depth_and_in_keys() -> None:
    data = {"a": [{SECRET: 1}, (f"x{SECRET}",)], "n": 5, "none": None, "yes": True}
    assert Redactor([SECRET]).data(data) == {"a": [{DOTS: 1}, [f"x{DOTS}"]], "n": 5, "none": None, "yes": True}


def test_the_fields_of_the_engine_stay_what_they_are() -> None:
    event = {"type": "step.completed", "step": "dead" * 8, "at": 1, "status": "dead", "text": "dead"}
    assert Redactor(["dead"]).fields(event) == {**event, "text": DOTS}


def test_a_secret_that_looks_like_a_steps_key_is_hidden() -> None:
    key = "0123456789abcdef" * 2
    assert Redactor([key]).data([key, {"x": key}]) == [DOTS, {"x": DOTS}]


@pytest.mark.parametrize("at", range(len(f"say {SECRET}!") + 1))
def test_a_secret_split_at_any_place_of_a_stream_is_hidden(at: int) -> None:
    text = f"say {SECRET}!"
    redactor = Redactor([SECRET])
    first, held = redactor.stream(text[:at])
    assert not any(first.endswith(SECRET[:n]) for n in range(1, len(SECRET)) if first != "say" and n > 1)
    assert shown(redactor, [text[:at], text[at:]]) == f"say {DOTS}!"
    assert first + held == text[:at] or DOTS in first


@given(secrets, st.lists(st.text("abc", max_size=6), max_size=8))
def test_a_stream_in_any_pieces_shows_what_the_whole_text_shows(values: list[str], pieces: list[str]) -> None:
    redactor = Redactor(values)
    assert shown(redactor, pieces) == redactor.text("".join(pieces))


@given(secrets, st.text("abc", max_size=30))
def test_no_secret_is_left_in_a_text(values: list[str], text: str) -> None:
    hidden = Redactor(values).text(text)
    assert not any(value in hidden for value in values)


@given(secrets, st.text("abc", max_size=30))
def test_a_text_that_grows_shows_less_than_four_characters_of_a_secret_at_its_end(values: list[str], text: str) -> None:
    grown = Redactor(values).growing(text)
    assert not any(value in grown for value in values)
    assert not any(grown.endswith(value[:4]) for value in values)


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text("abc"),
        lambda x: st.lists(x) | st.dictionaries(st.text("abc"), x),
    )
)
def test_data_without_the_secret_is_left_as_it_is(data: object) -> None:
    assert Redactor(["secret"]).data(data) == data
