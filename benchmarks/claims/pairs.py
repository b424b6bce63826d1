"""The pairs of the benchmark of claims, how the rules judge them, and what is counted."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from agents.claims import refusal_by_rules

_DATA = Path(__file__).with_name("data")
_HELD_BACK = 3
"""Every third topic of a language is held back."""


@dataclass(frozen=True, slots=True)
class Pair:
    """A claim, the evidence that it is held against, and whether that bears it. `kind`: how a false one is false."""

    language: str
    topic: str
    evidence: str
    claim: str
    true: bool
    kind: str
    held_back: bool


Judged = tuple[Pair, bool]
"""A pair, and whether its claim was accepted."""


@dataclass(frozen=True, slots=True)
class Figures:
    """How many false claims were accepted and true ones refused, in percent, of how many pairs."""

    false_accepted: float
    true_refused: float
    pairs: int


def pairs() -> list[Pair]:
    """Return all pairs, language by language."""
    return [pair for path in sorted(_DATA.glob("*.txt")) for pair in _read(path)]


def _read(path: Path) -> Iterator[Pair]:
    """Yield the pairs of one file: `@` opens a topic, `=` its evidence, `+` a true claim, `- how |` a false one."""
    number, topic, evidence = -1, "", ""
    for line in path.read_text(encoding="utf-8").splitlines():
        mark, text = line[:1], line[2:]
        if mark == "@":
            number, topic = number + 1, text
        elif mark == "=":
            evidence = text
        elif mark in ("+", "-"):
            kind, _, claim = text.rpartition(" | ")
            yield Pair(path.stem, topic, evidence, claim, mark == "+", kind, number % _HELD_BACK == 2)


def figures(judged: Sequence[Judged]) -> Figures:
    """Return the figures of pairs, each with whether its claim was accepted."""
    false = [accepted for pair, accepted in judged if not pair.true]
    true = [accepted for pair, accepted in judged if pair.true]
    return Figures(
        100 * sum(false) / max(1, len(false)), 100 * (len(true) - sum(true)) / max(1, len(true)), len(judged)
    )


def by_rules(chosen: Sequence[Pair]) -> list[Judged]:
    """Return each pair with whether the rules let it pass."""
    return [(pair, refusal_by_rules(pair.claim, [pair.evidence]) is None) for pair in chosen]
