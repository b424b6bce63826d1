"""Watches what the database is asked and gives: whether anything of a person's rows is among it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from uuid import UUID

import pytest
from django.db.backends.utils import CursorWrapper

OF_PRODUCTS = ("ingestion_", "agents_")


class Watch:
    """Every statement on the products' tables, over all connections of the process, while the test lasts.

    `marks` are the foreign rows' keys and a text that stands in all their texts. `read` gathers the statements that
    gave such a row, `unowned` those that were asked by such a key without asking for its owner: a count, a change.
    """

    def __init__(self, marks: Iterable[Any], monkeypatch: pytest.MonkeyPatch) -> None:
        self.marks = frozenset(_plain(mark) for mark in marks)
        self.texts = tuple(mark for mark in self.marks if isinstance(mark, str))
        self.read: list[str] = []
        self.unowned: list[str] = []
        self.statements = 0
        execute = CursorWrapper.execute

        def executed(cursor: Any, sql: str, params: Any = None) -> Any:
            cursor._asked = sql
            self._asked(sql, params)
            return execute(cursor, sql, params)

        monkeypatch.setattr(CursorWrapper, "execute", executed)
        for name in ("fetchone", "fetchmany", "fetchall"):
            monkeypatch.setattr(CursorWrapper, name, self._fetching(name), raising=False)

    def _fetching(self, name: str) -> Any:
        def fetched(cursor: Any, *sizes: int) -> Any:
            given = getattr(cursor.cursor, name)(*sizes)
            rows = [given] if name == "fetchone" else given
            self._given(getattr(cursor, "_asked", ""), [row for row in rows if row is not None])
            return given

        return fetched

    def _asked(self, sql: str, params: Any) -> None:
        if any(table in sql for table in OF_PRODUCTS):
            self.statements += 1
            values = params.values() if isinstance(params, dict) else params or ()
            if any(self._is_foreign(value) for value in values) and "owner_id" not in sql:
                self.unowned.append(sql)

    def _given(self, sql: str, rows: list[Any]) -> None:
        if any(table in sql for table in OF_PRODUCTS) and any(self._is_foreign(cell) for row in rows for cell in row):
            self.read.append(sql)

    def _is_foreign(self, value: Any) -> bool:
        value = _plain(value)
        return value in self.marks or (isinstance(value, str) and any(mark in value for mark in self.texts))


def _plain(value: Any) -> Any:
    """A key as every database gives it: UUIDs as hexadecimal digits."""
    if isinstance(value, UUID):
        return value.hex
    if isinstance(value, str) and len(value) == 36 and value.count("-") == 4:
        return value.replace("-", "")
    return value if isinstance(value, str | int) else repr(value)
