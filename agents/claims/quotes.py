"""Judge 2: the quotes that a claim could rest on, best first, in any script. Pure.

A quote is up to three neighbouring sentences of one passage. Its score is the share of the claim's words that it holds,
rare ones counting more, and how alike the two are letter by letter (trigrams), which tells inflected forms and scripts
without spaces. No score supports a claim: it chooses what the next judge reads.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from agents.claims.reading import language_of, read
from agents.sources.evidence import Evidence
from language.sentences import joined, one_line, sentences

_WINDOW = 3
LEAST_SCORE = 0.08
"""Below this a quote has nothing to do with the claim."""
_BY_LETTERS = 0.35
_ADDS = 0.25
"""Share of the claim's words that a second quote must have beside the first one's."""


@dataclass(frozen=True, slots=True)
class Quote:
    """Words of a passage that a claim may rest on, as they stand there."""

    passage_id: int
    text: str
    score: float


class Quotes:
    """The passages of a section, made ready to be searched."""

    def __init__(self, evidence: Sequence[Evidence]) -> None:
        text = " ".join(item.text for item in evidence)
        self.language = language_of(text)
        self._windows: list[tuple[int, str, set[str], set[str]]] = []
        for item in evidence:
            found = sentences(item.text)
            for start in range(max(1, len(found) - _WINDOW + 1)):
                window = joined(found[start : start + _WINDOW])
                labelled = f"{item.page_title} {item.heading} {window}"
                self._windows.append((item.passage_id, window, _stems(labelled, self.language), _trigrams(window)))
        self._spread = Counter(stem for _, _, stems, _ in self._windows for stem in stems)

    @property
    def stems(self) -> set[str]:
        """Return every word of the passages that carries meaning."""
        return set(self._spread)

    def best(self, claim: str, most: int = 3, cited: Sequence[int] = (), *, least: float = LEAST_SCORE) -> list[Quote]:
        """Return up to `most` quotes from different passages; those that the writer cited count a little more."""
        stems, letters = _stems(claim, self.language), _trigrams(claim)
        weights = {stem: math.log(1 + len(self._windows) / (1 + self._spread[stem])) + 0.1 for stem in stems}
        total = sum(weights.values()) or 1.0
        best: dict[int, Quote] = {}
        for passage_id, text, held, held_letters in self._windows:
            by_words = sum(weights[stem] for stem in stems & held) / total
            by_letters = len(letters & held_letters) / len(letters) if letters else 0.0
            score = (1 - _BY_LETTERS) * by_words + _BY_LETTERS * by_letters + 0.05 * (passage_id in cited)
            if score >= least and (passage_id not in best or score > best[passage_id].score):
                best[passage_id] = Quote(passage_id, text, score)
        return sorted(best.values(), key=lambda quote: -quote.score)[:most]

    def bearing(self, claim: str, quotes: Sequence[Quote], words: str = "", cited: Sequence[int] = ()) -> list[int]:
        """Return the passages that a supported claim cites: one, or two where the second has what the first lacks.

        `words` decided for the judge: the quote that has them comes first, else one that the writer `cited`.
        """
        if not quotes:
            return []
        named = next((quote for quote in quotes if quote.passage_id in cited), quotes[0])
        first = next((quote for quote in quotes if words and stands_in(words, quote.text)), named)
        wanted = _wanted(claim, self.language)
        missing = wanted - _wanted(first.text, self.language)
        others = [quote for quote in quotes if quote is not first]
        second = max(others, key=lambda quote: len(missing & _wanted(quote.text, self.language)), default=None)
        if second is None:
            return [first.passage_id]
        adds = len(missing & _wanted(second.text, self.language))
        enough = adds >= max(2, _ADDS * len(wanted))
        return [first.passage_id, second.passage_id] if enough else [first.passage_id]


def stands_in(words: str, text: str) -> bool:
    """Return whether these words stand in the text, whatever their case, spaces and marks around them."""
    bare = one_line(words).strip(" .,;:…\"“”‘’'").casefold()
    return bool(bare) and bare in one_line(text).casefold()


def _wanted(text: str, language: str) -> set[str]:
    """Return what a claim must find in its quotes: words of meaning, and amounts. Two weeks are 14 days."""
    reading = read(text, language)
    return set(reading.stems) | {
        f"#{value:g} {amount.dimension}" for amount in reading.amounts for value in amount.in_base
    }


def _stems(text: str, language: str) -> set[str]:
    return set(read(text, language).stems)


def _trigrams(text: str) -> set[str]:
    bare = "".join(letter for letter in text.lower() if letter.isalnum())
    size = 2 if any(ord(letter) > 0x2E80 for letter in bare) else 3
    return {bare[place : place + size] for place in range(len(bare) - size + 1)}
