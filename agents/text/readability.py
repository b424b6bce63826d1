"""How a text reads: how hard, how long, how evenly. Pure; figures to look at, which no check decides by.

**Flesch–Kincaid grade** (English): J. P. Kincaid, R. P. Fishburne, R. L. Rogers, B. S. Chissom, "Derivation of new
readability formulas for Navy enlisted personnel", Research Branch Report 8-75, 1975. **LIX** (scripts with letters and
spaces): C. H. Björnsson, "Läsbarhet", 1968. Minutes: at 238 words each, M. Brysbaert, "How many words do we read per
minute?", Journal of Memory and Language 109, 2019.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from agents.text.syllables import syllables
from agents.text.words import words
from language.languages import language_of
from language.scripts import words_without_spaces
from language.words import count_words

LONG_SENTENCE = 30
"""Words over which a sentence is told as long."""
_LONG_WORD = 6
_A_MINUTE = 238
_BANDS = (
    (30, "very easy, as a book for children"),
    (40, "easy, as a novel"),
    (50, "medium, as a newspaper"),
    (60, "hard, as an official text"),
)
_HARDEST = "very hard, as a scholarly text"


@dataclass(frozen=True, slots=True)
class Reading:
    """The figures of a text. `grade` and `lix` are None where they are not defined for its language or script.

    `long` counts the sentences of more than LONG_SENTENCE words, `alike` the places where three sentences in a row
    begin with one word.
    """

    words: int
    sentences: int
    longest: int
    long: int
    alike: int
    grade: float | None
    lix: float | None

    @property
    def words_a_sentence(self) -> float:
        return self.words / self.sentences

    @property
    def minutes(self) -> int:
        return max(1, round(self.words / _A_MINUTE))

    @property
    def level(self) -> str:
        """Return in words how hard the text is, by its LIX; "" where that is not defined."""
        if self.lix is None:
            return ""
        return next((said for below, said in _BANDS if self.lix < below), _HARDEST)

    @property
    def told(self) -> str:
        """Return the figures as an editor is told them."""
        parts = [f"{self.words_a_sentence:.0f} words a sentence, the longest {self.longest}"]
        if self.long:
            parts.append(f"{self.long} of {self.sentences} sentences over {LONG_SENTENCE} words")
        if self.alike:
            parts.append(f"three sentences in a row that begin alike, at {self.alike} places")
        if self.grade is not None:
            parts.append(f"Flesch–Kincaid grade {self.grade:.1f}")
        if self.lix is not None:
            parts.append(f"LIX {self.lix:.0f} ({self.level})")
        return "; ".join(parts)


def reading_of(sentences: Sequence[str]) -> Reading | None:
    """Return how these sentences read, in their order; None where there is no word in them."""
    lengths = [count_words(sentence) for sentence in sentences]
    spoken = [sentence for sentence, length in zip(sentences, lengths, strict=True) if length]
    if not spoken:
        return None
    text = " ".join(spoken)
    found = [word for sentence in spoken for word in words(sentence)]
    total, count = sum(lengths), len(spoken)
    has_letters = words_without_spaces(text) * 2 < total
    return Reading(
        words=total,
        sentences=count,
        longest=max(lengths),
        long=sum(length > LONG_SENTENCE for length in lengths),
        alike=_alike(spoken),
        grade=_grade(found, count) if has_letters and language_of(text) == "en" else None,
        lix=_lix(found, count) if has_letters else None,
    )


def _grade(found: Sequence[str], sentences: int) -> float:
    spoken = sum(map(syllables, found))
    return max(0.0, 0.39 * len(found) / sentences + 11.8 * spoken / len(found) - 15.59)


def _lix(found: Sequence[str], sentences: int) -> float:
    long = sum(sum(map(str.isalpha, word)) > _LONG_WORD for word in found)
    return len(found) / sentences + 100 * long / len(found)


def _alike(sentences: Sequence[str]) -> int:
    """Return at how many places a third sentence in a row begins with the word of the two before it."""
    firsts = [next(iter(words(sentence)), "").lower() for sentence in sentences]
    same = [one == other for one, other in pairwise(firsts)]
    runs = [a and b for a, b in pairwise(same)]
    return sum(now and not before for before, now in pairwise([False, *runs]))
