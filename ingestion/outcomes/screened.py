"""Long lists of phrases, searched fast: by Python's own pattern, but only where a looser one of RE2 finds something.

Most pages hold none of them, and to say so of a sentence takes Python's engine, which tries each alternative at each
place, some hundred times as long as RE2's automaton. RE2 alone would not do: its `\\b` and `\\w` know ASCII only, it
has no look-ahead, and counted repeats make its automata large. So the screen leaves those out, and whatever the exact
pattern finds it finds too. Pure.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import re2

MOST_SCREEN_BYTES = 4 << 20
"""The bound on one automaton, of which there are some sixteen. It grows by what texts make of it; past the bound RE2
still answers, only more slowly. Measured on 190 pages, a judgement took 5.7 ms with this bound, 5.0 ms with 64 MB and
13 ms with 2 MB."""

_LOOSER = (
    (re.compile(r"\(\?![^()]*(?:\([^()]*\)[^()]*)*\)"), ""),  # what must not follow
    (re.compile(r"\\b"), ""),
    (re.compile(r"\{\d+(?:,\d*)?\}\??"), "*"),  # so many of them: any number of them
    (re.compile(r"\\w"), r"[\\pL\\pM\\pN_]"),
    (re.compile(r"\\W"), r"[^\\pL\\pN_]"),
    (re.compile(r"\\s"), r"[\\s\\pZ\\x0b\\x1c-\\x1f\\x85]"),
    (re.compile(r"\\d"), r"\\pN"),
)
_CLASS = re2.compile(r"\[(?:\\.|[^\]\\])+\]")


class Screened:
    """Phrases as one pattern without regard to case. It has `search` and `pattern` as a compiled pattern has."""

    __slots__ = ("_exact", "_screen")

    def __init__(self, *phrases: str) -> None:
        self._exact = re.compile("|".join(phrases), re.I)
        self._screen = re2.compile(f"(?im){looser(self._exact.pattern)}", _options())

    @property
    def pattern(self) -> str:
        return self._exact.pattern

    def may_stand_in(self, lines: str) -> bool:
        """Return False where `search` would find nothing in any of these lines."""
        return self._screen.search(_one_i(lines)) is not None

    def finditer(self, text: str) -> Iterator[re.Match[str]]:
        """Return all places where one of the phrases stands, in their order."""
        return self._exact.finditer(text) if self.may_stand_in(text) else iter(())

    def search(self, text: str) -> re.Match[str] | None:
        """Return the first place where one of the phrases stands."""
        return self._exact.search(text) if self.may_stand_in(text) else None


def _one_i(text: str) -> str:
    """Return it with one i: to Python the i of Turkish, with or without its dot, is the case of i; to RE2 it is not."""
    return text.replace("İ", "i").replace("ı", "i")


def _options() -> Any:
    options = re2.Options()
    options.max_mem = MOST_SCREEN_BYTES
    options.log_errors = False  # it would write to standard error that an automaton has met its bound
    return options


def looser(pattern: str) -> str:
    """Return a pattern of RE2 that finds something wherever this one of Python's does, and in some places more."""
    pieces: list[str] = []
    pattern, end = _one_i(pattern), 0
    for found in _CLASS.finditer(pattern):
        pieces += [_outside(pattern[end : found.start()]), _inside(found.group())]
        end = found.end()
    return "".join([*pieces, _outside(pattern[end:])])


def _outside(pattern: str) -> str:
    for what, by in _LOOSER:
        pattern = what.sub(by, pattern)
    return pattern


def _inside(characters: str) -> str:
    """Return a class of characters with RE2's own names for Python's."""
    return characters.replace(r"\w", r"\pL\pM\pN_").replace(r"\s", r"\s\pZ").replace(r"\d", r"\pN")
