"""The map of a site: its pages in groups whose addresses are made alike, and what became of each group.

Of a run under way the groups are its plan's, as it told them; of a site at rest they are made from its rows.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ingestion.choosing.groups import EVERYTHING_ELSE, grouped, template_of
from ingestion.choosing.weights import Candidate
from ingestion.knowledge.wishes import left_out
from ingestion.models import Page, Site

BAR_UNITS = 1000
MOST_PAGES = 20_000
_DEEPEST = 4


@dataclass(frozen=True, slots=True)
class MapRow:
    """One group. `found` are all of its pages; `wide`, `wide_read`, `wide_chosen` draw its bar, in thousandths of the
    largest group.
    """

    label: str
    found: int
    chosen: int
    read: int
    left_out: int
    why: str = ""
    wide: int = 0
    wide_read: int = 0
    wide_chosen: int = 0


def map_of(site: Site) -> list[MapRow]:
    """Return the map of a site as its rows stand, the largest group first."""
    outcomes = dict(site.pages.order_by("pk").values_list("url", "outcome")[:MOST_PAGES])
    alike = dict(left_out(site).values_list("url", "alike")[:MOST_PAGES])
    urls = dict.fromkeys([*outcomes, *alike])
    rows = []
    for group in grouped([Candidate(url=url) for url in urls], site.url):
        tried = [outcomes[url] for url in group.urls if url in outcomes]
        left = sum(alike.get(url, 0) for url in group.urls if url not in outcomes)
        read = sum(outcome == Page.Outcome.OK for outcome in tried)
        rows.append(MapRow(group.label, len(tried) + left, len(tried), read, left))
    return _drawn(sorted(rows, key=lambda row: (-row.found, row.label)))


def map_of_run(state: Mapping[str, Any], home: str) -> list[MapRow]:
    """Return the map that a run's fold tells of: its planned groups, and the pages that have come to them. Pure."""
    groups: Mapping[str, Mapping[str, Any]] = state["items"].get("group", {})
    if not groups:
        return []
    pages = state["items"].get("page", {})
    chosen = _by_label(pages, groups, home)
    read = _by_label((url for url, page in pages.items() if page["stage"] == "read"), groups, home)
    rows = []
    for label in state["item_order"].get("group", []):
        found = max(groups[label]["found"], chosen[label])
        rows.append(
            MapRow(label, found, chosen[label], read[label], found - chosen[label], str(groups[label].get("why") or ""))
        )
    return _drawn(rows)


def _by_label(urls: Iterable[str], groups: Mapping[str, Any], home: str) -> Counter[str]:
    """Return how many pages belong to each group: the deepest whose template fits, else all others together."""
    counts: Counter[str] = Counter()
    for url in urls:
        labels = (template_of(url, depth, home) for depth in range(_DEEPEST, 0, -1))
        counts[next((label for label in labels if label in groups), EVERYTHING_ELSE)] += 1
    return counts


def _drawn(rows: Sequence[MapRow]) -> list[MapRow]:
    largest = max((row.found for row in rows), default=0) or 1

    def wide(count: int) -> int:
        return round(BAR_UNITS * count / largest)

    return [
        MapRow(
            row.label,
            row.found,
            row.chosen,
            row.read,
            row.left_out,
            row.why,
            wide(row.found),
            wide(row.read),
            wide(row.chosen),
        )
        for row in rows
    ]


__all__ = ["MapRow", "map_of", "map_of_run"]
