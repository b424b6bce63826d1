"""What of a run somebody looks at, as the page's address says it: any view of it can be sent to a colleague. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import Any
from urllib.parse import urlencode

PAGES = ("waterfall", "flame", "log", "values", "origin")
MOST_OPENED = 200
LONGEST = 200
LONGEST_BACK = 600
_FIGURES = 9


@dataclass(frozen=True, slots=True)
class Look:
    """One view of a run.

    `opened` and `closed` name rows by where their step stands ("12"), groups by that of their first step ("g12"), and
    of a group how many of its steps are shown ("g12:300"). `after` is the event behind which the log is shown, `back`
    the query of the list that led here.
    """

    view: str = "waterfall"
    step: str = ""
    root: str = ""
    failed: bool = False
    q: str = ""
    opened: tuple[str, ...] = ()
    closed: tuple[str, ...] = ()
    page: int = 1
    after: int = 0
    back: str = ""

    def link(self, **changes: Any) -> str:
        """Return the address of this view with those changes, from the run's own page."""
        wanted = replace(self, **changes)
        given = {}
        for field in fields(Look):
            value = getattr(wanted, field.name)
            if value != field.default:
                given[field.name] = _written(value)
        return f"?{urlencode(given)}" if given else "?"

    def toggled(self, row: str, *, is_open: bool, by_default: bool) -> str:
        """Return the address of this view with that row opened, or closed where it is open."""
        name = row.partition(":")[0]
        opened = tuple(each for each in self.opened if each.partition(":")[0] != name)
        closed = tuple(each for each in self.closed if each != name)
        if is_open and by_default:
            closed = (*closed, name)
        if not is_open and not by_default:
            opened = (*opened, row)
        return self.link(opened=opened, closed=closed)

    def shows(self, group: str) -> int:
        """Return how many steps of an opened group are shown; -1 where it is not open, 0 where nothing is said."""
        for each in self.opened:
            name, _, count = each.partition(":")
            if name == group:
                return _number(count)
        return -1


def look_of(given: Mapping[str, str]) -> Look:
    """Return what a query string asks for; what it does not say, or says wrongly, is as usual."""
    view, back = given.get("view", ""), given.get("back", "")
    return Look(
        view=view if view in PAGES else "waterfall",
        step=given.get("step", "")[:LONGEST],
        root=given.get("root", "")[:LONGEST],
        failed=given.get("failed", "") == "1",
        q=given.get("q", "").strip()[:LONGEST],
        opened=_listed(given.get("opened", "")),
        closed=_listed(given.get("closed", "")),
        page=_number(given.get("page", "")) or 1,
        after=_number(given.get("after", "")),
        back=back if len(back) <= LONGEST_BACK else "",  # a part of it would be another list
    )


def _listed(text: str) -> tuple[str, ...]:
    return tuple(each for each in text.split(",")[:MOST_OPENED] if each)


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) <= _FIGURES else 0


def _written(value: Any) -> str:
    if isinstance(value, tuple):
        return ",".join(value)
    return "1" if value is True else str(value)
