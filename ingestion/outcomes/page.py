"""A page's evidence with what its judgements need of it, and their measures. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass

from ingestion.outcomes import phrases
from ingestion.outcomes.evidence import Evidence, amount_of

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
        self.about = any(phrases.ABOUT_IT.search(each) for each in self.titles)

    def titled(self, pattern: re.Pattern[str]) -> bool:
        return any(pattern.search(each.strip()) for each in self.titles)

    def said(self, pattern: re.Pattern[str]) -> int:
        """Return how many sentences say so, each turn of phrase once."""
        return len({found.group().lower() for each in self.sentences if (found := pattern.search(each))})

    def rest(self, *patterns: re.Pattern[str]) -> float:
        """Return how much of the page's sentences says something else. Labels of links and buttons are not
        sentences."""
        return sum(
            amount_of(each)
            for each in self.sentences
            if not any(pattern.search(each) for pattern in patterns) and amount_of(each) >= 6
        )

    def marked(self, kind: str) -> list[str]:
        return self.seen.marks.get(kind, [])


def signs_of(*each: tuple[bool, str]) -> tuple[str, ...]:
    return tuple(words for holds, words in each if holds)


def listed(signs: tuple[str, ...]) -> str:
    return signs[0] if len(signs) == 1 else f"{', '.join(signs[:-1])} and {signs[-1]}"
