"""What to search for, how results are put in one order, which section gets which passages. Pure.

Searching itself is done in `agents.research.rows`.
"""

import math
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field

from agents.sources.evidence import GIVEN, Evidence
from agents.text.words import content_stems, normal, words
from ingestion.text.marks import CELL
from language.sentences import is_complete, one_line, sentences, shorten

WORDS_A_SECTION = 120
"""Evidence that a section should have, in words, where there is that much."""
_RANK_DAMPING = 60
"""Reciprocal rank fusion's constant (Cormack, Clarke and Büttcher, 2009)."""
_LONGEST_QUERY = 200
_BRUSHES = 0.4
"""Share of the best passage's fit below which a passage only touches on the topic."""
_AS_CLOSE = 0.8
"""Share of a passage's fit to the section that it fits best which another section needs to take it."""
_ENOUGH_WORDS, _FITS = 60, 0.35
"""A section with that many words of evidence takes only what fits at least that share as well as its best passage."""


def topic_queries(topic: str) -> list[str]:
    """Return what to search for without a model's help: the topic, then each of its words that carries meaning."""
    telling = [word for word in words(topic) if content_stems(word)]
    queries = [one_line(topic), " ".join(telling), *telling[:6]]
    return list(dict.fromkeys(query[:_LONGEST_QUERY] for query in queries if query))


def usable_questions(questions: Iterable[str], topic: str, limit: int = 5) -> list[str]:
    """Return the proposed questions that have to do with the topic, or with what was found on it, each once."""
    wanted = set(content_stems(topic))
    kept: dict[str, str] = {}
    for question in questions:
        question = one_line(question)
        stems = set(content_stems(question))
        if len(words(question)) > 1 and len(question) <= _LONGEST_QUERY and stems & wanted and len(stems) > 1:
            kept.setdefault(normal(question), question)
    return list(kept.values())[:limit]


def has_substance(evidence: Evidence) -> bool:
    """Return whether the passage says something in sentences, rather than being a list of links or names."""
    return substance([evidence])[0] > 0


def substance(evidence: Iterable[Evidence], *, without: Collection[str] = ()) -> tuple[int, int]:
    """Return how many whole sentences there are to write from, and how many words they have.

    A row of a table says something as a sentence does. `without` are sentences in their `normal` form that do not
    count.
    """
    whole = [said for item in evidence for said in _statements(item.text) if normal(said) not in without]
    return len(whole), sum(len(words(sentence)) for sentence in whole)


def table_rows(text: str) -> list[str]:
    """Return the rows of the tables in a text that say something: two cells or more, with a word and a figure or
    two."""
    rows = (one_line(line) for line in text.splitlines() if CELL in line)
    return [
        row for row in rows if sum(bool(cell.strip()) for cell in row.split(CELL.strip())) > 1 and len(words(row)) > 1
    ]


def _statements(text: str) -> list[str]:
    rows = table_rows(text)
    prose = "\n".join(line for line in text.splitlines() if CELL not in line)
    whole = [sentence for sentence in sentences(prose) if is_complete(sentence) and len(words(sentence)) >= 5]
    return whole + rows


def fuse(rankings: Sequence[Sequence[Evidence]], *, limit: int, per_page: int) -> list[Evidence]:
    """Return one order made of several, by reciprocal rank; equal texts once, at most `per_page` passages a page."""
    scores: dict[int, float] = defaultdict(float)
    known: dict[int, Evidence] = {}
    for ranking in rankings:
        for rank, item in enumerate(ranking):
            scores[item.passage_id] += 1 / (_RANK_DAMPING + rank)
            known.setdefault(item.passage_id, item)
    order = sorted(known.values(), key=lambda item: (-scores[item.passage_id], item.passage_id))
    kept: list[Evidence] = []
    pages: Counter[str] = Counter()
    texts: set[str] = set()
    for item in order:
        text = normal(item.text)
        if text in texts or pages[item.page_url] >= per_page or not has_substance(item):
            continue
        texts.add(text)
        pages[item.page_url] += 1
        kept.append(item)
    return kept[:limit]


def on_topic(topic: str, evidence: Sequence[Evidence], *, least_words: int = 0) -> list[Evidence]:
    """Return the evidence without what only touches on the topic, in the same order.

    A passage counts by the words of the topic that it holds, and half by those of its page's best passage. Where
    too little is left, the next best come back until there are `least_words` words in whole sentences.
    """
    weights = _rarity(evidence)
    fits = [_fit(topic, _stems(item), weights) for item in evidence]
    pages: dict[str, float] = defaultdict(float)
    for item, fit in zip(evidence, fits, strict=True):
        pages[item.page_url] = max(pages[item.page_url], fit)
    scores = [fit + pages[item.page_url] / 2 for item, fit in zip(evidence, fits, strict=True)]
    best = max(scores, default=0.0)
    kept: set[int] = set()
    for place in sorted(range(len(evidence)), key=lambda place: (-scores[place], place)):
        if scores[place] >= _BRUSHES * best or substance(evidence[at] for at in kept)[1] < least_words:
            kept.add(place)
    return [evidence[place] for place in sorted(kept)]


def by_fit(subject: str, evidence: Sequence[Evidence]) -> list[Evidence]:
    """Return the evidence that has something of the subject, what fits it best first."""
    weights = _rarity(evidence)
    fits = [(_fit(subject, _stems(item), weights), place) for place, item in enumerate(evidence)]
    return [evidence[place] for fit, place in sorted(fits, key=lambda each: (-each[0], each[1])) if fit > 0]


def allot(
    subjects: Sequence[str],
    pool: Sequence[Evidence],
    each: int,
    planned: Sequence[Collection[int]] = (),
) -> list[list[Evidence]]:
    """Return every section its own passages: in turn, each takes the one of those left that fits it best, and
    no other section clearly better.

    `planned` are the passages that each section's claims name: it has them in any case. Another
    passage goes to one section only, unless there are fewer passages than sections; so sections do not say
    the same things. One that fits far less than a section's first is left out once there is enough to write
    from; what the person gave goes to some section in any case. Passages come back in the pool's order.
    """
    weights = _rarity(pool)
    held = [_stems(item) for item in pool]
    shares = [_Share([_fit(subject, stems, weights) for stems in held]) for subject in subjects]
    left = set(range(len(pool)))
    for share, named in zip(shares, planned, strict=False):
        own = [at for at, item in enumerate(pool) if item.passage_id in named][:each]
        for at in own:
            share.add(at, len(words(pool[at].text)))
        left.difference_update(own)
    for closest, share in ((closest, share) for closest in (True, False) for _ in range(each) for share in shares):
        if len(share.places) >= each:
            continue
        choice = left
        if closest:
            choice = {at for at in left if share.closeness(at) >= _AS_CLOSE * max(one.closeness(at) for one in shares)}
        elif not left and not share.places:
            choice = set(range(len(pool)))
        best = max(choice, key=share.rank, default=-1)
        if best >= 0 and share.takes(best):
            share.add(best, len(words(pool[best].text)))
            left.discard(best)
    for at in sorted(at for at in left if pool[at].standing == GIVEN):
        fitting = sorted((-share.closeness(at), n) for n, share in enumerate(shares) if len(share.places) < each)
        for _, n in fitting[:1]:
            shares[n].add(at, len(words(pool[at].text)))
    return [[pool[at] for at in sorted(share.places)] for share in shares]


def with_neighbours(named: Sequence[int], beside: Sequence[Evidence], each: int) -> list[int]:
    """Return the passages that a section's claims name, and those beside them under the same headings, as room allows.

    A quarter of the section's passages is left to what its own words find.
    """
    held = {(item.page_url, item.heading) for item in beside if item.passage_id in named}
    near = [item.passage_id for item in beside if (item.page_url, item.heading) in held]
    near.sort(key=lambda number: min(abs(number - other) for other in named))
    return list(dict.fromkeys([*named, *near]))[: max(len(set(named)), each - each // 4)]


@dataclass(slots=True)
class _Share:
    """What one section has been given so far, and how well each passage fits it."""

    fits: list[float]
    places: list[int] = field(default_factory=list)
    best: float = 0.0
    length: int = 0

    def closeness(self, place: int) -> float:
        """Return how well a passage fits beside the one that fits this section best."""
        return self.fits[place] / (max(self.fits) or 1.0)

    def rank(self, place: int) -> tuple[float, int]:
        """Return what passages are ordered by: how well they fit, then their order in the pool."""
        return self.fits[place] + 1 / (place + 2), -place

    def takes(self, place: int) -> bool:
        return self.length < _ENOUGH_WORDS or self.fits[place] >= _FITS * self.best

    def add(self, place: int, length: int) -> None:
        self.places.append(place)
        self.best = max(self.best, self.fits[place])
        self.length += length


def excerpt(evidence: Evidence, chars: int) -> Evidence:
    """Return the same evidence with at most `chars` characters of text, cut between sentences."""
    return evidence.model_copy(update={"text": shorten(evidence.text, chars)})


def _stems(item: Evidence) -> Counter[str]:
    labels = Counter(content_stems(f"{item.page_title} {item.heading}"))
    return Counter(set(content_stems(item.text))) + labels


def _rarity(pool: Sequence[Evidence]) -> dict[str, float]:
    found = Counter(stem for item in pool for stem in _stems(item))
    return {stem: math.log(1 + len(pool) / count) for stem, count in found.items()}


def _fit(subject: str, held: Counter[str], weights: dict[str, float]) -> float:
    """Return how much of the subject a passage holds; rare words and those of its labels count more."""
    return sum(min(held[stem], 2) * weights.get(stem, 0.0) for stem in set(content_stems(subject)))
