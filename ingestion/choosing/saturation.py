"""Whether pages still say anything new, by the facts on them. Pure.

After the stopping rule of adaptive crawlers: reading ends where the newest pages add nothing to what is known.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field

PAGES_WITHOUT_NEWS = 20
"""So many pages with facts one after another without a new one, and more of them are not worth their price."""


@dataclass(slots=True)
class News:
    """The facts known so far, each by its key, and how many pages in a row have stated only such."""

    known: set[str] = field(default_factory=set)
    without: int = 0

    @property
    def is_over(self) -> bool:
        return self.without >= PAGES_WITHOUT_NEWS

    def take(self, facts: Collection[str]) -> None:
        """Take in the facts of the next page that was understood. One without any says nothing about the others: there
        are sites of stories, and models that name no facts."""
        if not facts:
            return
        self.without = self.without + 1 if self.known.issuperset(facts) else 0
        self.known.update(facts)
