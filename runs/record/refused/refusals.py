"""Tells a fault that passes from a refusal of one row's data, which no retry mends.

A database that is locked or away, a disk that is full, a table that is not there yet, a Redis that does not answer
concern everybody and are waited for. A number that is too large, a text that cannot be stored, a document that nests
too deep, a record that cannot be decoded concern only the run that they belong to.
"""

from __future__ import annotations

import sqlite3

from django.db import DataError, IntegrityError, ProgrammingError
from django.db import Error as DatabaseError

from genisys.host import store_is_away
from runs.record.storable import storable_text

LONGEST_CAUSE = 1000

_SQLITE_DATA = frozenset(
    (sqlite3.SQLITE_CONSTRAINT, sqlite3.SQLITE_MISMATCH, sqlite3.SQLITE_RANGE, sqlite3.SQLITE_TOOBIG)
)
_SQLSTATE_DATA = ("21", "22", "23", "54")
"""PostgreSQL's classes of errors about data: cardinality, data, integrity, program limits (Appendix A)."""
_INVALID_ALLOCATION = "XX000"
_SCHEMA = ("no such table", "no such column", "has no column named")


def is_passing(error: Exception) -> bool:
    """Say whether the error may be gone at the next try, whatever was written or read."""
    if not isinstance(error, DatabaseError):
        return store_is_away(error)
    if isinstance(error, DataError | IntegrityError):
        return False
    cause = error.__cause__
    if (state := getattr(cause, "sqlstate", None)) is not None:
        return not state.startswith(_SQLSTATE_DATA) and state != _INVALID_ALLOCATION
    if (code := getattr(cause, "sqlite_errorcode", None)) is not None:
        primary = code & 0xFF
        if primary == sqlite3.SQLITE_ERROR:  # SQL itself is wrong: a missing table or column concerns everybody
            return any(words in str(error) for words in _SCHEMA)
        return primary not in _SQLITE_DATA
    # The driver raised before asking its server: it cannot convert a value, or has no connection.
    return not isinstance(error, ProgrammingError) or "closed" in str(error)


def cause_of(error: BaseException) -> str:
    """Return a refusal in words for staff: the name of the error and its first line, as any database can store it."""
    said = str(error).strip().partition("\n")[0]
    return storable_text(f"{type(error).__name__}: {said}".removesuffix(": "))[:LONGEST_CAUSE]
