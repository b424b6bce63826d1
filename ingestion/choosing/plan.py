"""A plan: which pages are read next, how each part of the site fares in it, and what is left out and why. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from ingestion.choosing.budgets import by_rules, choose
from ingestion.choosing.frontier import LeftOut
from ingestion.choosing.groups import Group, grouped
from ingestion.choosing.must_have import must_haves
from ingestion.choosing.weights import Candidate
from ingestion.requests import GroupOfPages, LeftOutRow

SAMPLES_SHOWN = 3
LISTED_OF_ALIKE = 100
"""So many pages that are left out for one reason are listed by address; the others are counted."""
MOST_LISTED = 3000
BUDGET = "budget"
NOTHING_NEW = "nothing_new"


@dataclass(slots=True)
class Plan:
    """Candidates and how they are shared out. `room` is how many pages may still be read."""

    candidates: Sequence[Candidate]
    home: str
    room: int
    newest: Sequence[str] = ()
    groups: list[Group] = field(init=False)
    budgets: list[int] = field(init=False)
    reasons: list[str] = field(init=False)

    def __post_init__(self) -> None:
        self.groups = grouped(self.candidates, self.home)
        self.budgets = by_rules(self.groups, self.room)
        self.reasons = [""] * len(self.groups)

    @property
    def all_fit(self) -> bool:
        """Whether everything can be read, so that there is nothing to choose."""
        return len(self.candidates) <= self.room

    def shown(self) -> list[GroupOfPages]:
        """Return the groups as the model is asked about them."""
        return [
            GroupOfPages(
                label=group.label,
                count=len(group.urls),
                samples=[_shown(url) for url in group.urls[:SAMPLES_SHOWN]],
                rules=budget,
            )
            for group, budget in zip(self.groups, self.budgets, strict=True)
        ]

    def chosen(self) -> list[str]:
        """Return the pages to read, the most telling first: what the person wants, must-haves, then group by group."""
        wanted = [candidate.url for candidate in self.candidates if candidate.source == "person"]
        first = must_haves(self.candidates, self.newest, self.room)
        return choose(self.groups, self.budgets, self.room, list(dict.fromkeys([*wanted, *first])))

    def rows(self, read: Iterable[str]) -> list[dict[str, object]]:
        """Return a row for each group: how many pages were found, how many are read, and why so many."""
        read = set(read)
        return [
            {
                "label": group.label,
                "found": len(group.urls),
                "chosen": sum(url in read for url in group.urls),
                "why": why,
            }
            for group, why in zip(self.groups, self.reasons, strict=True)
        ]

    def over_budget(self, read: Iterable[str], limit: int) -> list[LeftOutRow]:
        """Return the pages that stood for choice and are not read, listed and counted by their group."""
        return self._others(read, BUDGET, f"of this part did not fit into your limit of {limit}")

    def without_news(self, read: Iterable[str]) -> list[LeftOutRow]:
        """Return the pages that are not read since those before them said nothing new."""
        return self._others(
            read, NOTHING_NEW, "of this part are not read, since the pages before them said nothing new"
        )

    def _others(self, read: Iterable[str], reason: str, why: str) -> list[LeftOutRow]:
        read = set(read)
        rows: list[LeftOutRow] = []
        for group in self.groups:
            over = [url for url in group.urls if url not in read]
            rows += listed(over, reason, f"{len(over):,} pages {why}", group.label)
        return rows


def listed(urls: Sequence[str], reason: str, note: str, group: str = "") -> list[LeftOutRow]:
    """Return rows for pages left out for one reason: the first by address, one of which counts the others."""
    shown = urls[:LISTED_OF_ALIKE]
    rows = [LeftOutRow(url=url, reason=reason, note=note, group=group) for url in shown]
    if len(urls) > len(shown):
        rows[0].alike = 1 + len(urls) - len(shown)
        rows[0].note = f"{note}; {rows[0].alike - 1:,} more like it are not listed"
    return rows


def rows_of(left: Iterable[LeftOut]) -> list[LeftOutRow]:
    """Return rows for what reasons other than the budget left out."""
    alike: dict[tuple[str, str], list[str]] = {}
    for each in left:
        alike.setdefault((each.reason.code, each.reason.words), []).append(each.url)
    return [row for (code, words), urls in alike.items() for row in listed(urls, code, words)][:MOST_LISTED]


def _shown(url: str) -> str:
    path = url.partition("://")[2].partition("/")[2]
    return f"/{path}"[:100]
