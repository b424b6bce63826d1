"""Two values and two runs' steps, compared. Pure."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

MOST_LINES = 1_500
MOST_CHARS = 500


@dataclass(frozen=True, slots=True)
class Pair:
    """A line of the first value beside that of the second; "" where it has none. `mark` is "=", "−", "+" or "≠"."""

    mark: str
    first: str
    second: str


@dataclass(frozen=True, slots=True)
class Difference:
    """The lines of two values. `same` says that they are equal, `left_out` counts lines that are not shown."""

    pairs: Sequence[Pair]
    same: bool
    left_out: int = 0


@dataclass(slots=True)
class Used:
    """What the steps of one component used in one run."""

    steps: int = 0
    failed: int = 0
    cached: int = 0
    ms: int = 0
    tokens: int = 0
    cost_microusd: int = 0
    unpriced: bool = False


@dataclass(slots=True)
class Component:
    """One component in two runs."""

    name: str
    first: Used = field(default_factory=Used)
    second: Used = field(default_factory=Used)


def difference_of(first: str, second: str) -> Difference:
    """Return the two texts line by line, beside each other."""
    if first == second:
        lines = first.splitlines()
        return Difference([Pair("=", _cut(each), _cut(each)) for each in lines[:40]], True, max(0, len(lines) - 40))
    ones, others = first.splitlines(), second.splitlines()
    left_out = max(0, len(ones) - MOST_LINES, len(others) - MOST_LINES)
    ones, others = ones[:MOST_LINES], others[:MOST_LINES]
    matcher = difflib.SequenceMatcher(None, ones, others, autojunk=True)
    pairs = [pair for code in matcher.get_opcodes() for pair in _pairs(code, ones, others)]
    return Difference(_with_context(pairs), False, left_out)


def _pairs(code: tuple[str, int, int, int, int], ones: list[str], others: list[str]) -> Iterable[Pair]:
    tag, i, i_end, j, j_end = code
    for at in range(max(i_end - i, j_end - j)):
        one = ones[i + at] if i + at < i_end else None
        other = others[j + at] if j + at < j_end else None
        mark = "=" if tag == "equal" else "+" if one is None else "−" if other is None else "≠"
        yield Pair(mark, _cut(one or ""), _cut(other or ""))


def _with_context(pairs: list[Pair], around: int = 2) -> list[Pair]:
    """Return the lines that differ with some around them; what lies between is one line of dots."""
    near = {place for at, pair in enumerate(pairs) if pair.mark != "=" for place in range(at - around, at + around + 1)}
    shown: list[Pair] = []
    for at, pair in enumerate(pairs):
        if at in near:
            shown.append(pair)
        elif not shown or shown[-1].first != "…":
            shown.append(Pair("=", "…", "…"))
    return shown


def _cut(line: str) -> str:
    return line if len(line) <= MOST_CHARS else line[:MOST_CHARS] + "…"
