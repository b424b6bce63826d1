"""A denial that the evidence does not have, or one that the claim left out."""

from __future__ import annotations

from collections.abc import Sequence

from agents.claims.alignment import Aligned, align
from agents.claims.reading import Clause, Reading
from agents.claims.rules.denial import denied
from agents.claims.verdict import Refusal

_RULE = "negation"
_COVERAGE = 0.7
_REVERSE = 0.5


def changed_polarity(claim: Reading, evidence: Sequence[Reading]) -> Refusal | None:
    """Refuse a clause that denies what the evidence says in nearly the same words, or the other way round."""
    for clause in claim.clauses:
        place = align(clause, evidence)
        if place is None or place.coverage < _COVERAGE or place.reverse < _REVERSE or len(clause.stems) < 2:
            continue
        if _limits(clause) or _limits(place.clause) or _turns(place):
            continue
        if denied(clause, claim) != denied(place.clause, place.sentence):
            return Refusal(_RULE, _words(clause), _words(place.clause))
    return None


def _limits(clause: Clause) -> bool:
    """Return whether a clause has a limit or an exception, which turns denials around (`no longer than three`)."""
    return clause.has("bound") or clause.has("only") or clause.has("except") or clause.has("unless")


def _turns(place: Aligned) -> bool:
    """Return whether the two clauses hold opposites, or one of them an unknown word that may be one."""
    here = {member for token in place.claim.tokens for member in token.members}
    there = {member for token in place.clause.tokens for member in token.members}
    return any(one[0] == two[0] and one[1] != two[1] for one in here - there for two in there - here)


def _words(clause: Clause) -> str:
    first, last = clause.tokens[0], clause.tokens[-1]
    del last
    return " ".join(token.text for token in clause.tokens if token.text[0].isalnum())[:90] if first else ""
