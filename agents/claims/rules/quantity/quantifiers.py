"""All for some, most for all, often for rarely."""

from __future__ import annotations

from collections.abc import Sequence

from agents.claims.alignment import Aligned, alignments
from agents.claims.denial import denied
from agents.claims.parts import Clause
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
_FRACTIONS = frozenset(
    {"half", "hälfte", "moitié", "mitad", "third", "drittel", "tiers", "tercio", "quarter", "viertel"}
)
_ANYONE = frozenset({"anyone", "anybody", "everyone", "everybody", "jeder", "jede", "quiconque", "cualquiera"})
_WHOLE = frozenset({"whole", "full", "ganze", "ganzen", "entier", "entière", "entero", "entera"})
_NEARLY_ALL = 0.5
_DETERMINERS = frozenset({"all", "every", "each", "most", "many", "some", "several", "few", "any", "certain", "entire"})
"""English words that count the noun behind them; others (`often`) say how often something happens."""


def changed_quantity_word(claim: Reading, evidence: Sequence[Reading]) -> Refusal | None:
    """Refuse a word for how many or how often that the evidence contradicts, of the same thing."""
    for clause in claim.clauses:
        if refusal := _widened(clause, claim, evidence):
            return refusal
        here = clause.values("quant")
        places = alignments(clause, evidence, _COVERAGE) if here and len(clause.stems) > 1 else []
        if places and all(_excluded(here, place, claim) for place in places):
            mark = next(mark for mark in clause.marks if mark.kind == "quant")
            other = next(mark for mark in places[0].clause.marks if mark.kind == "quant")
            return Refusal(_RULE, _around(claim, mark.start), _around(places[0].sentence, other.start))
    return None


def _widened(clause: Clause, claim: Reading, evidence: Sequence[Reading]) -> Refusal | None:
    """Refuse `all` where the evidence says `half`, and `anyone` where it says `only`, of the same."""
    lows = {token.text.lower() for token in clause.tokens}
    whole, anyone = clause.has("quant", "all") or lows & _WHOLE, lows & _ANYONE
    if lows & _FRACTIONS or denied(clause, claim) or clause.has("only") or not (whole or anyone):
        return None
    for place in alignments(clause, evidence, _NEARLY_ALL if whole else _COVERAGE):
        there = {token.text.lower() for token in place.clause.tokens}
        part = there & _FRACTIONS and whole and not place.clause.has("quant", "all")
        if part or (anyone and any(mark.kind == "only" for mark in place.sentence.marks)):
            return Refusal(_RULE, claim.text[:60], place.sentence.text[:60])
    return None


def _excluded(here: set[str], place: Aligned, claim: Reading) -> bool:
    there = place.clause.values("quant")
    if not there or here & there or place.claim.has("bound") or place.clause.has("bound"):
        return False
    if denied(place.claim, claim) != denied(place.clause, place.sentence) or _count_apart(place):
        return False
    if there == {"all"} and _not_all(place.clause):
        return False  # “Not all are” is “some are not”.
    return any(value in _EXCLUDE[other] for value in here for other in there)


def _not_all(clause: Clause) -> bool:
    denials = {mark.place + mark.size for mark in clause.marks if mark.kind == "neg"}
    return any(mark.kind == "quant" and mark.place in denials for mark in clause.marks)


def _count_apart(place: Aligned) -> bool:
    """Return whether the two count different things: “some screens”, and “screens that light each point”."""
    one, two = _counted(place.claim), _counted(place.clause)
    return bool(one and two) and one != two and one in place.clause.stems


def _counted(clause: Clause) -> str:
    """Return the stem of the noun behind the first word that counts one; empty where it is no such word."""
    mark = next(mark for mark in clause.marks if mark.kind == "quant")
    at = mark.place - clause.first
    if clause.tokens[at].text.lower() not in _DETERMINERS:
        return ""
    return next((token.stem for token in clause.tokens[at + mark.size : at + mark.size + 3] if token.content), "")


def _around(sentence: Reading, start: int) -> str:
    return sentence.text[start : start + 30].rsplit(" ", 1)[0]
