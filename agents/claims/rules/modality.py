"""May for must, need not for must, can for must not."""

from __future__ import annotations

from collections.abc import Sequence

from agents.claims.alignment import align
from agents.claims.reading import Clause, Reading
from agents.claims.verdict import Refusal

_RULE = "obligation"
_COVERAGE = 0.5
_EXCLUDE = {
    "must": {"may", "neednot", "mustnot"},
    "may": {"must", "mustnot"},
    "mustnot": {"may", "must"},
    "neednot": {"must"},
}
"""What the evidence says, and what a claim then cannot say of the same."""


def changed_modality(claim: Reading, evidence: Sequence[Reading]) -> Refusal | None:
    """Refuse an obligation, a permission or a ban where the evidence has another of them for the same."""
    for clause in claim.clauses:
        here = _force(clause)
        place = align(clause, evidence)
        if not here or place is None or place.coverage < _COVERAGE:
            continue
        there = _force(place.clause)
        if not there or here & there or _limits(clause) != _limits(place.clause):
            continue
        if any(value in _EXCLUDE.get(other, set()) for value in here for other in there):
            return Refusal(_RULE, _phrase(clause, claim), _phrase(place.clause, place.sentence))
    return None


def _force(clause: Clause) -> set[str]:
    """Return what a clause demands or allows; a denied permission is a ban, a denied demand none."""
    found = clause.values("modal") - {"should"}
    if clause.has("neg") and "may" in found and "mustnot" not in found and not _limits(clause):
        found = (found - {"may"}) | {"mustnot"}
    return found


def _limits(clause: Clause) -> bool:
    return clause.has("bound") or clause.has("only") or clause.has("except") or clause.has("unless")


def _phrase(clause: Clause, sentence: Reading) -> str:
    marks = [mark for mark in clause.marks if mark.kind == "modal"]
    if not sentence.lexicon.spaced:
        return "".join(sentence.text[mark.start : mark.start + 8] for mark in marks[:1])
    return " ".join(token.text for mark in marks[:1] for token in sentence.tokens[mark.place : mark.place + mark.size])
