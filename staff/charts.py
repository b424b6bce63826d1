"""Charts as numbers for SVG: where each bar stands in a box of fixed size. Pages draw them, and CSS colours them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

LEAST = 2.0
"""The height of a bar whose value is not 0, however small: nothing that happened is drawn as nothing."""


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar of a chart, from its upper left corner, and what is said of it. `known` is False for no known value."""

    x: float
    y: float
    width: float
    height: float
    label: str = ""
    known: bool = True


def bars(
    values: Sequence[float | None],
    labels: Sequence[str] = (),
    *,
    width: float = 240.0,
    height: float = 40.0,
    gap: float = 0.25,
) -> list[Bar]:
    """Return one bar for each value, on a scale from 0 to the largest; `gap` is the share between two bars.

    None is not known, and has a bar of no height that says so.
    """
    if not values:
        return []
    most = max((value for value in values if value is not None), default=0.0)
    slot = width / len(values)
    wide = round(slot * (1 - gap), 2)
    drawn = []
    for number, value in enumerate(values):
        tall = 0.0 if not value or not most else max(LEAST, value / most * height)
        label = labels[number] if number < len(labels) else ""
        left, top = round(number * slot, 2), round(height - tall, 2)
        drawn.append(Bar(left, top, wide, round(tall, 2), label, known=value is not None))
    return drawn


def share(part: float, whole: float, width: float = 100.0) -> float:
    """Return how wide a part of a whole is drawn, at most `width`; 0 where the whole is."""
    return 0.0 if whole <= 0 else round(min(1.0, part / whole) * width, 2)
