"""Telling a model's answer from our own question handed back. Pure, and the one place for both products.

A weak model repeats what it was asked. Each of its words may be on the page, too ("web", "knowledge", "base"); what
gives it away is that they follow each other as in the question, and not as on the page.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cached_property, lru_cache
from itertools import pairwise

from language.normalisation import folded
from language.words import words as cut_words

Telling = Callable[[str], Sequence[str]]
MADE_OF = 0.6
"""From this share of its neighbouring words on, a sentence is made of the question."""
LONGEST_RUN = 6
"""That many words in a row are in a question and in an answer by no accident, unless the page has them, too."""


class Echo:
    """What was asked, beside the material it was asked about.

    `asked` is the question as it was sent, without the material; `material` is what the answer may repeat. `telling`
    reduces a text to the words that carry meaning, in order and in a common form.
    """

    def __init__(self, asked: str, material: str, telling: Telling) -> None:
        self._material, self._telling = material, telling
        self._asked_runs, self._asked_pairs = _asked(asked, telling)

    def heard_in(self, said: str) -> bool:
        """Return whether what was said is made of the question rather than of the material."""
        repeated = _runs(said) & self._asked_runs
        if repeated and not repeated <= self._material_runs:
            return True
        pairs = self._pairs(said)
        asked = len(pairs & self._asked_pairs)
        return bool(pairs) and asked >= MADE_OF * len(pairs) and asked > len(pairs & self._material_pairs)

    @cached_property
    def _material_runs(self) -> set[tuple[str, ...]]:
        return _runs(self._material)

    @cached_property
    def _material_pairs(self) -> set[tuple[str, str]]:
        return self._pairs(self._material)

    def _pairs(self, text: str) -> set[tuple[str, str]]:
        return _pairs(text, self._telling)


@lru_cache(maxsize=16)
def _asked(asked: str, telling: Telling) -> tuple[set[tuple[str, ...]], set[tuple[str, str]]]:
    """Return what repeats a question: its runs of words and its neighbours. Kept: all pages are asked the same."""
    return _runs(asked), _pairs(asked, telling)


def _pairs(text: str, telling: Telling) -> set[tuple[str, str]]:
    return set(pairwise(telling(text)))


def _runs(text: str) -> set[tuple[str, ...]]:
    words = [folded(word) for word in cut_words(text)]
    return {tuple(words[place : place + LONGEST_RUN]) for place in range(len(words) - LONGEST_RUN + 1)}
