"""Which clause of the evidence a clause of the claim speaks of. Pure."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from agents.claims.parts import Clause
from agents.claims.reading import Reading


@dataclass(frozen=True, slots=True)
class Aligned:
    """A clause of the evidence beside a clause of a claim. `coverage`: the share of the claim's content words there."""

    claim: Clause
    clause: Clause
    sentence: Reading
    coverage: float
    reverse: float


def stems_with_numbers(clause: Clause) -> set[str]:
    """Return the content words of a clause, and its amounts in digits."""
    return clause.stems


def align(clause: Clause, evidence: Sequence[Reading]) -> Aligned | None:
    """Return the clause of the evidence that shares most with this one; None where none shares two words."""
    wanted = clause.stems
    best: Aligned | None = None
    for sentence in evidence:
        for other in sentence.clauses:
            shared = wanted & other.stems
            if len(shared) < min(2, len(wanted)) or not shared:
                continue
            found = Aligned(clause, other, sentence, len(shared) / len(wanted), len(shared) / len(other.stems))
            if best is None or (found.coverage, found.reverse) > (best.coverage, best.reverse):
                best = found
    return best


def alignments(clause: Clause, evidence: Sequence[Reading], least: float, within: float = 0.15) -> list[Aligned]:
    """Return the clauses that share at least this much with the clause, and nearly as much as the best one."""
    wanted = clause.stems
    found = [
        Aligned(clause, other, sentence, len(shared) / len(wanted), len(shared) / len(other.stems))
        for sentence in evidence
        for other in sentence.clauses
        if (shared := wanted & other.stems)
    ]
    best = max((place.coverage for place in found), default=0.0)
    return [place for place in found if place.coverage >= max(least, best - within)]


def align_sentence(claim: Reading, evidence: Sequence[Reading]) -> tuple[Reading, float] | None:
    """Return the sentence of the evidence that shares most with the claim, and the share of the claim's words in it."""
    wanted = claim.stems
    if not wanted or not evidence:
        return None
    scored = [
        (len(wanted & other.stems) / len(wanted), -len(other.stems), place) for place, other in enumerate(evidence)
    ]
    coverage, _, place = max(scored)
    return (evidence[place], coverage) if coverage else None


def share(wanted: Collection[str], held: Collection[str]) -> float:
    """Return the part of the wanted words that is held; none wanted is none held."""
    return sum(word in held for word in wanted) / len(wanted) if wanted else 0.0
