"""Two things said of two others, crosswise: what the evidence says of the one is claimed of the other."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations

from agents.claims.parts import Clause
from agents.claims.reading import Reading
from agents.claims.verdict import Refusal

_WORDS = 5
_LEAST = 0.5
"""Share of each clause, of the claim and of the evidence, that has to be among the words that changed places."""


def crossed_over(claim: Reading, evidence: Sequence[Reading]) -> Refusal | None:
    """Refuse a claim whose two clauses each join what two clauses of the evidence keep apart."""
    for one, two in combinations([clause for clause in claim.clauses if _words(clause)], 2):
        for sentence in evidence:
            for first, second in combinations(sentence.clauses, 2):
                if crossed := _crossed(_words(one), _words(two), _words(first), _words(second)):
                    return Refusal("swapped", crossed[0], crossed[1])
    return None


def _words(clause: Clause) -> set[str]:
    """Return content words and amounts of a clause, and the words of opposites even where they are small."""
    found = clause.stems | {token.stem for token in clause.tokens if token.members}
    return found | {f"#{value:g}" for amount in clause.amounts for value in amount.values}


def _crossed(one: set[str], two: set[str], first: set[str], second: set[str]) -> tuple[str, str] | None:
    """Return the words that changed places, if some did and none stayed with its own."""
    only_first, only_second = first - second, second - first
    parts = [one & only_first, one & only_second, two & only_first, two & only_second]
    if not all(parts) or parts[0] & parts[2] or parts[1] & parts[3]:
        return None
    covered = len(parts[0] | parts[1]) / max(1, len(one)), len(parts[2] | parts[3]) / max(1, len(two))
    used = len(parts[0] | parts[2]) / len(first), len(parts[1] | parts[3]) / len(second)
    if sum(map(len, parts)) < _WORDS or min(*covered, *used) < _LEAST:
        return None
    return " ".join(sorted(parts[0] | parts[1])), " ".join(sorted(only_first & (one | two)))
