"""Figures, targets, and how they are shown: a table for people, one line of JSON for programs."""

from __future__ import annotations

import json
import statistics
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Target:
    """A figure and its bound: at least, or at most."""

    name: str
    bound: float
    at_least: bool
    means: str

    def met(self, value: float) -> bool:
        return value >= self.bound if self.at_least else value <= self.bound

    def shown(self) -> str:
        return f"{'≥' if self.at_least else '≤'} {self.bound:g}"


@dataclass(frozen=True, slots=True)
class Row:
    """One measured number as people read it, with the spread of its repetitions: the machine's noise."""

    what: str
    value: str
    spread: str = ""


@dataclass(slots=True)
class Found:
    """What a measure gives."""

    figures: dict[str, float] = field(default_factory=dict)
    rows: list[Row] = field(default_factory=list)


def together(parts: Iterable[Found]) -> Found:
    """Return what several measures found as one."""
    found = Found()
    for part in parts:
        found.figures.update(part.figures)
        found.rows.extend(part.rows)
    return found


def row(what: str, repetitions: Sequence[float], unit: str, *, worst: bool = False) -> Row:
    """Show repetitions by their median (or the worst of them) and their range."""
    value = max(repetitions) if worst else statistics.median(repetitions)
    spread = f"{_short(min(repetitions))} to {_short(max(repetitions))}, n={len(repetitions)}"
    return Row(what, f"{_short(value)} {unit}", spread)


def percentile(values: Sequence[float], percent: float) -> float:
    """Nearest rank: the smallest value that at least `percent` of all do not exceed."""
    ordered = sorted(values)
    rank = max(1, -(-len(ordered) * percent // 100))
    return ordered[int(rank) - 1]


def _short(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


def as_json(figures: dict[str, float], targets: Sequence[Target]) -> str:
    """Every figure by its name, null where it was not measured."""
    known = {target.name: figures.get(target.name) for target in targets}
    return json.dumps({name: None if value is None else round(value, 3) for name, value in known.items()})


def as_table(found: Found, targets: Sequence[Target]) -> str:
    lines = [f"{'measured':<66} {'':>14}   repetitions"]
    lines += [f"{each.what:<66} {each.value:>14}   {each.spread}" for each in found.rows]
    lines += ["", f"{'figure':<28} {'value':>9} {'target':>8}       meaning"]
    for target in targets:
        value = found.figures.get(target.name)
        shown, verdict = ("–", "") if value is None else (_short(value), "ok" if target.met(value) else "MISSED")
        lines.append(f"{target.name:<28} {shown:>9} {target.shown():>8} {verdict:<6} {target.means}")
    return "\n".join(lines)
