"""A number, a unit, a scale, a sign, a currency, a date or a time of day that the evidence does not have so."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from agents.claims.alignment import align, share
from agents.claims.amounts import Amount
from agents.claims.amounts.units import UNITS
from agents.claims.denial import denied
from agents.claims.parts import Clause
from agents.claims.reading import Reading
from agents.claims.rules.quantity.bounds import bound_of
from agents.claims.rules.quantity.derived import follows_from, part_of_a_whole
from agents.claims.rules.quantity.implied import (
    days_left,
    keeps_a_bound,
    of_what_is_compared,
    over_another_period,
    past_the_limit,
)
from agents.claims.verdict import Refusal
from agents.text.vocabulary import word_set

_RULE = "amount"
_DAY_SECONDS = 86400.0
_YEAR_SECONDS = 365 * 86400.0
_SMALL = 12
"""Up to here a number in words may count what the evidence lists."""
_SAME_PLACE = 0.5
_SURE_PLACE = 0.75
_NEIGHBOURS = word_set(
    """
    anterior siguiente previous before earlier later next following vorjahr vor nach précédent précédente
    suivant suivante
    """
)
_REST = word_set(
    """
    rest left remains remaining remainder other others else elsewhere übrige übrigen restlichen andere anderen bleibt
    verbleibt reste autres queda quedan
    ailleurs resto demás otros otras
    """
)
_ARTICLES = word_set(
    """
    a an one ein eine einen einem eines einer un une una uno
    """
)


@dataclass(frozen=True, slots=True)
class _Held:
    amount: Amount
    clause: Clause
    sentence: Reading


def changed_amount(claim: Reading, evidence: Sequence[Reading]) -> Refusal | None:
    """Refuse an amount that the evidence does not have, or has for something else."""
    held = list(_held(evidence))
    for clause in claim.clauses:
        for amount in clause.amounts:
            if any(_implied(amount, clause, claim, other) for other in held):
                continue
            if any(days_left(amount, sentence) for sentence in evidence):
                continue
            if refusal := _judge(amount, clause, claim, held, evidence):
                return refusal
    return None


def _implied(amount: Amount, clause: Clause, claim: Reading, other: _Held) -> bool:
    """Return whether one amount of the evidence, with what stands around it, implies this one."""
    return (
        _beyond_limit(amount, claim, other)
        or _more_than_only(amount, clause, claim, other)
        or past_the_limit(amount, clause, claim, other.amount, other.sentence)
        or (_same_thing(clause, other) and keeps_a_bound(amount, claim, other.amount, other.sentence))
        or over_another_period(amount, claim, other.amount, other.sentence)
        or of_what_is_compared(amount, claim, other.sentence)
    )


def _same_thing(clause: Clause, other: _Held) -> bool:
    return share(clause.stems, other.clause.stems) >= _SAME_PLACE


def _held(evidence: Sequence[Reading]) -> Iterator[_Held]:
    for sentence in evidence:
        for clause in sentence.clauses:
            for amount in clause.amounts:
                yield _Held(amount, clause, sentence)


def _judge(
    amount: Amount, clause: Clause, claim: Reading, held: Sequence[_Held], evidence: Sequence[Reading]
) -> Refusal | None:
    own = [other for other in held if amount.equals(other.amount)]
    if amount.dimension == "per":
        return _other_pace(amount, clause, held)
    if own:
        return _bound_elsewhere(amount, clause, own, held)
    if _is_said_otherwise(amount, clause, held, evidence):
        return None
    rivals = [other for other in held if _comparable(amount, other.amount)]
    if (amount.in_words and any(_within_limit(amount, other) for other in rivals)) or _counts_years(
        amount, clause, held
    ):
        return None
    place = align(clause, evidence)
    near = [other for other in rivals if place and other.clause is place.clause and place.coverage >= _SAME_PLACE]
    if not near and not clause.has("bound") and any(_within_limit(amount, other) for other in rivals):
        return None
    compares = any(mark.kind == "than" for mark in claim.marks)
    sure = bool(near) and place is not None and place.coverage >= _SURE_PLACE and not compares
    if (
        (not sure or amount.dimension == "clock")
        and (amount.in_words or amount.unit or amount.about or compares)
        and follows_from(amount, [other.amount for other in held])
    ):
        return None
    if part_of_a_whole(amount, [other.amount for other in held]) or (_is_loose(amount) and not near):
        return None
    if amount.dimension == "clock" and not rivals and any(not other.amount.unit for other in held):
        return None
    best = max(near or rivals, key=lambda other: share(clause.stems, other.clause.stems), default=None)
    return Refusal(_RULE, amount.text, best.amount.text if best else "")


def _is_loose(amount: Amount) -> bool:
    """Return whether it is in words and small or relative: a way of speaking, unless a source has another one there."""
    if not amount.in_words:
        return False
    return amount.dimension in ("share", "times", "rate") or (not amount.unit and max(amount.values) <= _SMALL)


def _is_said_otherwise(amount: Amount, clause: Clause, held: Sequence[_Held], evidence: Sequence[Reading]) -> bool:
    """Return whether it is just “one”, or follows from an amount that the sources put in another way."""
    if amount.values == {1.0} and (amount.in_words or not amount.unit or _one_of(amount, evidence)):
        return True
    if _is_the_rest(amount, clause, held) or any(_is_its_period(amount, other.amount) for other in held):
        return True
    return any(amount.rounds(other.amount) for other in held if amount.about or other.amount.about)


def _other_pace(amount: Amount, clause: Clause, held: Sequence[_Held]) -> Refusal | None:
    """Refuse `per week` where the evidence has the same number in the same place `per day`."""
    paces = [other for other in held if other.amount.dimension == "per"]
    if not paces or any(amount.equals(other.amount) for other in paces):
        return None
    for other in paces:
        same = {text.text for text in clause.amounts if text.dimension != "per"} & {
            text.text for text in other.clause.amounts
        }
        if (same or share(clause.stems, other.clause.stems) >= _SURE_PLACE) and len(clause.stems) > 1:
            return Refusal(_RULE, amount.text, other.amount.text)
    return None


def _within_limit(amount: Amount, other: _Held) -> bool:
    """Return whether the evidence has a limit that this amount keeps: seven is one of `under eight`."""
    limit = bound_of(other.amount, other.sentence)
    if limit is None or not amount.unit or amount.dimension != other.amount.dimension:
        return False
    upward = (limit.kind in ("ge", "gt")) != limit.denied
    return any((mine > theirs) == upward for mine in amount.in_base for theirs in other.amount.in_base)


def _more_than_only(amount: Amount, clause: Clause, claim: Reading, other: _Held) -> bool:
    """Return whether the claim denies more than the evidence has `only`: not twice, of `only once`."""
    alike = amount.unit and amount.dimension == other.amount.dimension
    if not alike or not other.clause.has("only") or not denied(clause, claim):
        return False
    return min(other.amount.in_base) < max(amount.in_base)


def _is_the_rest(amount: Amount, clause: Clause, held: Sequence[_Held]) -> bool:
    """Return whether the claim counts what is left: `374 elsewhere` of 412 seats, 38 of them in boxes."""
    if not {token.text.lower() for token in clause.tokens} & _REST:
        return False
    whole = [Amount(frozenset({100.0}), ("share", 0.01), "", 0, 0)] if amount.dimension == "share" else []
    return follows_from(amount, [*(other.amount for other in held), *whole])


def _is_its_period(one: Amount, two: Amount) -> bool:
    """Return whether one is the time in which what the other counts happens once: `in 24 hours`, `once in 24 hours`."""
    if {one.dimension, two.dimension} == {"per", "rate"}:
        pace, often = (one, two) if one.dimension == "per" else (two, one)
        return any(abs(seconds * value - _DAY_SECONDS) < 1 for seconds in pace.in_base for value in often.in_base)
    span, rate = (one, two) if one.dimension == "time" else (two, one)
    if (span.dimension, rate.dimension) != ("time", "rate"):
        return False
    return any(abs(seconds * often - _DAY_SECONDS) < 1 for seconds in span.in_base for often in rate.in_base)


def _beyond_limit(amount: Amount, claim: Reading, other: _Held) -> bool:
    """Return whether the claim denies what a limit of the evidence leaves out: no eleven or more, of `up to ten`."""
    if amount.dimension != other.amount.dimension:
        return False
    here, there = bound_of(amount, claim), bound_of(other.amount, other.sentence)
    if here is None or there is None or not here.denied or there.denied or here.kind[0] == there.kind[0]:
        return False
    least, most = (other.amount, amount) if here.kind[0] == "g" else (amount, other.amount)
    return min(least.in_base) < max(most.in_base)


def _counts_years(amount: Amount, clause: Clause, held: Sequence[_Held]) -> bool:
    """Return whether an amount may count from a year of the evidence to today, or is the year next to one."""
    years = {value for other in held if not other.amount.unit for value in other.amount.values if 1000 <= value <= 2100}
    if amount.about and amount.dimension == "time" and max(amount.in_base) >= 10 * 365 * 86400:
        return bool(years)
    if amount.unit or not amount.values:
        return False
    spans = {other.amount for other in held if other.amount.dimension == "time"}
    spaced = {value / _YEAR_SECONDS for span in spans for value in span.in_base if value >= _YEAR_SECONDS}
    if any(abs(value - year) in spaced for value in amount.values for year in years):
        return True
    if not amount.values <= {year + step for year in years for step in (-1, 1)}:
        return False
    words = {token.text.lower() for other in held for token in other.sentence.tokens}
    return bool(words & _NEIGHBOURS) and len(clause.amounts) >= 1


def _one_of(amount: Amount, evidence: Sequence[Reading]) -> bool:
    """Return whether the evidence has one of the unit in words: `ein Kilogramm`, `one euro`."""
    return any(
        before.text.lower() in _ARTICLES and UNITS.get(token.text.lower(), ("", 0.0)) == amount.unit
        for sentence in evidence
        for before, token in zip(sentence.tokens, sentence.tokens[1:], strict=False)
    )


def _comparable(one: Amount, two: Amount) -> bool:
    """Return whether the two measure the same, or one of them may."""
    if one.unit and two.unit:
        return one.dimension == two.dimension or bool(one.values & two.values)
    return (not one.unit and not two.unit) or bool(one.values & two.values)


def _bound_elsewhere(amount: Amount, clause: Clause, own: Sequence[_Held], held: Sequence[_Held]) -> Refusal | None:
    """Refuse an amount that the evidence has, but for something else: what stands around it here has another there."""
    context = clause.stems - {amount.text}
    rivals = [
        other
        for other in held
        if other not in own
        and _comparable(amount, other.amount)
        and not any(found.clause is other.clause for found in own)
    ]
    best_own = max(len(context & other.clause.stems) for other in own)
    best = max(rivals, key=lambda other: len(context & other.clause.stems), default=None)
    if best is None or any(best.amount.equals(other) for other in clause.amounts):
        return None
    closeness = len(context & best.clause.stems)
    if closeness >= best_own + 2 and closeness >= 0.6 * len(context):
        return Refusal(_RULE, amount.text, best.amount.text)
    return None
