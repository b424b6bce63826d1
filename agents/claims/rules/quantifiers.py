"""All for some, most for all, often for rarely."""

from __future__ import annotations

from collections.abc import Sequence

from agents.claims.alignment import Aligned, alignments
from agents.claims.reading import Reading
from agents.claims.verdict import Refusal

_RULE = "quantity word"
_COVERAGE = 0.6
_EXCLUDE = {
    "all": {"some", "few", "most", "many"},
    "most": {"all", "few"},
    "many": {"all", "few"},
    "some": {"all", "most"},
    "few": {"all", "most", "many"},
}
"""What the evidence says, and what a claim then does not follow from it."""


def changed_quantity_word(claim: Reading, evidence: Sequence[Reading]) -> Refusal | None:
    """Refuse a word for how many or how often that the evidence contradicts, of the same thing."""
    for clause in claim.clauses:
        here = clause.values("quant")
        places = alignments(clause, evidence, _COVERAGE) if here and len(clause.stems) > 1 else []
        if places and all(_excluded(here, place) for place in places):
            mark = next(mark for mark in clause.marks if mark.kind == "quant")
            other = next(mark for mark in places[0].clause.marks if mark.kind == "quant")
            return Refusal(_RULE, _around(claim, mark.start), _around(places[0].sentence, other.start))
    return None


def _excluded(here: set[str], place: Aligned) -> bool:
    there = place.clause.values("quant")
    if not there or here & there or place.claim.has("bound") or place.clause.has("bound"):
        return False
    return any(value in _EXCLUDE[other] for value in here for other in there)


def _around(sentence: Reading, start: int) -> str:
    return sentence.text[start : start + 30].rsplit(" ", 1)[0]
