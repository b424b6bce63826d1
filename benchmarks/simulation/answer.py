"""The answer: how many of what a load needs, how that fleet does under it, and what breaks first when it grows."""

from __future__ import annotations

from dataclasses import dataclass

from .costs import Costs
from .load import FULL, PARTS, Fleet, Load, demand, fleet, why
from .model import Installation, Seen

FACTORS = (1.0, 1.2, 1.4, 1.6, 2.0)
WARM_S = 5.0
SECONDS = 15.0


@dataclass(frozen=True, slots=True)
class Answer:
    load: Load
    costs: Costs
    fleet: Fleet
    used: dict[str, float]
    reasons: dict[str, str]
    grown: dict[float, Seen]

    def holds_to(self) -> list[tuple[float, str]]:
        """Return at how many times the load each part is full, the first one first."""
        full = [(self.fleet.of(part) / self.used[part], part) for part in PARTS if self.used[part]]
        places = self.fleet.worker * self.load.places / self.load.at_once
        return sorted([*full, (places, "places at workers")])

    def alone(self) -> str:
        """Tell up to how many runs a day one of each part that is hard to have more of is not fuller than planned."""
        names = {"redis": "one Redis server", "control": "one control", "database": "one core of the database"}
        day = self.load.runs_a_day * FULL
        told = [f"{name} at {day / self.used[part]:,.0f}" for part, name in names.items() if self.used[part]]
        return f"As full as planned, in such runs a day: {', '.join(told)}."


def answer(load: Load, costs: Costs, *, seconds: float = SECONDS) -> Answer:
    chosen = fleet(load, costs)
    grown = {each: Installation(load.times(each), chosen, costs).steady(WARM_S, seconds) for each in FACTORS}
    return Answer(load, costs, chosen, demand(load, costs, chosen.control), why(load, costs), grown)


def as_text(found: Answer) -> str:
    load = found.load
    lines = [
        f"{load.runs_a_day:,.0f} runs a day of {load.steps} steps of {load.step_s:g} s, "
        f"at the peak {load.peak:g} times the mean:",
        f"{load.runs_s:.1f} runs and {load.runs_s * load.steps:,.0f} steps a second, {load.at_once:,.0f} runs at once;",
        f"{load.viewers_a_second:g} viewers come a second and stay {load.watch_s:g} s: {load.viewers:,.0f} at once, "
        f"{load.frames_a_second:g} frames a second each.",
        "",
        f"{'part':<10} {'needed':>6} {'cores used':>11}   what sets the number",
    ]
    lines += [
        f"{each:<10} {found.fleet.of(each):>6} {found.used[each]:>11.2f}   {found.reasons[each]}" for each in PARTS
    ]
    lines += ["", f"{'load':>6} {'runs/s':>8} {'step +p95 ms':>13} {'begun p95 ms':>13}   busy"]
    for factor, seen in found.grown.items():
        busy = ", ".join(f"{part} {100 * seen.busy[part]:.0f} %" for part in PARTS)
        rate = seen.ended / seen.seconds
        lines.append(f"{factor:>5g}x {rate:>8.1f} {told(seen.step_p95_ms):>13} {told(seen.begun_p95_ms):>13}   {busy}")
    first, *others = found.holds_to()
    lines += ["", f"What breaks first: {first[1]}, at {first[0]:.2f} times the load; then "]
    lines[-1] += ", ".join(f"{part} at {factor:.2f}" for factor, part in others) + "."
    lines.append(found.alone())
    return "\n".join(lines)


def told(milliseconds: float | None) -> str:
    return "none" if milliseconds is None else f"{milliseconds:,.1f}"
