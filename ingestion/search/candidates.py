"""What a database proposes for a question: which passages hold which of its terms, and the vectors of all.

The only place of the search with a statement in it. SQLite answers from an FTS5 table, PostgreSQL from a GIN index;
`migrations/0005` makes both over the same text (`indexing`).
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection

from ingestion.search.indexing import fields
from ingestion.search.ranking import Indexed

# Statements are put together of constants and marks alone; all that comes from outside is a parameter.
_OF_SITES = "JOIN ingestion_page g ON g.id = p.page_id WHERE g.site_id IN ({sites}) AND g.outcome = 'ok'"
_HOLDING = {
    "sqlite": "SELECT p.id, p.page_id, p.terms_count FROM ingestion_passage_fts f "  # noqa: S608
    + "JOIN ingestion_passage p ON p.id = f.rowid "
    + _OF_SITES
    + " AND ingestion_passage_fts MATCH %s",
    "postgresql": "SELECT p.id, p.page_id, p.terms_count FROM ingestion_passage p "  # noqa: S608
    + _OF_SITES
    + " AND p.search @@ %s::tsquery",
}
_SIZES = (
    "SELECT p.page_id, count(*), sum(p.terms_count) FROM ingestion_passage p "  # noqa: S608
    + _OF_SITES
    + " GROUP BY p.page_id"
)
_LANGUAGES = "SELECT DISTINCT p.language FROM ingestion_passage p " + _OF_SITES  # noqa: S608
# In one order: the last digits of a cosine hang on where among the others its vector stands.
_VECTORS = (
    "SELECT p.id, p.vector FROM ingestion_passage p "  # noqa: S608
    + _OF_SITES
    + " AND p.vector IS NOT NULL ORDER BY p.id"
)
_ROWS = """
    SELECT p.id, p.page_id, p.language, p.terms, g.url, g.title, p.heading, p.text
    FROM ingestion_passage p JOIN ingestion_page g ON g.id = p.page_id WHERE p.id IN ({keys})"""


@dataclass(frozen=True, slots=True)
class Row:
    """A passage with what is shown of it."""

    indexed: Indexed
    page_url: str
    page_title: str
    heading: str
    text: str


class Sites:
    """The pages that may be found: those that were read, of these sites."""

    def __init__(self, site_ids: str | uuid.UUID | Iterable[str | uuid.UUID]) -> None:
        given = [site_ids] if isinstance(site_ids, str | uuid.UUID) else list(site_ids)
        self._keys = [key for value in given if (key := _site_key(value)) is not None]

    def __bool__(self) -> bool:
        return bool(self._keys)

    def sizes(self) -> list[tuple[int, int, int]]:
        """Return the pages, each with how many passages it has, and how many terms those have."""
        return [(page, passages, int(terms)) for page, passages, terms in self._asked(_SIZES)]

    def languages(self) -> list[str]:
        """Return the languages of the passages."""
        return sorted(language for (language,) in self._asked(_LANGUAGES))

    def holding(self, term: str) -> list[tuple[int, int, int]]:
        """Return the passages that hold a term, each with its page and with how many terms it has."""
        return self._asked(_HOLDING[connection.vendor], _quoted(term))

    def vectors(self) -> list[tuple[int, bytes]]:
        """Return the passages' vectors, as they were kept."""
        return [(key, bytes(vector)) for key, vector in self._asked(_VECTORS)]

    def _asked(self, statement: str, *more: str) -> list[Any]:
        with connection.cursor() as cursor:
            cursor.execute(statement.format(sites=_marks(self._keys)), [*self._keys, *more])
            return list(cursor.fetchall())


def rows(keys: Sequence[int]) -> list[Row]:
    """Return the passages with these keys."""
    if not keys:
        return []
    with connection.cursor() as cursor:
        cursor.execute(_ROWS.format(keys=_marks(keys)), list(keys))
        return [
            Row(Indexed(key, page, language, fields(terms)), url, title, heading, text)
            for key, page, language, terms, url, title, heading, text in cursor.fetchall()
        ]


def _quoted(term: str) -> str:
    """Return a term as both databases read it in a question: whatever is in it, it is one word."""
    if connection.vendor == "postgresql":
        return "'" + term.replace("\\", "\\\\").replace("'", "''") + "'"
    return '"' + term.replace('"', '""') + '"'


def _marks(values: Sequence[object]) -> str:
    return ", ".join(["%s"] * len(values))


def _site_key(value: str | uuid.UUID) -> str | uuid.UUID | None:
    try:
        key = value if isinstance(value, uuid.UUID) else uuid.UUID(value)
    except ValueError:
        return None
    return key if connection.vendor == "postgresql" else key.hex
