"""What changed between two texts, word by word. Pure. By difflib (Ratcliff and Obershelp), line by line first."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Literal

_WORDS = re.compile(r"\s+|[^\s]+")
MOST_WORDS = 4_000
"""In a stretch of more, lines are shown as a whole: comparing takes the square of it."""


@dataclass(frozen=True, slots=True)
class Change:
    """A stretch of text: the same in both, taken out, or put in."""

    kind: Literal["same", "out", "in"]
    text: str


def differences(before: str, after: str) -> list[list[Change]]:
    """Return the paragraphs that changed, each as its stretches in order; empty where nothing did."""
    old, new = _paragraphs(before), _paragraphs(after)
    found = []
    for tag, a, b, c, d in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if tag != "equal":
            found.append(list(_words("\n".join(old[a:b]), "\n".join(new[c:d]))))
    return found


def _words(before: str, after: str) -> Iterator[Change]:
    old, new = _WORDS.findall(before), _WORDS.findall(after)
    if len(old) + len(new) > MOST_WORDS:
        yield from (Change(kind, text) for kind, text in (("out", before), ("in", after)) if text)  # type: ignore[arg-type]
        return
    for tag, a, b, c, d in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if tag == "equal":
            yield Change("same", "".join(old[a:b]))
            continue
        if b > a:
            yield Change("out", "".join(old[a:b]))
        if d > c:
            yield Change("in", "".join(new[c:d]))


def _paragraphs(text: str) -> list[str]:
    return [line for line in text.splitlines() if line.strip()]
