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
_NEAR, _NEAR_PAGE, _WORDED, _WORDED_PAGE = 50.0, 60.0, 3.0, 1.5
"""What a passage's cosine counts, the mean of its page's best, its BM25 and that of its page, both by the most that the
question could have. Scores are added rather than ranks (Bruch, Gai and Ingber, 2023): how much better the first is than
the second tells more than that it is. Learnt on the sites that are not held back (`benchmarks.retrieval`), rounded."""
_BEST_OF_PAGE = 3


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
    """What is known of all passages, or pages, that are searched: how many, how long on average, how many hold each
    term."""

    passages: int
    average_length: float
    holding: Mapping[str, int]

    def rarity(self, term: str) -> float:
        """Return the term's weight: the fewer passages hold it, the more it tells."""
        held = self.holding.get(term, 0)
        return math.log(1 + (self.passages - held + 0.5) / (held + 0.5))

    def asked(self, terms: Sequence[str]) -> float:
        """Return what the terms weigh together, at least a little."""
        return sum(map(self.rarity, terms)) or 1.0


def by_words(wanted: Mapping[str, Sequence[str]], passages: Sequence[Indexed], within: Collection) -> dict[int, float]:
    """Return the BM25 score of each passage that holds any of the terms, by what the terms weigh: 0 to about 2.

    `wanted` are the question's terms in each language: a passage is asked in its own.
    """
    most = {language: within.asked(terms) for language, terms in wanted.items()}
    return {
        passage.key: score / most[passage.language]
        for passage in passages
        if (score := _bm25(wanted[passage.language], passage, within)) > 0
    }


def coverage(wanted: Sequence[str], passage: Indexed, within: Collection) -> float:
    """Return how much of the question a passage speaks of, 0 to 1: its terms that it holds, by their rarity.

    A term that no passage holds counts as the rarest.
    """
    held = set().union(*passage.fields)
    asked = sum(within.rarity(term) for term in wanted)
    return sum(within.rarity(term) for term in wanted if term in held) / asked if asked else 0.0


def pages_by_words(
    wanted: Sequence[str], holding: Mapping[str, Mapping[int, int]], sizes: Mapping[int, int]
) -> dict[int, float]:
    """Return how much of a question each page speaks of: BM25 in which a page's passages are its words, 0 to about 2.

    `holding` says of each term how many passages of each page hold it, `sizes` how many passages each page has. So a
    page whose passages answer a question together comes before one that has its words in passing.
    """
    average = sum(sizes.values()) / max(len(sizes), 1)
    within = Collection(len(sizes), average, {term: len(pages) for term, pages in holding.items()})
    scores: dict[int, float] = defaultdict(float)
    for term in wanted:
        for page, found in holding.get(term, {}).items():
            scores[page] += within.rarity(term) * _saturated(found, sizes[page], average)
    most = within.asked(wanted)
    return {page: score / most for page, score in scores.items()}


def fuse(
    passages: Sequence[Indexed],
    worded: Mapping[int, float],
    near: Mapping[int, float],
    pages: Mapping[int, float],
) -> dict[int, float]:
    """Return the score of each passage by all that speaks for it and for its page.

    `worded` are the passages' shares of the question, `near` their cosines, `pages` their pages' shares. A passage
    that is not among the nearest counts as the farthest of them.
    """
    farthest = min(near.values(), default=0.0)
    nearest: dict[int, list[float]] = defaultdict(list)
    for passage in passages:
        nearest[passage.page].append(near.get(passage.key, farthest))
    means = {page: _mean_of_best(cosines) for page, cosines in nearest.items()}
    return {
        passage.key: _NEAR * near.get(passage.key, farthest)
        + _NEAR_PAGE * means[passage.page]
        + _WORDED * worded.get(passage.key, 0.0)
        + _WORDED_PAGE * pages.get(passage.page, 0.0)
        for passage in passages
    }


def _mean_of_best(cosines: Sequence[float]) -> float:
    best = sorted(cosines, reverse=True)[:_BEST_OF_PAGE]
    return sum(best) / len(best)


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
    score = 0.0
    for term in wanted:
        if found := sum(weight * count[term] for weight, count in zip(_LABEL_WEIGHTS, counts, strict=True)):
            score += within.rarity(term) * _saturated(found, passage.length, within.average_length)
    return score


def _saturated(found: float, length: int, average: float) -> float:
    longer = 1 - _LENGTH + _LENGTH * length / max(average, 1.0)
    return found * (_SATURATION + 1) / (found + _SATURATION * longer)
