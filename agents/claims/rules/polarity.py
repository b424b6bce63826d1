"""A denial that the evidence does not have, or one that the claim left out."""

from __future__ import annotations

from collections.abc import Sequence

from agents.claims.alignment import Aligned, alignments, share
from agents.claims.denial import MILD, denied, denied_beside
from agents.claims.parts import Clause
from agents.claims.reading import Reading
from agents.claims.verdict import Refusal
from agents.text.vocabulary import word_set

_RULE = "negation"
_COVERAGE = 0.7
_REVERSE = 0.5
_ALL_BUT, _ALL_BUT_ONE = 0.75, 0.84
_NEARLY_ALL = 0.9
"""A word that only one of the two has may deny by itself (“suspended”): there must be few."""
_PREPOSITIONS = word_set(
    """
    in at during for with by from on between among pour dans avec entre à en sur au chez par bei mit für an auf
    zwischen im am para con por
    """
)
"""A part of a sentence that opens so and has two words of meaning says nothing by itself."""
_MILD_UNSPACED = ("なし", "無し", "ないで", "ずに", "没有", "不用")
_NEGATIVE_STATES = word_set(
    """
    off closed disabled excluded absent empty hidden unavailable geschlossen gesperrt deaktiviert ausgeschaltet fermé
    fermée fermés fermées désactivé désactivée désactivés désactivées cerrado cerrada cerrados cerradas desactivado
    desactivada desactivados desactivadas
    """
)
_SHORT = 3
_ASIDE_COVERAGE = 0.75


def changed_polarity(claim: Reading, evidence: Sequence[Reading]) -> Refusal | None:
    """Refuse a clause that denies what the evidence says in nearly the same words, or the other way round."""
    for clause in claim.clauses:
        fragment = len(clause.stems) <= 2 and len(claim.clauses) > 1 and clause.tokens[0].text.lower() in _PREPOSITIONS
        if len(clause.stems) < 2 or fragment or _limits(clause) or denied_beside(clause, claim):
            continue
        places = alignments(clause, evidence, _COVERAGE)
        if places and all(_differs(clause, claim, place) for place in places):
            return Refusal(_RULE, _words(clause), _words(places[0].clause))
        if found := _denied_aside(clause, claim, evidence):
            return Refusal(_RULE, _words(clause), _words(found))
    return None


def _differs(clause: Clause, claim: Reading, place: Aligned) -> bool:
    if _mild(clause, claim) != _mild(place.clause, place.sentence):
        return False
    if (
        _limits(place.clause)
        or _turns(place)
        or _denies_by_state(clause, claim, place)
        or _under_condition(claim, place.sentence)
    ):
        return False
    if "ほど" in claim.text and any(mark.kind == "than" for mark in place.sentence.marks):
        return False  # “Not as steep as” turns “steeper than” around.
    if clause.has("quant", "few") or place.clause.has("quant", "few"):
        # “Few ever do” is “most never do”.
        return False
    here, there = denied(clause, claim), denied(place.clause, place.sentence)
    coverage, reverse = (_COVERAGE, _ALL_BUT) if here else (_ALL_BUT_ONE, _REVERSE)
    if not claim.lexicon.spaced:
        coverage, reverse = _NEARLY_ALL, _ALL_BUT
    return here != there and place.coverage >= coverage and place.reverse >= reverse


def _denies_by_state(clause: Clause, claim: Reading, place: Aligned) -> bool:
    """Return whether a word of state denies in the evidence what the claim denies: off, closed, “nobody can”."""
    if not denied(clause, claim):
        return False
    here = {token.text.lower() for token in clause.tokens}
    return bool(({token.text.lower() for token in place.clause.tokens} & _NEGATIVE_STATES) - here)


def _under_condition(claim: Reading, sentence: Reading) -> bool:
    """Return whether the claim alone names a condition: under it the source may say the contrary elsewhere."""
    return any(mark.kind == "if" for mark in claim.marks) and not any(mark.kind == "if" for mark in sentence.marks)


def _mild(clause: Clause, sentence: Reading) -> bool:
    if not sentence.lexicon.spaced:
        return any(word in sentence.text for word in _MILD_UNSPACED)
    last = clause.first + len(clause.tokens)
    return any(token.text.lower() in MILD for token in sentence.tokens[clause.first : last])


def _denied_aside(clause: Clause, claim: Reading, evidence: Sequence[Reading]) -> Clause | None:
    """Return the short clause in which the evidence denies what this one says: `…, but it is not waterproof`."""
    if clause.has("quant", "few") or any(denied(other, claim) for other in claim.clauses):
        return None
    if len(clause.stems) < _SHORT and len(claim.clauses) > 1:
        return None  # An apposition says nothing by itself: “…, the Request Of Maintainer”.
    for sentence in evidence:
        for other in sentence.clauses:
            said = other.stems
            if not said or len(said) > _SHORT or not said <= clause.stems or _limits(other):
                continue
            if not denied(other, sentence) or other.has("if") or clause.has("modal", "neednot"):
                continue
            if _granted_behind(clause.stems - said, other, sentence) or _said_elsewhere(said, other, sentence):
                continue
            if share(clause.stems, sentence.stems) >= _ASIDE_COVERAGE:
                return other
    return None


def _granted_behind(rest: set[str], denying: Clause, sentence: Reading) -> bool:
    """Return whether a later clause grants all else that is claimed: `authors cannot, but they may propose changes`."""
    behind = [other for other in sentence.clauses if other.first > denying.first and not denied(other, sentence)]
    return len(rest) > 1 and any(rest <= other.stems for other in behind)


def _said_elsewhere(said: set[str], denying: Clause, sentence: Reading) -> bool:
    return any(said & other.stems for other in sentence.clauses if other is not denying)


def _limits(clause: Clause) -> bool:
    """Return whether a clause has a limit or an exception, which turns denials around (`no longer than three`)."""
    return (
        clause.has("bound")
        or clause.has("only")
        or clause.has("except")
        or clause.has("unless")
        or clause.has("modal", "neednot")
    )


def _turns(place: Aligned) -> bool:
    """Return whether the two clauses hold opposites, or one of them an unknown word that may be one."""
    here = {member for token in place.claim.tokens for member in token.members}
    conditions = any(mark.kind == "if" for mark in place.sentence.marks)
    said = place.sentence.tokens if conditions else place.clause.tokens
    there = {member for token in said for member in token.members}
    return any(one[0] == two[0] and one[1] != two[1] for one in here - there for two in there - here)


def _words(clause: Clause) -> str:
    first, last = clause.tokens[0], clause.tokens[-1]
    del last
    return " ".join(token.text for token in clause.tokens if token.text[0].isalnum())[:90] if first else ""
