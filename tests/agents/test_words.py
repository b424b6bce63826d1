"""How text is cut into sentences, words and stems."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.text.words import content_stems, names, numbers
from language.sentences import is_complete, one_line, sentences, shorten, split_sentences
from language.stems import stem


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("It runs. It stops.", ["It runs.", "It stops."]),
        ("Use e.g. Redis 8.2. It is fast!", ["Use e.g. Redis 8.2.", "It is fast!"]),
        ("Version 3.11.4 of quillon.py is out. Get it.", ["Version 3.11.4 of quillon.py is out.", "Get it."]),
        ("He said “Stop.” Then he left.", ["He said “Stop.”", "Then he left."]),
        ("Dr. Smith met J. Doe. They talked.", ["Dr. Smith met J. Doe.", "They talked."]),
        ("它很快。它很小。", ["它很快。", "它很小。"]),
        ("No end here", ["No end here"]),
    ],
)
def test_sentences_end_where_a_reader_ends_them(text: str, expected: list[str]):
    assert split_sentences(text) == expected


def test_a_title_does_not_run_into_the_sentence_below_it():
    text = "How jobs are stored\nQuillon keeps every job. Nothing is lost.\n\n- one item\n2. another item"
    assert sentences(text) == [
        "How jobs are stored",
        "Quillon keeps every job.",
        "Nothing is lost.",
        "one item",
        "another item",
    ]


@pytest.mark.parametrize(
    "family",
    [
        "configure configured configuring configures configuration configurations",
        "test tests tested testing",
        "stop stops stopped stopping",
        "store stores stored storing",
        "retry retries retried",
        "use used using uses",
        "install installs installed installation installing installer",
        "run running runs ran",
    ],
)
def test_the_forms_of_a_word_have_one_stem(family: str):
    assert len({stem(word) for word in family.split()}) == 1


@pytest.mark.parametrize("pair", ["queue quality", "journal journey", "port part", "python pylon", "class clash"])
def test_different_words_have_different_stems(pair: str):
    first, second = pair.split()
    assert stem(first) != stem(second)


def test_words_that_carry_nothing_are_left_out():
    assert content_stems("You can also use it for this and for that, however.") == []


def test_a_number_has_one_spelling():
    assert numbers("1,000 jobs") == numbers("a 1000 jobs") == {"1000"}
    assert numbers("five") == numbers("5") == {"5"}
    assert numbers("Python 3.11.") == {"3.11"}
    assert numbers("no figure") == set()


def test_names_are_found_inside_a_sentence():
    assert names("The team at Solaria wrote setup.py and HTTPServer for v2.") == [
        "Solaria",
        "setup.py",
        "HTTPServer",
        "v2",
    ]


def test_a_sentence_without_an_end_is_not_complete():
    assert is_complete("It ends here.")
    assert is_complete("Does it?”")
    assert not is_complete("It does not end")


@given(st.text(max_size=300))
def test_no_text_is_lost_or_added_by_splitting(text: str):
    line = one_line(text)
    assert "".join("".join(split_sentences(line)).split()) == "".join(line.split())
    assert all(sentence.strip() for sentence in sentences(text))


@given(st.text(max_size=300), st.integers(min_value=1, max_value=120))
def test_shortened_text_is_a_beginning_of_the_text(text: str, chars: int):
    line = one_line(text)
    short = shorten(line, chars)
    assert line.startswith(short)
    assert len(short) <= max(chars, len(line) if len(line) <= chars else chars)
