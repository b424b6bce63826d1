"""Two words that describe two things, each put to the other's: “cold air meets warm water”."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations, pairwise

from agents.claims.reading import Reading
from agents.claims.verdict import Refusal

_Pair = tuple[str, str]


def swapped_modifiers(claim: Reading, evidence: Sequence[Reading]) -> Refusal | None:
    """Refuse two pairs of neighbouring words whose first words changed places in the evidence."""
    if not claim.lexicon.spaced:
        return None
    here = _neighbours(claim)
    for sentence in evidence:
        there = _neighbours(sentence)
        for (one, first), (two, second) in combinations(here - there, 2):
            if one != two and first != second and {(one, second), (two, first)} <= there:
                return Refusal("swapped", f"{one} {first}, {two} {second}", f"{two} {first}, {one} {second}")
    return None


def _neighbours(reading: Reading) -> set[_Pair]:
    """Return the words of meaning that stand side by side, with nothing between them."""
    return {(one.stem, two.stem) for one, two in pairwise(reading.tokens) if one.content and two.content}
