"""A page's evidence with what its judgements need of it, and their measures. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass

from ingestion.outcomes import phrases
from ingestion.outcomes.evidence import Evidence, amount_of
from ingestion.outcomes.screened import Screened

_SENTENCES = re.compile(r"(?<=[.!?…])\s+|(?<=[。！？])|\n")
HAS_FACT = re.compile(r"\d{3,}|[@€$£¥]|\d\s?(?:%|:\d\d)|https?://")
ENDS = re.compile(r"[.!?。！？…][\"'”’»)]*$")
MUCH = 250.0
SOME = 60.0
LITTLE = 25.0
"""Amounts of text, in words."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """An outcome by its name, and its reason as a clause; `signs` say what it was judged by."""

    outcome: str
    reason: str = ""
    signs: tuple[str, ...] = ()


class Page:
    """The evidence with what several judgements need of it."""

    def __init__(self, seen: Evidence, url: str, status: int, asked: str) -> None:
        self.seen, self.url, self.status, self.asked = seen, url, status, asked
        self.titles = [each for each in (seen.title, seen.h1) if each]
        self.sentences = [
            each for part in _SENTENCES.split(seen.said) if (each := part.strip()) and each not in self.titles
        ]
        self._lines = "\n".join(self.sentences)
        self._amounts = [amount_of(each) for each in self.sentences]
        self._found: dict[str, list[str]] = {}
        self.about = any(phrases.ABOUT_IT.search(each) for each in self.titles)

    def titled(self, pattern: Screened) -> bool:
        return any(pattern.search(each.strip()) for each in self.titles)

    def said(self, pattern: Screened) -> int:
        """Return how many sentences say so, each turn of phrase once."""
        return len(set(self._turns(pattern)) - {""})

    def rest(self, *patterns: Screened) -> float:
        """Return how much of the page's sentences says something else. Labels of links and buttons are not
        sentences."""
        turns = zip(*(self._turns(pattern) for pattern in patterns), strict=True)
        return sum(amount for amount, found in zip(self._amounts, turns, strict=True) if amount >= 6 and not any(found))

    def says(self, pattern: Screened) -> list[bool]:
        """Return for each sentence whether it says so."""
        return [turn != "" for turn in self._turns(pattern)]

    def _turns(self, pattern: Screened) -> list[str]:
        """Return for each sentence the turn of phrase that stands in it, in lower case, or ""."""
        known = self._found.get(pattern.pattern)
        if known is None:
            if pattern.may_stand_in(self._lines):
                each = (pattern.search(sentence) for sentence in self.sentences)
                known = [found.group().lower() if found else "" for found in each]
            else:
                known = [""] * len(self.sentences)
            self._found[pattern.pattern] = known
        return known

    def marked(self, kind: str) -> list[str]:
        return self.seen.marks.get(kind, [])


def signs_of(*each: tuple[bool, str]) -> tuple[str, ...]:
    return tuple(words for holds, words in each if holds)


def listed(signs: tuple[str, ...]) -> str:
    return signs[0] if len(signs) == 1 else f"{', '.join(signs[:-1])} and {signs[-1]}"
