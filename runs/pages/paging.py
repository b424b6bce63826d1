"""Pages of a list of which nobody counts the rows: to count somebody's runs by a word of their title reads them all."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from django.db.models import Model, QuerySet

FURTHEST = 4_000
"""The last page that can be asked for."""

M = TypeVar("M", bound=Model)


@dataclass(frozen=True, slots=True)
class UncountedPage(Generic[M]):
    """A page of a list, by the names that Django's own pages have, but for the number of all pages."""

    object_list: Sequence[M]
    number: int
    has_next: bool

    def __iter__(self) -> Iterator[M]:
        return iter(self.object_list)

    @property
    def has_previous(self) -> bool:
        return self.number > 1

    @property
    def has_other_pages(self) -> bool:
        return self.has_previous or self.has_next

    @property
    def previous_page_number(self) -> int:
        return self.number - 1

    @property
    def next_page_number(self) -> int:
        return self.number + 1


def page_of(rows: QuerySet[M], asked: str, size: int) -> UncountedPage[M]:
    """Return the page of that number, as an address has it; the first where it is none, or lies behind the last."""
    number = min(int(asked), FURTHEST) if asked.isascii() and asked.isdecimal() and len(asked) < 8 else 1
    first = (max(number, 1) - 1) * size
    found = list(rows[first : first + size + 1])
    if not found and first:
        return page_of(rows, "1", size)
    return UncountedPage(found[:size], max(number, 1), len(found) > size)
