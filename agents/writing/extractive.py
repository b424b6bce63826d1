"""An extract: sentences taken from the sources as they stand, where a section could not be written.

Pure. An extract is true to its sources because it is their text; the section says that it is one.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from agents.post.article import Block, Sentence
from agents.sources.evidence import Evidence
from agents.text.vocabulary import word_set
from agents.text.words import content_stems, normal, words
from language.sentences import is_complete, is_mostly_words, paragraphs, split_sentences

WORDS_WANTED = 100
_SHORTEST, _LONGEST = 5, 60
_RUN = 5
_RUNS = 4
_CHROME = re.compile(
    r"cookie|copyright|©|all rights reserved|click here|subscribe|sign (?:in|up)|log ?in\b|javascript|"
    r"table of contents|^(?:next|previous|home|search|menu|skip to)\b|edit this page|on github\b|"
    r"last (?:updated|modified)",
    re.IGNORECASE,
)
_POINTS_BACK = word_set(
    """
    it its this these those they them he she such however therefore thus hence instead moreover
    furthermore additionally also then but and or so
    """
)


@dataclass(frozen=True, slots=True)
class _Run:
    """Neighbouring sentences of one passage."""

    place: int
    passage_id: int
    sentences: tuple[str, ...]
    score: float

    @property
    def length(self) -> int:
        return sum(len(words(sentence)) for sentence in self.sentences)

    def block(self) -> Block:
        cited = [Sentence(text=sentence, passages=[self.passage_id]) for sentence in self.sentences]
        return Block(kind="quote", sentences=cited)


def extractive_section(
    evidence: Sequence[Evidence], *, subject: str, said: Iterable[str] = (), words_wanted: int = WORDS_WANTED
) -> list[Block]:
    """Return quotations that fit the subject best, about `words_wanted` words in all, none `said` before.

    They are whole sentences where there are any, else lines of the passages. Empty only when nothing is new.
    """
    used = {normal(sentence) for sentence in said}
    chosen = _choose(evidence, subject, used, words_wanted, whole=True)
    if sum(run.length for run in chosen) < min(15, words_wanted):
        chosen = _choose(evidence, subject, used, words_wanted, whole=False)
    return [run.block() for run in sorted(chosen, key=lambda run: run.place)]


def _choose(
    evidence: Sequence[Evidence], subject: str, used: set[str], words_wanted: int, *, whole: bool
) -> list[_Run]:
    wanted = set(content_stems(subject))
    runs = [run for place, item in enumerate(evidence) for run in _runs(item, place * 1000, wanted, used, whole=whole)]
    chosen: list[_Run] = []
    taken: set[str] = set()
    total = 0
    for run in sorted(runs, key=lambda run: (-run.score, run.place)):
        texts = {normal(text) for text in run.sentences}
        too_long = total + run.length > 1.5 * words_wanted and (chosen or len(run.sentences) > 1)
        if texts & taken or too_long:
            continue
        chosen.append(run)
        taken |= texts
        total += run.length
        if total >= words_wanted or len(chosen) == _RUNS:
            break
    return chosen


def _runs(item: Evidence, place: int, wanted: set[str], used: set[str], *, whole: bool) -> list[_Run]:
    """Return every run of up to five usable sentences that can stand by itself, and shorter ones from its start."""
    found: list[_Run] = []
    for paragraph in paragraphs(item.text):
        texts = split_sentences(paragraph)
        for start in range(len(texts)):
            place += 1
            length = 0
            while (
                length < _RUN
                and start + length < len(texts)
                and _fit(texts[start + length], used, first=length == 0, whole=whole)
            ):
                length += 1
            for size in {length, (length + 1) // 2, min(length, 1)} - {0}:
                run = tuple(texts[start : start + size])
                found.append(_Run(place, item.passage_id, run, _score(run, wanted, first=start == 0)))
    return found


def _fit(text: str, used: set[str], *, first: bool, whole: bool) -> bool:
    length = len(words(text))
    if normal(text) in used or _CHROME.search(text) or length > _LONGEST:
        return False
    if not whole:
        return length >= 3
    opening = words(text)[0].lower() if length else ""
    if first and opening in _POINTS_BACK:
        return False
    return length >= _SHORTEST and is_complete(text) and is_mostly_words(text, 0.7) and not text[0].islower()


def _score(run: Sequence[str], wanted: set[str], *, first: bool) -> float:
    stems = set(content_stems(" ".join(run)))
    return len(stems & wanted) + 0.4 * len(run) + (0.5 if first else 0.0)
