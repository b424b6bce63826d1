"""The parts of a sentence as read: words, marks of meaning, clauses."""

from __future__ import annotations

from dataclasses import dataclass, field

from agents.claims.amounts import Amount
from agents.claims.lexicon.lexicon import Member


@dataclass(frozen=True, slots=True)
class Token:
    """One word. `content`: it carries meaning by itself. `members`: the groups of opposites that it belongs to."""

    text: str
    stem: str
    start: int
    content: bool
    members: tuple[Member, ...] = ()


@dataclass(frozen=True, slots=True)
class Mark:
    """A word or phrase that changes what is claimed. `place` counts tokens in the sentence."""

    kind: str
    value: str
    place: int
    size: int
    start: int


@dataclass(slots=True)
class Clause:
    """A part of a sentence that says one thing."""

    tokens: list[Token]
    first: int
    marks: list[Mark] = field(default_factory=list)
    amounts: list[Amount] = field(default_factory=list)

    @property
    def stems(self) -> set[str]:
        return {token.stem for token in self.tokens if token.content}

    def has(self, kind: str, *values: str) -> bool:
        return any(mark.kind == kind and (not values or mark.value in values) for mark in self.marks)

    def values(self, kind: str) -> set[str]:
        return {mark.value for mark in self.marks if mark.kind == kind}
