"""May for must, need not for must, can for must not."""

from __future__ import annotations

from collections.abc import Sequence

from agents.claims.alignment import Aligned, alignments
from agents.claims.denial import MILD
from agents.claims.parts import Clause
from agents.claims.reading import Reading
from agents.claims.verdict import Refusal

_RULE = "obligation"
_COVERAGE = 0.6
_EXCLUDE = {
    "must": {"may", "neednot", "mustnot"},
    "may": {"must", "mustnot"},
    "mustnot": {"may", "must"},
    "neednot": {"must"},
}
"""What the evidence says, and what a claim then cannot say of the same."""
_FREELY = (
    "whenever they want", "whenever you want", "whenever they like", "whenever you like", "as they please",
    "as you please", "at any time", "freely", "without restriction", "jederzeit", "nach belieben", "uneingeschränkt",
    "à tout moment", "librement", "en cualquier momento", "libremente", "sin restricci", "sans restriction",
)  # fmt: skip


def changed_modality(claim: Reading, evidence: Sequence[Reading]) -> Refusal | None:
    """Refuse an obligation, a permission or a ban where the evidence has another of them for the same."""
    for clause in claim.clauses:
        here = _force(clause)
        places = alignments(clause, evidence, _COVERAGE) if here and len(clause.stems) > 1 else []
        if places and all(_excluded(here, place, claim) for place in places):
            first = places[0]
            return Refusal(_RULE, _phrase(clause, claim), _phrase(first.clause, first.sentence))
    return None


def _excluded(here: set[str], place: Aligned, claim: Reading) -> bool:
    there = _force(place.clause)
    if not there or here & there:
        return False
    if _excepts(claim) != _excepts(place.sentence) and (_excepts(claim) or _singles_out(claim)):
        # “Compulsory in lane 1 only” is “voluntary except in lane 1”.
        return False
    if "may" in here and "must" in there and _other_side(place):
        return False
    limited = _limits(place.claim) or _limits(place.clause)
    conditional = any(mark.kind in ("if", "only", "unless", "except") for mark in claim.marks)
    without = _has_without(place.claim) != _has_without(place.clause)
    for value in here:
        for other in there:
            if without and {value, other} == {"must", "mustnot"}:
                # “No request without a token” is “each must carry one”.
                continue
            if value == "may" and other == "mustnot" and _freely(claim) and not _limits(place.claim):
                return True
            turned = {value, other} == {"may", "mustnot"} and limited
            granted = value == "may" and other in ("must", "mustnot") and conditional
            if value in _EXCLUDE.get(other, set()) and not turned and not granted:
                return True
    return False


def _has_without(clause: Clause) -> bool:
    return any(token.text.lower() in MILD for token in clause.tokens)


def _freely(claim: Reading) -> bool:
    """Return whether the claim says itself that nothing limits what it allows."""
    return any(phrase in claim.text.lower() for phrase in _FREELY)


def _excepts(sentence: Reading) -> bool:
    return any(mark.kind in ("except", "unless") for mark in sentence.marks)


def _other_side(place: Aligned) -> bool:
    """Return whether the two speak of the two sides of a limit: under eight one must, from eight on one may."""
    here, there = ({value[0] for value in clause.values("bound")} for clause in (place.claim, place.clause))
    return {frozenset(here), frozenset(there)} == {frozenset("g"), frozenset("l")}


def _singles_out(sentence: Reading) -> bool:
    return any(mark.kind == "only" for mark in sentence.marks)


def _force(clause: Clause) -> set[str]:
    """Return what a clause demands or allows; a denied permission is a ban, a denied demand none."""
    found = clause.values("modal") - {"should", "free"}
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
