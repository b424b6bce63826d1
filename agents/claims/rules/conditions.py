"""If for unless."""

from __future__ import annotations

from collections.abc import Sequence

from agents.claims.alignment import align_sentence
from agents.claims.denial import denials
from agents.claims.reading import Reading
from agents.claims.verdict import Refusal

_COVERAGE = 0.7


def changed_condition(claim: Reading, evidence: Sequence[Reading]) -> Refusal | None:
    """Refuse “if” where the evidence says “unless” of the same, and the other way round."""
    found = align_sentence(claim, evidence)
    if found is None or found[1] < _COVERAGE:
        return None
    sentence = found[0]
    here, there = _turned(claim), _turned(sentence)
    conditional = any(mark.kind in ("if", "unless") for mark in claim.marks)
    conditional = conditional and any(mark.kind in ("if", "unless") for mark in sentence.marks)
    if here == there or not conditional or any(mark.kind == "only" for mark in claim.marks):
        return None
    if _denials(claim) % 2 == _denials(sentence) % 2:
        return Refusal("condition", claim.text[:90], sentence.text[:90])
    return None


def _turned(sentence: Reading) -> bool:
    return any(mark.kind in ("unless", "except") for mark in sentence.marks)


def _denials(sentence: Reading) -> int:
    return sum(len(denials(clause, sentence)) for clause in sentence.clauses)
