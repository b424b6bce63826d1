"""Full-text search over passages, on SQLite (FTS5) and on PostgreSQL (tsvector), behind one function.

Whatever a person types is taken as words, never as query syntax. Any of them may match; passages with more of them, and
rarer ones, come first (BM25 on SQLite, ts_rank on PostgreSQL). Whose sites may be searched is decided by the caller.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterable
from dataclasses import dataclass

from asgiref.sync import sync_to_async
from django.db import connection

MOST_WORDS = 32
_STOPWORDS_TEXT = """
    a about above after again all also am an and any are as at be because been before being below between both but by
    can could did do does doing down during each few for from further had has have having he her here hers him his how i
    if in into is it its itself just me more most my no nor not now of off on once only or other our ours out over own
    same she should so some such than that the their theirs them then there these they this those through to too under
    until up us very was we were what when where which while who whom why will with would you your yours"""
_STOPWORDS = frozenset(_STOPWORDS_TEXT.split())

_SQLITE = """
    SELECT p.id, g.url, g.title, p.heading, p.text, -bm25(ingestion_passage_fts, 2.0, 1.0) AS score
    FROM ingestion_passage_fts
    JOIN ingestion_passage p ON p.id = ingestion_passage_fts.rowid JOIN ingestion_page g ON g.id = p.page_id
    WHERE ingestion_passage_fts MATCH %s AND g.site_id IN ({sites}) AND g.outcome = 'ok'
    ORDER BY score DESC, p.id LIMIT %s"""
_POSTGRES = """
    SELECT p.id, g.url, g.title, p.heading, p.text, ts_rank(p.search, q, 1) AS score
    FROM ingestion_passage p JOIN ingestion_page g ON g.id = p.page_id, to_tsquery('english', %s) q
    WHERE p.search @@ q AND g.site_id IN ({sites}) AND g.outcome = 'ok'
    ORDER BY score DESC, p.id LIMIT %s"""


@dataclass(frozen=True, slots=True)
class Hit:
    """A passage that was found. A higher score is a better match; scores of two searches do not compare."""

    passage_id: int
    page_url: str
    page_title: str
    heading: str
    text: str
    score: float


def search(site_ids: str | uuid.UUID | Iterable[str | uuid.UUID], query: str, limit: int = 10) -> list[Hit]:
    """Return the passages of these sites that match the query, best first. No text makes it fail."""
    sites = _site_keys(site_ids)
    words = query_words(query)
    if not sites or not words or limit < 1:
        return []
    if connection.vendor == "postgresql":
        statement, expression = _POSTGRES, " | ".join(f"'{word}'" for word in words)
    else:
        statement, expression = _SQLITE, " OR ".join(f'"{word}"' for word in words)
    marks = ", ".join(["%s"] * len(sites))
    with connection.cursor() as cursor:
        cursor.execute(statement.format(sites=marks), [expression, *sites, limit])
        return [Hit(*row) for row in cursor.fetchall()]


asearch = sync_to_async(search)


def query_words(query: str) -> list[str]:
    """Return the words that are searched for: those that carry meaning, or all where none does."""
    words = list(dict.fromkeys(re.findall(r"[^\W_]+", query.lower())))
    telling = [word for word in words if word not in _STOPWORDS]
    return (telling or words)[:MOST_WORDS]


def _site_keys(site_ids: str | uuid.UUID | Iterable[str | uuid.UUID]) -> list[str | uuid.UUID]:
    """Return the ids as the database keeps them, without those that cannot be ids."""
    given = [site_ids] if isinstance(site_ids, str | uuid.UUID) else list(site_ids)
    keys: list[str | uuid.UUID] = []
    for value in given:
        try:
            key = value if isinstance(value, uuid.UUID) else uuid.UUID(value)
        except ValueError:
            continue
        keys.append(key if connection.vendor == "postgresql" else key.hex)
    return keys
