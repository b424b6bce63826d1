"""A digest composed: which chapters, in which order, under which headings. Pure.

A chapter counts by how near it comes to the topic in meaning, and by how much of the topic its heading and its best run
hold (rare words count more); where nothing measures meaning, by the words and its place in the search. What is far from
the topic in meaning is left out, even where fewer sections remain than were asked for, or none. Chapters stay in their
page's
order, pages in that of their best chapter.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from agents.digest.chapter import Chapter
from agents.digest.headings import heading_for
from agents.digest.runs import Taken, runs_of
from agents.post.article import Block, sentences_of
from agents.text.words import content_stems, normal, words

LEAST_SECTIONS = 3
WORDS_WANTED = 110
_LEAST_WORDS = 12
_WEAKEST = 0.45
"""Share of the best chapter's score below which a chapter is left out while there are enough."""
_LEAST_FIT = 0.75
"""Share of the best chapter's hold on the topic below which a chapter is left out while there are enough."""
_OFF_TOPIC = 0.6
"""Share of the best chapter's nearness to the topic below which a chapter is off it: it is left out in any case."""
_NAMES = 0.3
"""Share of the topic that a heading must hold to be one of its parts, where it says nothing besides."""
_SAYS_NOTHING, _BY_WORDS = 0.855, 0.06
"""A chapter's nearness alone below which it says nothing of the topic, and how much of that all the topic's words
make up for. Chosen by reading what 19 topics got, of 81 whose nearness was looked at, on eight sites in four
languages."""
_BY_MEANING = 1.5
"""What the nearness of a run's passages weighs beside its words and its length, of which all the topic's weigh 1."""
_SHINGLE = 5
_SAME = 0.2
"""Share of a run's shingles that may stand in the digest already."""


@dataclass(frozen=True, slots=True)
class Composed:
    """A section of the digest: its heading, its blocks, and the chapter they come from."""

    heading: str
    blocks: list[Block]
    chapter: Chapter


@dataclass(frozen=True, slots=True)
class _Choice:
    chapter: Chapter
    heading: str
    run: Taken
    score: float
    fit: float
    held: float
    is_part: bool = False
    """Whether its heading names a part of the topic, and nothing else: “Prices” of “Prices and cancellation”."""

    @property
    def says_something(self) -> bool:
        """Return whether this is about the topic at all, and not only what of the site comes nearest to it."""
        alone = self.chapter.alone
        return alone is None or self.is_part or alone + _BY_WORDS * self.held >= _SAYS_NOTHING


def compose(topic: str, chapters: Sequence[Chapter], sections: int) -> list[Composed]:
    """Return the sections of a digest, at most `sections` or three; fewer where less can stand."""
    wanted = max(LEAST_SECTIONS, sections)
    judge = _Judge(topic, chapters)
    choices = [choice for choice in map(judge.best_of, chapters) if choice is not None and choice.says_something]
    most = max((one.fit for one in choices), default=0.0)
    least, off_topic = _LEAST_FIT * most, _OFF_TOPIC * most
    ranked = sorted(choices, key=lambda one: (one.fit < least, -one.score))
    kept: list[_Choice] = []
    seen: set[tuple[str, ...]] = set()
    for choice in ranked:
        enough = len(kept) >= LEAST_SECTIONS
        if len(kept) == wanted or (enough and choice.score < _WEAKEST * ranked[0].score):
            break
        fits_enough = least if enough else off_topic if choice.chapter.near is not None else 0.0
        if choice.fit < fits_enough and not choice.is_part:
            continue
        again = judge.best_of(choice.chapter, seen) if _overlap(choice.run, seen) > _SAME else choice
        if again is not None and not _alike(again.heading, [one.heading for one in kept]):
            kept.append(again)
            seen |= _shingles(again.run.text)
    return [Composed(one.heading, list(one.run.blocks), one.chapter) for one in _in_order(kept)]


class _Judge:
    """The topic against the chapters: what each holds of it."""

    def __init__(self, topic: str, chapters: Sequence[Chapter]) -> None:
        self._topic = set(content_stems(topic))
        held = [set(content_stems(f"{one.page_title} {one.heading} {one.text}")) for one in chapters]
        counts = Counter(stem for stems in held for stem in stems & self._topic)
        self._weights = {stem: math.log(1 + len(chapters) / (counts[stem] or 1)) for stem in self._topic}
        self._all = sum(self._weights.values()) or 1.0
        self._ranks = max((one.rank for one in chapters), default=0) + 1

    def best_of(self, chapter: Chapter, seen: Iterable[tuple[str, ...]] = ()) -> _Choice | None:
        """Return the chapter's best run; None where nothing of it can stand or has a heading that says something."""
        heading = heading_for(chapter)
        if not heading:
            return None
        known = set(seen)
        runs = [run for run in runs_of(chapter, set()) if run.prose_words >= _LEAST_WORDS or _is_unspaced(run)]
        runs = [run for run in runs if _overlap(run, known) <= _SAME and not _repeats(run)]
        if not runs:
            return None
        run = max(runs, key=lambda one: (self._worth(one) + _BY_MEANING * _near(chapter, one), -one.at))
        if chapter.near is not None:
            fit = 0.75 * _near(chapter, run) + 0.25 * self._held(heading)
            held = self._held(f"{heading} {run.text}")
            score = 0.6 * self._worth(run) + 2 * fit
            return _Choice(chapter, heading, run, score, fit, held, self._is_part(chapter.heading))
        label = self._held(f"{heading} {chapter.page_title}")
        rank = 1 - chapter.rank / self._ranks
        fit = self._held(f"{heading} {chapter.page_title} {run.text}")
        return _Choice(chapter, heading, run, self._worth(run) + label + 0.6 * rank, fit, fit)

    def _worth(self, run: Taken) -> float:
        length = min(run.prose_words, WORDS_WANTED) / WORDS_WANTED
        too_long = max(0, run.words - WORDS_WANTED) / WORDS_WANTED
        return self._held(run.text) + 0.6 * length - 0.3 * too_long + (0.35 if run.at == 0 else 0.0)

    def _is_part(self, heading: str) -> bool:
        stems = set(content_stems(heading))
        return bool(stems) and stems <= self._topic and self._held(heading) >= _NAMES

    def _held(self, text: str) -> float:
        found = self._topic & set(content_stems(text))
        return sum(self._weights[stem] for stem in found) / self._all


def _near(chapter: Chapter, run: Taken) -> float:
    """Return how near a run comes to the topic: the mean of its sentences, each as the nearest of its passages."""
    quoted = [sentence.passages for sentence in sentences_of(list(run.blocks)) if sentence.passages]
    if not chapter.each or not quoted:
        return chapter.near or 0.0
    return sum(max(chapter.each.get(passage, 0.0) for passage in passages) for passages in quoted) / len(quoted)


def _in_order(kept: Sequence[_Choice]) -> list[_Choice]:
    """Return the choices page by page, the page of the best one first, each page in its own order."""
    pages = list(dict.fromkeys(one.chapter.page_url for one in kept))
    return sorted(kept, key=lambda one: (pages.index(one.chapter.page_url), one.chapter.place))


def _alike(heading: str, others: Iterable[str]) -> bool:
    stems = set(content_stems(heading))
    return any(
        normal(heading) == normal(other)
        or (len(stems) > 1 and len(stems & set(content_stems(other))) > 0.7 * len(stems | set(content_stems(other))))
        for other in others
    )


def _repeats(run: Taken) -> bool:
    texts = [normal(one.text) for block in run.blocks if block.kind != "code" for one in sentences_of([block])]
    return len(texts) != len(set(texts))


def _overlap(run: Taken, seen: set[tuple[str, ...]]) -> float:
    own = _shingles(run.text)
    return len(own & seen) / len(own) if own else 0.0


def _shingles(text: str) -> set[tuple[str, ...]]:
    found = [word.lower() for word in words(text)]
    return {tuple(found[at : at + _SHINGLE]) for at in range(len(found) - _SHINGLE + 1)}


def _is_unspaced(run: Taken) -> bool:
    return len(run.text) >= 2 * _LEAST_WORDS and run.text.count(" ") < len(run.text) / 20
