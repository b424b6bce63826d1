"""What is kept of a passage so that it is found: its terms, written into its row whenever it is saved. Pure.

The terms stand in one text of three lines (the page's title, the heading, the passage), divided by spaces. Both
databases index that text word for word, with no rules of their own; so both find the same.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from ingestion.content.passages import Piece
from language.languages import language_of
from language.terms import terms

FIELDS = 3
LONGEST_TITLE = 300
"""A page's title is kept so long, and its passages are found by that."""


def language_of_page(title: str, text: str) -> str:
    """Return the language in which a page's passages are stemmed."""
    return language_of(f"{title}\n{text[:3000]}")


def index_text(language: str, title: str, heading: str, text: str) -> str:
    """Return a passage's terms as they are kept."""
    label = heading if heading != title else ""
    return "\n".join(" ".join(terms(part.replace("\x00", " "), language)) for part in (title, label, text))


def indexed(title: str, text: str, pieces: Iterable[Piece]) -> list[Piece]:
    """Return a page's passages with their terms, as they are kept."""
    title = title[:LONGEST_TITLE]
    language = language_of_page(title, text)
    return [
        replace(piece, terms=index_text(language, title, piece.heading[:LONGEST_TITLE], piece.text)) for piece in pieces
    ]


def fields(index: str) -> tuple[Sequence[str], Sequence[str], Sequence[str]]:
    """Return the terms of the title, of the heading and of the text."""
    title, heading, text = (line.split(" ") if line else [] for line in [*index.split("\n"), "", "", ""][:FIELDS])
    return title, heading, text
