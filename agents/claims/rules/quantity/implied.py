"""Amounts that no source has so, but that its sentences imply: over another period, beside a comparison, past a limit.

Pure. What follows from two amounts alone is `derived`'s.
"""

from __future__ import annotations

from itertools import pairwise

from agents.claims.amounts import Amount
from agents.claims.denial import denied
from agents.claims.parts import Clause
from agents.claims.reading import Reading
from agents.claims.rules.quantity.bounds import bound_of
from agents.claims.rules.quantity.derived import follows_from
from agents.text.vocabulary import word_set

_DAY = 86400.0
_PERIODS = {
    365 * _DAY: word_set("year yearly annual annually jahr jährlich jahres an annuel annuelle année año anual 年"),
    30.4 * _DAY: word_set("month monthly monat monatlich mois mensuel mensuelle mes mensual mensuales 月"),
    7 * _DAY: word_set("week weekly woche wöchentlich semaine hebdomadaire semana semanal 週"),
    _DAY: word_set("day daily tag täglich jour quotidien día diario diaria 日"),
    3600: word_set("hour hourly stunde heure hora 時間"),
}
_WEEK = 7
_LOOSE = 0.035
_TOO = word_set("too zu trop demasiado")
_PAST = word_set(
    """
    late early old young small large big long short high low much many spät früh alt jung klein groß lang kurz hoch
    viel tard tôt vieux jeune petit grand long court tarde pronto viejo joven pequeño grande
    """
)


def over_another_period(amount: Amount, claim: Reading, other: Amount, sentence: Reading) -> bool:
    """Return whether both are the same pace: 2,500 a month, of 30,000 a year."""
    if amount.dimension != other.dimension or amount.dimension in ("time", "per", "rate"):
        return False
    return any(
        abs(mine - theirs * here / there) <= _LOOSE * abs(mine)
        for here in _periods(claim)
        for there in _periods(sentence)
        if here != there
        for mine in amount.in_base
        for theirs in other.in_base
    )


def _periods(sentence: Reading) -> set[float]:
    words = {token.text.lower() for token in sentence.tokens}
    if not sentence.lexicon.spaced:
        words |= set(sentence.text)
    return {seconds for seconds, names in _PERIODS.items() if words & names}


def of_what_is_compared(amount: Amount, claim: Reading, sentence: Reading) -> bool:
    """Return whether the claim tells the other side of a comparison: 25 last year, of 27, two more than last year."""
    than = next((mark for mark in sentence.marks if mark.kind == "than"), None)
    if than is None:
        return False
    other_side = {token.stem for token in sentence.tokens[than.place + than.size :] if token.content}
    return bool(other_side & claim.stems) and follows_from(amount, sentence.amounts)


def past_the_limit(amount: Amount, clause: Clause, claim: Reading, other: Amount, sentence: Reading) -> bool:
    """Return whether the claim calls too old, too late or too much what a limit of the evidence leaves out."""
    limit = bound_of(other, sentence)
    if limit is None or denied(clause, claim) or not says_too_much(claim):
        return False
    downward = (limit.kind in ("ge", "gt")) != limit.denied
    return any(mine != theirs and (mine < theirs) == downward for mine in amount.in_base for theirs in other.in_base)


def says_too_much(claim: Reading) -> bool:
    """Return whether a claim says that something is too late, too old or too much of it."""
    lows = [token.text.lower() for token in claim.tokens]
    return any(one in _TOO and two in _PAST for one, two in pairwise(lows))


def keeps_a_bound(amount: Amount, claim: Reading, other: Amount, sentence: Reading) -> bool:
    """Return whether the claim gives a limit that an exact amount of the evidence keeps: less than half, of 45 %."""
    limit = bound_of(amount, claim)
    if limit is None or limit.denied or amount.dimension != other.dimension or bound_of(other, sentence):
        return False
    upward = limit.kind in ("ge", "gt")
    return any(theirs != mine and (theirs > mine) == upward for mine in amount.in_base for theirs in other.in_base)


def days_left(amount: Amount, sentence: Reading) -> bool:
    """Return whether a week without the days that the evidence excepts has so many: six, of daily except Saturday."""
    if not any(mark.kind in ("except", "unless") for mark in sentence.marks):
        return False
    groups = sentence.lexicon.groups
    excepted = {m for token in sentence.tokens for m in token.members if len(groups[m[0]]) == _WEEK}
    return bool(excepted) and amount.values == {float(_WEEK - len(excepted))}
