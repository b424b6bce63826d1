"""How passages are put in order: by words (BM25), by meaning (vectors), both fused, not all from one page. Pure.

Everything is computed from what the passages hold, never by the database, so that each database gives the same order.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

_SATURATION, _LENGTH = 1.2, 0.6
"""BM25's k1 and b (Robertson and Zaragoza, 2009)."""
_LABEL_WEIGHTS = (2.5, 1.5, 1.0)
"""What a term counts in the page's title, in the heading and in the text."""
_DAMPING = 10
"""Reciprocal rank fusion's constant (Cormack, Clarke and Büttcher, 2009, who take 60). Here only two rankings meet, and
the first places of each tell much more than the next: measured, 10 finds more."""


@dataclass(frozen=True, slots=True)
class Indexed:
    """A passage as it is ranked: the terms of its page's title, of its heading and of its text."""

    key: int
    page: int
    language: str
    fields: tuple[Sequence[str], Sequence[str], Sequence[str]]

    @property
    def length(self) -> int:
        return sum(map(len, self.fields))


@dataclass(frozen=True, slots=True)
class Collection:
    """What is known of all passages that are searched: how many, how long on average, how many hold each term."""

    passages: int
    average_length: float
    holding: Mapping[str, int]

    def rarity(self, term: str) -> float:
        """Return the term's weight: the fewer passages hold it, the more it tells."""
        held = self.holding.get(term, 0)
        return math.log(1 + (self.passages - held + 0.5) / (held + 0.5))


def by_words(wanted: Mapping[str, Sequence[str]], passages: Sequence[Indexed], within: Collection) -> dict[int, float]:
    """Return the BM25 score of each passage that holds any of the terms.

    `wanted` are the question's terms in each language: a passage is asked in its own.
    """
    return {
        passage.key: score for passage in passages if (score := _bm25(wanted[passage.language], passage, within)) > 0
    }


def coverage(wanted: Sequence[str], passage: Indexed, within: Collection) -> float:
    """Return how much of the question a passage speaks of, 0 to 1: its terms that it holds, by their rarity.

    A term that no passage holds counts as the rarest.
    """
    held = set().union(*passage.fields)
    asked = sum(within.rarity(term) for term in wanted)
    return sum(within.rarity(term) for term in wanted if term in held) / asked if asked else 0.0


def fuse(rankings: Sequence[Sequence[int]], weights: Sequence[float]) -> dict[int, float]:
    """Return the keys of several rankings, best first each, with their fused scores."""
    scores: dict[int, float] = defaultdict(float)
    for ranking, weight in zip(rankings, weights, strict=True):
        for rank, key in enumerate(ranking):
            scores[key] += weight / (_DAMPING + rank)
    return scores


def best_first(scores: Mapping[int, float]) -> list[int]:
    """Return the keys by score; of equal ones the lower key, so that the order is the same each time."""
    return sorted(scores, key=lambda key: (-scores[key], key))


def spread(order: Sequence[int], page_of: Mapping[int, int], limit: int) -> list[int]:
    """Return the first of an order so that pages take turns.

    A page's second passage comes after all first ones near it: the n-th passage of a page moves back by a factor of n².
    """
    seen: Counter[int] = Counter()
    places: list[tuple[int, int, int]] = []
    for place, key in enumerate(order):
        seen[page_of[key]] += 1
        places.append(((place + 1) * seen[page_of[key]] ** 2, place, key))
    return [key for _, _, key in sorted(places)[:limit]]


def _bm25(wanted: Sequence[str], passage: Indexed, within: Collection) -> float:
    counts = [Counter(terms) for terms in passage.fields]
    longer = 1 - _LENGTH + _LENGTH * passage.length / max(within.average_length, 1.0)
    score = 0.0
    for term in wanted:
        if found := sum(weight * count[term] for weight, count in zip(_LABEL_WEIGHTS, counts, strict=True)):
            score += within.rarity(term) * found * (_SATURATION + 1) / (found + _SATURATION * longer)
    return score
