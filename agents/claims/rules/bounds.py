"""At least for at most, more for less, over for under: the same amount as another kind of limit."""

from __future__ import annotations

from collections.abc import Sequence

from agents.claims.amounts import Amount
from agents.claims.reading import Clause, Reading
from agents.claims.verdict import Refusal

_RULE = "limit"
_UPWARD = frozenset({"ge", "gt"})
_FLIPPED = {"ge": "lt", "gt": "le", "le": "gt", "lt": "ge"}
_REACH_BEFORE, _REACH_AFTER = 34, 14
"""How many characters a word of limit may stand before or behind its amount."""
_MILD = frozenset({"without", "ohne", "sans", "sin"})


def changed_bound(claim: Reading, evidence: Sequence[Reading]) -> Refusal | None:
    """Refuse a limit in one direction where the evidence has the same amount as a limit in the other."""
    for clause in claim.clauses:
        for amount in clause.amounts:
            here = _bound(amount, clause, claim)
            if not here:
                continue
            there = [
                found
                for sentence in evidence
                for other in sentence.clauses
                for held in other.amounts
                if amount.equals(held) and (found := _bound(held, other, sentence))
            ]
            if there and all((found[0] in _UPWARD) != (here[0] in _UPWARD) for found in there):
                return Refusal(_RULE, here[1], there[0][1])
    return None


def _bound(amount: Amount, clause: Clause, sentence: Reading) -> tuple[str, str] | None:
    """Return the limit that an amount is, turned around where the clause forbids it, and its words."""
    best: tuple[int, str, str] | None = None
    for mark in clause.marks:
        if mark.kind != "bound" or mark.value == "eq":
            continue
        tokens = sentence.tokens[mark.place : mark.place + mark.size]
        end = max(mark.start + 1, tokens[-1].start + len(tokens[-1].text)) if tokens else mark.start + 1
        before, after = amount.start - end, mark.start - amount.end
        distance = before if 0 <= before <= _REACH_BEFORE else after if -1 <= after <= _REACH_AFTER else None
        if sentence.language in ("ja", "zh") and distance is not None and before >= 0 and after < 0:
            distance += 20  # What limits an amount stands behind it there, as a rule.
        if distance is not None and (best is None or distance < best[0]):
            best = (distance, mark.value, sentence.text[mark.start : max(end, amount.end)][:60])
    if best is None:
        return None
    kind = _FLIPPED[best[1]] if _forbids(clause, sentence) else best[1]
    return kind, best[2]


def _forbids(clause: Clause, sentence: Reading) -> bool:
    """Return whether the clause denies what it limits, with a word that is no part of the limit."""
    bounds = [range(mark.place, mark.place + mark.size) for mark in clause.marks if mark.kind == "bound"]
    denials = [
        mark
        for mark in clause.marks
        if (mark.kind == "neg" or (mark.kind == "modal" and mark.value == "mustnot"))
        and sentence.tokens[mark.place].text.lower() not in _MILD
        and not any(mark.place in span or span.start in range(mark.place, mark.place + mark.size) for span in bounds)
    ]
    return bool(denials)
