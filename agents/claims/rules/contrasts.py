"""On for off, north for south, May for March, landlord for tenant: one of a group of words that exclude each other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from agents.claims.lexicon.lexicon import Member
from agents.claims.reading import Clause, Reading, Token
from agents.claims.rules.denial import denied
from agents.claims.verdict import Refusal

_RULE = "opposite"
_LEAST = 0.5
"""Share of what stands around the word that must stand around its rival in the evidence."""
_LEAST_BESIDE = 0.7
"""The same where the evidence has the claim's word as well, for something else."""


@dataclass(frozen=True, slots=True)
class _Place:
    token: Token
    clause: Clause
    sentence: Reading


def changed_side(claim: Reading, evidence: Sequence[Reading]) -> Refusal | None:
    """Refuse a word where the evidence has one that excludes it, of the same thing."""
    places = [
        _Place(token, clause, sentence)
        for sentence in evidence
        for clause in sentence.clauses
        for token in clause.tokens
        if token.members
    ]
    for clause in claim.clauses:
        for token in clause.tokens:
            for member in token.members:
                if refusal := _judge(token, member, clause, claim, places):
                    return refusal
    return None


def _judge(
    token: Token, member: Member, clause: Clause, claim: Reading, places: Sequence[_Place]
) -> Refusal | None:
    group = member[0]
    rivals = [place for place in places if any(m[0] == group and m[1] != member[1] for m in place.token.members)]
    rivals = [place for place in rivals if not set(place.token.members) & set(token.members)]
    if not rivals or _both_sides(clause, group):
        return None
    own = [place for place in places if member in place.token.members or place.token.stem == token.stem]
    context = _context(clause, group)
    best = max(rivals, key=lambda place: _closeness(context, place, group))
    closeness = _closeness(context, best, group)
    least = _LEAST_BESIDE if own else _LEAST
    if closeness < least or len(context) < 2:
        return None
    if own and closeness <= max(_closeness(context, place, group) for place in own) + 0.15:
        return None
    size = len({m for place in places for m in place.token.members if m[0] == group} | {member})
    if size == 2 and denied(clause, claim) != denied(best.clause, best.sentence):
        return None
    return Refusal(_RULE, token.text, best.token.text)


def _both_sides(clause: Clause, group: int) -> bool:
    """Return whether the clause itself has both words: then it compares them, and the order is for others to judge."""
    return len({m[1] for token in clause.tokens for m in token.members if m[0] == group}) > 1


def _context(clause: Clause, group: int) -> set[str]:
    return {
        token.stem for token in clause.tokens if token.content and not any(m[0] == group for m in token.members)
    }


def _closeness(context: set[str], place: _Place, group: int) -> float:
    """Return the share of the context around a word of the evidence: its clause whole, its sentence for less."""
    if not context:
        return 0.0
    near = place.clause.stems
    far = place.sentence.stems - near
    return (len(context & near) + 0.4 * len(context & far)) / len(context)
