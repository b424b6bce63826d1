"""A figure at several sizes, and how it grows with them."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field

from ..harness.measuring import machine


@dataclass(slots=True)
class Curve:
    """What was measured at each size. `of` says what the size counts; `value` has its `unit`."""

    name: str
    of: str
    unit: str
    means: str
    points: dict[int, float] = field(default_factory=dict)

    @property
    def exponent(self) -> float | None:
        """Return b of the best fit of value = a * size**b: 0 is flat. None for one size alone."""
        logs = [(math.log(size), math.log(value)) for size, value in self.points.items() if value > 0]
        if len(logs) <= 1:
            return None
        mean_x = sum(x for x, _ in logs) / len(logs)
        mean_y = sum(y for _, y in logs) / len(logs)
        spread = sum((x - mean_x) ** 2 for x, _ in logs)
        return sum((x - mean_x) * (y - mean_y) for x, y in logs) / spread


def as_text(curves: Iterable[Curve]) -> str:
    lines = [f"{'measured':<54} {'exponent':>8}   at each size"]
    for curve in curves:
        points = ", ".join(f"{size:,}: {short(value)}" for size, value in sorted(curve.points.items()))
        slope = "" if curve.exponent is None else f"{curve.exponent:+z.2f}"
        lines.append(f"{curve.means + ', ' + curve.unit:<54} {slope:>8}   {points} ({curve.of})")
    return "\n".join(lines)


def as_json(curves: Iterable[Curve]) -> str:
    """Return one line: each curve by its name, with its exponent."""
    told = {each.name: asdict(each) | {"exponent": each.exponent} for each in curves}
    return json.dumps({"machine": machine(), "curves": told})


def short(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"
