"""Notes on what was found: a quote of each passage, word for word, with its date and what its source is worth. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from pydantic import BaseModel

from agents.sources.evidence import OWN, Evidence
from agents.sources.ranking import table_rows
from agents.text.words import content_stems, words
from language.sentences import is_complete, one_line, sentences

MOST_NOTES = 60
_LONGEST = 60
"""Words of a quote."""


class Note(BaseModel):
    """A quote that stands in its passage, character for character but for line ends. `score` is 0 to 1."""

    passage_id: int
    url: str
    quote: str
    date: str
    score: float


def notes(evidence: Sequence[Evidence], asked: Sequence[str]) -> list[Note]:
    """Return a note on each passage: of its sentences and rows of tables the one that answers most of what was
    asked."""
    wanted = set(content_stems(" ".join(asked)))
    found = []
    for place, item in enumerate(evidence[:MOST_NOTES]):
        quotes = [one_line(text) for text in sentences(item.text) if is_complete(text)] + table_rows(item.text)
        usable = [quote for quote in quotes if 4 <= len(words(quote)) <= _LONGEST]
        if usable:
            best = max(usable, key=lambda quote: (len(wanted & set(content_stems(quote))), -usable.index(quote)))
            found.append(
                Note(
                    passage_id=item.passage_id, url=item.page_url, quote=best, date=item.date, score=_score(item, place)
                )
            )
    return found


def _score(item: Evidence, place: int) -> float:
    """Return what a source is worth for the post: how well it answers (or ranks), and how it stands."""
    answers = max(item.score, 1 / (1 + place / 10))
    return round(answers * (0.5 + 0.5 * item.standing / OWN), 3)
