"""The figures, their targets, and how they are shown: a table for people, one line of JSON for programs."""

from __future__ import annotations

import json
import statistics
from collections.abc import Sequence
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


TARGETS = (
    Target("fsync_step_vs_dbos_sqlite", 5, True, "durable step, fsync on every write: times as fast as DBOS on SQLite"),
    Target("fsync_step_vs_floor", 1.5, False, "the same: times the bare Redis floor"),
    Target("default_step_vs_dbos_sqlite", 10, True, "step at our default: times as fast as DBOS on SQLite"),
    Target("concurrent_vs_dbos_sqlite", 15, True, "100 runs of 10 steps at once: times DBOS's steps per second"),
    Target("start_p50_ms", 10, False, "request to first step running, median"),
    Target("start_p99_ms", 40, False, "request to first step running, 99th percentile"),
    Target("api_start_adds_ms", 10, False, "start over the API: what it adds to the engine's own, median"),
    Target("resume_10k_s", 0.5, False, "resume of a 10,000-step run, acquire to the next new step"),
    Target("recover_child_s", 2, False, "child killed -9 to the next step"),
    Target("recover_host_s", 12, False, "host lost to the next step: the lease and 2 s"),
    Target("handover_50_s", 5, False, "SIGTERM with 50 runs held: all moved"),
    Target("cancel_s", 2, False, "cancel in mid-step to run.cancelled, worker draining or not"),
    Target("fair_s", 1, False, "one person starts 200 runs, then another starts one: to its first step"),
)


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


def as_json(figures: dict[str, float], targets: Sequence[Target] = TARGETS) -> str:
    """Every figure by its name, null where it was not measured."""
    known = {target.name: figures.get(target.name) for target in targets}
    return json.dumps({name: None if value is None else round(value, 3) for name, value in known.items()})


def as_table(found: Found, targets: Sequence[Target] = TARGETS) -> str:
    lines = [f"{'measured':<66} {'':>14}   repetitions"]
    lines += [f"{each.what:<66} {each.value:>14}   {each.spread}" for each in found.rows]
    lines += ["", f"{'figure':<28} {'value':>9} {'target':>8}       meaning"]
    for target in targets:
        value = found.figures.get(target.name)
        shown, verdict = ("–", "") if value is None else (_short(value), "ok" if target.met(value) else "MISSED")
        lines.append(f"{target.name:<28} {shown:>9} {target.shown():>8} {verdict:<6} {target.means}")
    return "\n".join(lines)
