"""What was once so told as so now, a guess told as certain, a connection told as a cause."""

from __future__ import annotations

from collections.abc import Sequence

from agents.claims.alignment import align
from agents.claims.parts import Clause
from agents.claims.reading import Reading
from agents.claims.verdict import Refusal

_COVERAGE = 0.6
_NEARLY_ALL = 0.8


def changed_certainty(claim: Reading, evidence: Sequence[Reading]) -> Refusal | None:
    """Refuse a claim that leaves out a “formerly” or a “perhaps” on which the evidence insists."""
    for clause in claim.clauses:
        place = align(clause, evidence)
        if place is None or place.coverage < _COVERAGE or len(clause.stems) < 3:
            continue
        there = place.clause
        if there.has("former") and not _past(claim) and place.coverage >= _NEARLY_ALL:
            return Refusal("time", _text(clause), _text(there))
        if there.has("hedge") and clause.has("sure") and not clause.has("hedge"):
            return Refusal("certainty", _text(clause), _text(there))
        if there.has("correlate") and clause.has("causal") and not there.has("causal"):
            return Refusal("cause", _text(clause), _text(there))
    return None


def _past(claim: Reading) -> bool:
    """Return whether the claim speaks of the past in any word that the lists know."""
    lows = {token.text.lower() for token in claim.tokens}
    spoken = lows & {
        "was", "were", "had", "did", "war", "waren", "hatte", "wurde", "wurden", "était", "étaient", "fut", "avait",
        "era", "eran", "fue", "fueron", "había",
    }  # fmt: skip
    return bool(spoken) or any(mark.kind in ("former", "neg") for mark in claim.marks) or "た" in claim.text[-4:]


def _text(clause: Clause) -> str:
    return " ".join(token.text for token in clause.tokens if token.text[0].isalnum())[:90]
