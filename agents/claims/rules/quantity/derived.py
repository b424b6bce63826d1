"""Amounts that are in no source as they stand, but follow from two that are: a sum, a difference, a ratio."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import permutations, product

from agents.claims.amounts import Amount

_LOOSE = 0.035
_WHOLE = 0.5
"""People and things are counted in whole numbers."""
_RATIOS = ("times", "share")


def follows_from(amount: Amount, held: Sequence[Amount]) -> bool:
    """Return whether the amount follows from two of those held, or turns one around (a tenth, ten times)."""
    if amount.dimension in _RATIOS and _is_one_of(amount, _inverses(held)):
        return True
    for one, other in permutations(held, 2):
        two = replace(other, unit=one.unit) if one.unit and not other.unit else other
        for first, second in product(one.in_base, two.in_base):
            results = _results(one, first, two, second)
            if amount.dimension in _RATIOS and one.dimension == two.dimension and second:
                results = results | {first / second}
            if _is_one_of(amount, results):
                return True
    return False


def part_of_a_whole(amount: Amount, held: Sequence[Amount]) -> bool:
    """Return whether a count without a unit is a share of another: 540, of 45 percent of 1,200."""
    shares = [value for other in held if other.dimension == "share" for value in other.in_base]
    counts = [value for other in held if not other.unit for value in other.values]
    return not amount.unit and any(
        abs(value - count * part) < _WHOLE for value in amount.values for count in counts for part in shares
    )


def _is_one_of(amount: Amount, results: set[float]) -> bool:
    """Return whether the amount is about one of the results; times of day are exact."""
    loose = 0.0 if amount.dimension == "clock" else _LOOSE
    return any(abs(value - result) <= loose * abs(result) for value in amount.in_base for result in results)


def _inverses(held: Sequence[Amount]) -> set[float]:
    return {1 / value for other in held if other.dimension in _RATIOS for value in other.in_base if value}


def _results(one: Amount, first: float, two: Amount, second: float) -> set[float]:
    """Return what may be said of the two together, in base units."""
    if one.dimension == "clock" and two.dimension == "clock":
        return {(first - second) * 60}
    if one.dimension == "clock" and two.dimension == "time":
        return {first - second / 60, first + second / 60}
    if two.dimension in ("times", "share") and one.dimension not in ("times", "share") and second:
        return {first / second, first * second}
    if one.dimension != two.dimension:
        return set()
    if not one.unit and 1000 <= first <= 2100 and 1000 <= second <= 2100:
        return {(first - second) * 365 * 86400, first - second}
    return {first - second, first + second}
