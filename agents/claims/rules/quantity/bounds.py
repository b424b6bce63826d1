"""At least for at most, more for less, over for under: the same amount as another kind of limit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from agents.claims.amounts import Amount
from agents.claims.denial import MILD, denied
from agents.claims.parts import Clause, Mark, Token
from agents.claims.reading import Reading
from agents.claims.verdict import Refusal
from agents.text.vocabulary import word_set

_RULE = "limit"
_CLOCK_LIMITS = {
    "before": "lt", "vor": "lt", "avant": "lt", "antes": "lt",
    "after": "gt", "nach": "gt", "après": "gt", "después": "gt",
}  # fmt: skip
_UPWARD = frozenset({"ge", "gt"})
_REACH_BEFORE, _REACH_AFTER = 34, 14
"""How many characters a word of limit may stand before or behind its amount."""
_BEHIND = frozenset({"以上", "以下", "以内", "未満", "まで", "以降"})
"""Japanese sets these behind the amount: before one they belong to something else."""
_MOSTLY = frozenset({"most", "many", "all"})
_FREE = word_set("free frei kostenlos gratis gratuit gratuite gratuitement gratuita")
_TO_BE_PAID = word_set(
    """
    pay pays paid charge charged costs cost zahlen zahlt bezahlen kostet kosten payer paie paient payent coûte pagar
    paga pagan cuesta
    """
)
_SUBJECTS = word_set(
    """
    no nobody kein keine keinen niemand aucun aucune personne ningún ninguna nadie never nie
    """
)
"""Denials that may stand anywhere before or behind a limit; others deny it only where they stand just before."""


@dataclass(frozen=True, slots=True)
class Limit:
    """A limit, its words, and whether its sentence denies what it limits."""

    kind: str
    words: str
    denied: bool


def changed_bound(claim: Reading, evidence: Sequence[Reading]) -> Refusal | None:
    """Refuse a limit in one direction where the evidence has the same amount as a limit in the other."""
    if any(mark.kind in ("except", "unless") for mark in claim.marks) or _denies_on_condition(claim):
        return None
    for clause in claim.clauses:
        for amount in clause.amounts:
            here = None if _is_year(amount) else bound_of(amount, claim)
            if not here:
                continue
            there = [
                found
                for sentence in evidence
                if not _speak_of_other_sides(amount, clause, claim, sentence)
                for other in sentence.clauses
                for held in other.amounts
                if amount.equals(held) and (found := bound_of(held, sentence))
            ]
            if any(_speaks_of_both(sentence) for sentence in [claim, *evidence] if amount.text in sentence.text):
                continue
            if there and all(_conflicts(here, found) for found in there):
                return Refusal(_RULE, here.words, there[0].words)
    return None


def _speak_of_other_sides(amount: Amount, clause: Clause, claim: Reading, sentence: Reading) -> bool:
    """Return whether the two tell of the two sides of one limit: free below four, to be paid from four on."""
    if amount.dimension == "clock" and _hold_opposites(claim.tokens, sentence.tokens):
        return True
    if _forces(claim) == {"may"} and _forces(sentence) == {"must"}:
        return True  # From eight on they may come alone; under eight they must be accompanied.
    here, there = clause.values("quant"), {mark.value for mark in sentence.marks if mark.kind == "quant"}
    if ("few" in here) != ("few" in there) and (here | there) & _MOSTLY:
        return True
    mine, theirs = ({token.text.lower() for token in one.tokens} for one in (claim, sentence))
    return any(mine & one and theirs & two for one, two in ((_FREE, _TO_BE_PAID), (_TO_BE_PAID, _FREE)))


def _forces(sentence: Reading) -> set[str]:
    return {mark.value for mark in sentence.marks if mark.kind == "modal"}


def _hold_opposites(here: Sequence[Token], there: Sequence[Token]) -> bool:
    """Return whether two sentences hold opposites (open, closed): then the limits may point apart and say the same."""
    one = {member for token in here for member in token.members}
    two = {member for token in there for member in token.members}
    return any(mine[0] == other[0] and mine[1] != other[1] for mine in one - two for other in two - one)


def _conflicts(here: Limit, there: Limit) -> bool:
    """Return whether two limits point apart; where only one of them is denied, others judge what that means."""
    return here.denied == there.denied and (here.kind in _UPWARD) != (there.kind in _UPWARD)


def bound_of(amount: Amount, sentence: Reading) -> Limit | None:
    """Return the limit that an amount is; None where it is none, or it cannot be told whether it is denied."""
    best: tuple[int, str, str] | None = None
    for mark in sentence.marks:
        kind = _kind_of(mark, amount, sentence)
        if not kind:
            continue
        tokens = sentence.tokens[mark.place : mark.place + mark.size]
        end = max(mark.start + 1, tokens[-1].start + len(tokens[-1].text)) if tokens else mark.start + 1
        before, after = amount.start - end, mark.start - amount.end
        distance = before if 0 <= before <= _REACH_BEFORE else after if -1 <= after <= _REACH_AFTER else None
        if sentence.language == "ja" and before >= 0 and sentence.text[mark.start : mark.start + 2] in _BEHIND:
            continue
        if distance is not None and (best is None or distance < best[0]):
            best = (distance, kind, sentence.text[mark.start : max(end, amount.end)][:60])
    if best is None:
        return None
    part = _part_around(amount, sentence)
    if _forbids(sentence, part):
        return Limit(best[1], best[2], denied=True)
    if _denies_unclearly(sentence, part):
        return None
    return Limit(best[1], best[2], denied=False)


def _kind_of(mark: Mark, amount: Amount, sentence: Reading) -> str:
    """Return which limit a mark makes of the amount, empty for none; a time of day is one behind “before”, “after”."""
    if mark.kind == "bound" and mark.value != "eq":
        return mark.value
    word = sentence.tokens[mark.place].text.lower()
    near = 0 <= amount.start - mark.start - len(word) <= 2
    if mark.kind == "order" and amount.dimension == "clock" and near and word in _CLOCK_LIMITS:
        return _CLOCK_LIMITS[word]
    return ""


def _part_around(amount: Amount, sentence: Reading) -> range:
    """Return the tokens of the part that the amount stands in, as semicolons cut a sentence: each denies for itself."""
    cuts = [at for at, token in enumerate(sentence.tokens) if token.text in (";", "；")]
    first = max((at for at in cuts if sentence.tokens[at].start < amount.start), default=-1)
    last = min((at for at in cuts if sentence.tokens[at].start >= amount.start), default=len(sentence.tokens))
    return range(first + 1, last)


def _forbids(sentence: Reading, part: range) -> bool:
    """Return whether the sentence denies what it limits, with a word that is no part of the limit."""
    bounds = [range(mark.place, mark.place + mark.size) for mark in sentence.marks if mark.kind == "bound"]
    for clause in sentence.clauses:
        if (
            sentence.language == "de"
            and clause.has("bound")
            and clause.has("modal", "may")
            and denied(clause, sentence)
        ):
            return True
    for mark in sentence.marks:
        banned = mark.kind == "modal" and mark.value == "mustnot"
        if (not banned and mark.kind != "neg") or mark.place not in part or _begins_anew(mark, part, sentence):
            continue
        own = range(mark.place, mark.place + mark.size)
        if any(span.start < own.stop and own.start < span.stop for span in bounds):
            continue
        low = sentence.tokens[mark.place].text.lower()
        subject = low in _SUBJECTS and not (low == "no" and sentence.language != "en")
        if banned or subject or any(0 <= span.start - own.stop <= 4 for span in bounds):
            return True
    return False


def _begins_anew(mark: Mark, part: range, sentence: Reading) -> bool:
    """Return whether a denial opens a clause behind those with limits: `up to five books, and they cannot …`."""
    clause = next((one for one in sentence.clauses if one.first <= mark.place < one.first + len(one.tokens)), None)
    if clause is None or clause.has("bound"):
        return False
    opening = [token.text.lower() for token in clause.tokens if token.text[0].isalnum()][:1]
    near = clause.first + (3 if clause.tokens[0].text == "," else 2)
    if mark.place > near or not set(opening) & sentence.lexicon.joining:
        return False
    return any(other.kind == "bound" and other.place in part and other.place < clause.first for other in sentence.marks)


def _denies_unclearly(sentence: Reading, part: range) -> bool:
    """Return whether a denial stands where it may or may not turn the limit around."""
    covered = {
        at for mark in sentence.marks if mark.kind == "bound" for at in range(mark.place, mark.place + mark.size)
    }
    return any(
        mark.kind == "neg"
        and mark.place in part
        and mark.place not in covered
        and sentence.tokens[mark.place].text.lower() not in MILD
        and not _begins_anew(mark, part, sentence)
        for mark in sentence.marks
    )


def _denies_on_condition(sentence: Reading) -> bool:
    """Return whether the sentence says what does not happen if: then its limit is that of the other case."""
    kinds = {mark.kind for mark in sentence.marks}
    return "if" in kinds and "neg" in kinds


def _is_year(amount: Amount) -> bool:
    """Return whether an amount is a year: `from 1890` and `until 1911` are no limits."""
    return not amount.unit and all(1000 <= value <= 2100 for value in amount.values)


def _speaks_of_both(sentence: Reading) -> bool:
    """Return whether a sentence names what is over a limit and what is under it."""
    kinds = {mark.value in _UPWARD for mark in sentence.marks if mark.kind == "bound"}
    return len(kinds) > 1
