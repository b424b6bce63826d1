"""How a post reads: figures that are those of their sources, for the languages that they are defined for."""

from __future__ import annotations

import pytest

from agents.text.readability import LONG_SENTENCE, reading_of
from agents.text.syllables import syllables
from agents.writing.prompts import edit
from language.sentences import sentences

COUNTED = {
    1: "the be she walked makes goes eyes through year house true whole changed asks friend pier tale rules burnt",
    2: "table tables settled people wanted houses hundred being trying rhythm client quiet react create client fuel "
    "didn't isn't player royal lonely rely useful movement something therefore language science frequent language "
    "million region question pages boxes equal garden winter filter pressure heating valve-seat employed passing",
    3: "radio period various obvious easier carrier employee carrying enjoying influence actual fluently tourism "
    "theory area idea audience important document saturday interest announcement deliver guarantee previous media",
    4: "usually january evaluate situation society variety material mechanism experience algorithm application geology "
    "security information television responsible experiment",
    5: "continuity university organisation electricity administration responsibly-ish refrigerator",
}
"""Words by the number of their syllables, as dictionaries divide them."""
PLAIN = "The cat sat on the mat. It was warm. The sun shone on the floor. The cat slept for an hour."
OFFICIAL = (
    "Notwithstanding the aforementioned considerations, the administration's comprehensive implementation of "
    "environmental regulations necessitates interdepartmental coordination, continuous documentation and independent "
    "verification by appropriately qualified representatives of the participating organisations."
)
GERMAN = "Die Verwaltungsvorschriften regeln die Zuständigkeiten der Behörden. Sie gelten für alle Bundesländer."


def test_syllables_are_counted_as_dictionaries_divide_words() -> None:
    words = [(word, number) for number, listed in COUNTED.items() for word in listed.split()]
    wrong = [(word, number, syllables(word)) for word, number in words if syllables(word) != number]
    assert len(words) > 100
    assert len(wrong) <= 0.05 * len(words), wrong
    assert all(abs(counted - number) == 1 for _, number, counted in wrong)


def test_the_measures_are_those_of_their_formulas() -> None:
    read = reading_of(["The cat sat on the mat.", "It was very cold today."])
    assert read is not None
    assert (read.words, read.sentences, read.longest) == (11, 2, 6)
    assert read.grade == pytest.approx(max(0, 0.39 * 11 / 2 + 11.8 * 13 / 11 - 15.59))
    assert read.lix == pytest.approx(11 / 2 + 100 * 0 / 11)
    longer = reading_of(["Organisations administer documentation."])
    assert longer is not None
    assert longer.lix == pytest.approx(3 + 100)


def test_an_official_text_is_harder_than_a_plain_one() -> None:
    easy, hard = reading_of(sentences(PLAIN)), reading_of(sentences(OFFICIAL))
    assert easy is not None
    assert hard is not None
    assert (easy.level, hard.level) == ("very easy, as a book for children", "very hard, as a scholarly text")
    assert easy.grade is not None
    assert hard.grade is not None
    assert easy.grade < 3 < 16 < hard.grade
    assert (easy.long, hard.long) == (0, int(hard.longest > LONG_SENTENCE))


def test_a_measure_is_given_for_the_languages_that_it_is_defined_for() -> None:
    german, japanese = (
        reading_of(sentences(GERMAN)),
        reading_of(["フィルターは年に一度掃除します。", "水だけを使います。"]),
    )
    assert german is not None
    assert japanese is not None
    assert (german.grade, japanese.grade, japanese.lix) == (None, None, None)
    assert german.lix == pytest.approx(12 / 2 + 100 * 4 / 12)
    assert japanese.level == ""
    assert "LIX" not in japanese.told
    assert reading_of([]) is reading_of(["…", "—"]) is None


@pytest.mark.parametrize(
    ("openings", "places"),
    [("a b a b", 0), ("a a b a a", 0), ("a a a b", 1), ("a a a a a", 1), ("a a a b b b", 2), ("", 0)],
)
def test_three_sentences_in_a_row_that_begin_alike_are_one_place(openings: str, places: int) -> None:
    read = reading_of([f"{'The' if word == 'a' else 'One'} pump runs." for word in openings.split()] or ["It runs."])
    assert read is not None
    assert read.alike == places


def test_the_editor_is_told_how_a_section_reads() -> None:
    asked = edit("Care", "Costs", f"{OFFICIAL} {PLAIN}")
    assert "How it reads now: " in asked.material
    assert "Flesch–Kincaid grade" in asked.material
    assert "the longest" in asked.material
    assert "How it reads" not in asked.instructions, "an answer that repeats it is no leak of ours"
    assert "How it reads" not in edit("Care", "Costs", "").material
