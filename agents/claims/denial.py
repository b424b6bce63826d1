"""Whether a clause denies what it speaks of."""

from __future__ import annotations

from agents.claims.parts import Clause
from agents.claims.reading import Reading

_FRAGMENT = 3
"""Up to so many words of meaning, a clause may be a part of the next one."""
MILD = frozenset({"without", "ohne", "sans", "sin"})
"""They deny what stands behind them, and not the clause."""


def denied(clause: Clause, sentence: Reading) -> bool:
    """Return whether a clause holds an odd number of denials; those inside words of limit or need do not count."""
    return len(denials(clause, sentence)) % 2 == 1


def denials(clause: Clause, sentence: Reading) -> list[str]:
    """Return the denials of a clause: each once, without those that belong to a limit (`no more than`)."""
    excused = [
        range(mark.place, mark.place + mark.size)
        for mark in clause.marks
        if mark.kind in ("bound", "neutral", "swap", "only")
        or (mark.kind == "modal" and mark.value in ("must", "neednot"))
    ]
    found: dict[int, str] = {}
    for mark in clause.marks:
        if mark.kind == "neg" or (mark.kind == "modal" and mark.value == "mustnot"):
            mild = sentence.tokens[mark.place].text.lower() in MILD
            if not mild and not any(mark.place in span for span in excused):
                found.setdefault(_head(mark.place, found), mark.value or "neg")
    return list(found.values())


def denied_beside(clause: Clause, sentence: Reading) -> bool:
    """Return whether a fragment stands beside a clause that denies: `at high tide, one cannot …`."""
    if len(clause.stems) > _FRAGMENT or len(sentence.clauses) < 2:
        return False
    return any(denied(other, sentence) for other in sentence.clauses if other is not clause)


def _head(place: int, found: dict[int, str]) -> int:
    """Return the place under which a denial counts: words of one denial stand together (`does not`, `ne … pas`)."""
    return next((other for other in found if abs(other - place) <= 2), place)
