"""What changed at a site between two readings: pages and facts that are new, changed or gone. Pure.

A fact is changed where its page says something much like it now, such as another price; the measure is the ratio of
Ratcliff and Obershelp (difflib), over terms, which are words in any script.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

from pydantic import BaseModel

from language.terms import terms

LISTED = 300
"""So many of each kind are listed; the others are counted."""
ALIKE = 0.6
"""From this ratio on, two statements of one page are one that changed: half of the terms and a few more."""

_WORDS = {
    "pages_new": ("page is new", "pages are new"),
    "pages_changed": ("page changed", "pages changed"),
    "pages_gone": ("page is gone", "pages are gone"),
    "facts_new": ("fact is new", "facts are new"),
    "facts_changed": ("fact changed", "facts changed"),
    "facts_gone": ("fact is gone", "facts are gone"),
}


class HeldPage(BaseModel):
    """What a page was: its title, and a digest of its text."""

    title: str
    digest: str


class Held(BaseModel):
    """What a site said at the end of a reading, by address."""

    pages: dict[str, HeldPage] = {}
    facts: dict[str, list[str]] = {}


class PageChange(BaseModel):
    """A page that is new, changed or gone."""

    url: str
    title: str


class FactChange(BaseModel):
    """A fact that is new (`before` is ""), changed, or gone (`after` is "")."""

    url: str
    before: str = ""
    after: str = ""


@dataclass(frozen=True, slots=True)
class ChangedPart:
    """One kind of change, as it is shown: its words, how many there are, and those that are listed."""

    words: str
    count: int
    rows: Sequence[PageChange | FactChange]
    of_pages: bool


class Changes(BaseModel):
    """What changed. Lists are cut to LISTED; `counts` has all, by the names of the lists."""

    pages_new: list[PageChange] = []
    pages_changed: list[PageChange] = []
    pages_gone: list[PageChange] = []
    facts_new: list[FactChange] = []
    facts_changed: list[FactChange] = []
    facts_gone: list[FactChange] = []
    counts: dict[str, int] = {}

    @property
    def total(self) -> int:
        return sum(self.counts.values())

    @property
    def parts(self) -> list[ChangedPart]:
        """Return the lists that hold something, in the order in which people read them."""
        return [
            ChangedPart(words[count != 1], count, dict(self)[name], name.startswith("pages"))
            for name, words in _WORDS.items()
            if (count := self.counts.get(name, 0))
        ]


def compare(before: Held, after: Held) -> Changes:
    """Return what changed from one reading to the next, in the order of the pages."""
    found: dict[str, list[PageChange] | list[FactChange]] = {
        "pages_new": _pages(after, (url for url in after.pages if url not in before.pages)),
        "pages_changed": _pages(after, (url for url in after.pages if _differs(url, before, after))),
        "pages_gone": _pages(before, (url for url in before.pages if url not in after.pages)),
        **_facts(before, after),
    }
    counts = {name: len(rows) for name, rows in found.items()}
    return Changes.model_validate({name: rows[:LISTED] for name, rows in found.items()} | {"counts": counts})


def _pages(held: Held, urls: Iterable[str]) -> list[PageChange]:
    return [PageChange(url=url, title=held.pages[url].title) for url in urls]


def _differs(url: str, before: Held, after: Held) -> bool:
    return url in before.pages and before.pages[url].digest != after.pages[url].digest


def _facts(before: Held, after: Held) -> dict[str, list[FactChange]]:
    """Return the facts that are new, changed and gone. One that only moved to another page is none of them."""
    known, said = _statements(before), _statements(after)
    changed: list[FactChange] = []
    new: list[FactChange] = []
    gone: list[FactChange] = []
    for url in [*before.facts, *(url for url in after.facts if url not in before.facts)]:
        lost = [fact for fact in before.facts.get(url, []) if _same(fact) not in said]
        won = [fact for fact in after.facts.get(url, []) if _same(fact) not in known]
        for old in lost:
            twin = _most_alike(old, won)
            if twin is None:
                gone.append(FactChange(url=url, before=old))
                continue
            won.remove(twin)
            changed.append(FactChange(url=url, before=old, after=twin))
        new += [FactChange(url=url, after=fact) for fact in won]
    return {"facts_new": new, "facts_changed": changed, "facts_gone": gone}


def _most_alike(fact: str, others: Sequence[str]) -> str | None:
    words = terms(fact)
    alike = [(SequenceMatcher(None, words, terms(other)).ratio(), other) for other in others]
    best = max(alike, key=lambda pair: pair[0], default=(0.0, ""))
    return best[1] if best[0] >= ALIKE else None


def _statements(held: Held) -> set[str]:
    return {_same(fact) for facts in held.facts.values() for fact in facts}


def _same(fact: str) -> str:
    """Return a statement without what does not change it: case, spaces, a last full stop."""
    return " ".join(fact.split()).casefold().rstrip(".")


__all__ = ["Changes", "FactChange", "Held", "HeldPage", "PageChange", "compare"]
