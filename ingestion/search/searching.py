"""The one search: by words and by meaning, fused by rank, over several pages, with a score that says how good it is."""

from __future__ import annotations

import uuid
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from statistics import median

from asgiref.sync import sync_to_async

from ingestion.search import meaning
from ingestion.search.candidates import Row, Sites, rows
from ingestion.search.ranking import Collection, best_first, by_words, coverage, fuse, pages_by_words, spread
from language.terms import query_terms

MOST_TERMS = 48
NOTHING_GOOD = 0.3
"""A best score under it means that nothing good was found."""
_LOOKED_AT = 200
"""Passages that are ranked in full, of those proposed by words."""
_LONGEST_QUERY = 2000
_COMPARED, _FEWEST_COMPARED = 50_000, 12
"""How many passages are compared in meaning: beyond the one, the first are; below the other, none."""


@dataclass(frozen=True, slots=True)
class Hit:
    """A passage that was found, and how much of the question it answers: 0 to 1 (see `NOTHING_GOOD`)."""

    passage_id: int
    page_url: str
    page_title: str
    heading: str
    text: str
    score: float


def search(site_ids: str | uuid.UUID | Iterable[str | uuid.UUID], query: str, limit: int = 10) -> list[Hit]:
    """Return the passages of these sites that answer the query, best first. No text makes it fail.

    Whatever a person types is taken as words, never as query syntax. Any of them may match, and where there is a model
    for it, what means the same in other words. Pages take turns: one page does not fill the list.
    """
    sites = Sites(site_ids)
    query = query[:_LONGEST_QUERY].replace("\x00", " ")
    if not sites or limit < 1 or not query.strip():
        return []
    wanted = {language: query_terms(query, language)[:MOST_TERMS] for language in sites.languages()}
    asked = _asked(sites, wanted)
    near = meaning.nearest(query, sites.vectors, _LOOKED_AT)
    found = {row.indexed.key: row for row in rows(list(dict.fromkeys([*asked.proposed, *near])))}
    passages = [row.indexed for row in found.values()]
    pages = {each.page: asked.pages[each.language].get(each.page, 0.0) for each in passages}
    fused = fuse(passages, by_words(wanted, passages, asked.within), near, pages)
    order = spread(best_first(fused), {key: row.indexed.page for key, row in found.items()}, limit)
    return [_hit(found[key], wanted, asked.within, near.get(key, 0.0)) for key in order]


asearch = sync_to_async(search)


@dataclass(frozen=True, slots=True)
class Nearness:
    """How near a passage comes to a query in meaning: `among` its sites, and `alone`.

    `among` is 1 for the nearest of the sites' passages, 0 for half of all and less. `alone` is its cosine, less what
    half of the passages have above that of unrelated texts: a query with the site's own name is near to all of it.
    """

    among: float
    alone: float


def nearness(site_ids: str | uuid.UUID | Iterable[str | uuid.UUID], query: str) -> dict[int, Nearness]:
    """Return how near each passage of these sites comes to the query in meaning.

    Empty where there is no model for meaning, and where the passages are too few to tell.
    """
    cosines = meaning.nearest(query[:_LONGEST_QUERY], Sites(site_ids).vectors, _COMPARED)
    if len(cosines) < _FEWEST_COMPARED:
        return {}
    best, middle = max(cosines.values()), median(cosines.values())
    raised = max(0.0, middle - meaning.FAR)
    return {
        key: Nearness(max(0.0, (cosine - middle) / max(best - middle, 1e-6)), cosine - raised)
        for key, cosine in cosines.items()
    }


def nothing_good(hits: Sequence[Hit]) -> bool:
    """Return whether none of the hits answers its question well enough to be built on."""
    return max((hit.score for hit in hits), default=0.0) < NOTHING_GOOD


@dataclass(frozen=True, slots=True)
class _Asked:
    """What is known of all passages, those that hold most of the question, and how much of it each page holds."""

    within: Collection
    proposed: list[int]
    pages: Mapping[str, Mapping[int, float]]


def _asked(sites: Sites, wanted: Mapping[str, Sequence[str]]) -> _Asked:
    """Return what the words of the question find: the passages with the rarest of them first."""
    sizes = sites.sizes()
    count = sum(passages for _, passages, _ in sizes)
    average = sum(terms for *_, terms in sizes) / max(count, 1)
    holding = {term: sites.holding(term) for term in dict.fromkeys(term for terms in wanted.values() for term in terms)}
    within = Collection(count, average, {term: len(held) for term, held in holding.items()})
    scores: dict[int, float] = defaultdict(float)
    for term, held in holding.items():
        weight = within.rarity(term)
        for key, _, length in held:
            # As BM25 counts a term that stands there once.
            scores[key] += weight * 2.2 / (1 + 1.2 * (0.4 + 0.6 * length / max(average, 1.0)))
    of_pages = {term: Counter(page for _, page, _ in held) for term, held in holding.items()}
    passages_of = {page: passages for page, passages, _ in sizes}
    pages = {language: pages_by_words(terms, of_pages, passages_of) for language, terms in wanted.items()}
    return _Asked(within, best_first(scores)[:_LOOKED_AT], pages)


def _hit(row: Row, wanted: Mapping[str, Sequence[str]], within: Collection, similarity: float) -> Hit:
    told = coverage(wanted.get(row.indexed.language, ()), row.indexed, within)
    score = max(told, meaning.as_score(similarity))
    return Hit(row.indexed.key, row.page_url, row.page_title, row.heading, row.text, round(score, 4))
