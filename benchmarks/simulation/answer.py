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
        full = [(self.fleet.of(part) / self.used[part], part) for part in PARTS]
        places = self.fleet.worker * self.load.places / self.load.at_once
        return sorted([*full, (places, "places at workers")])

    def alone(self, part: str) -> float:
        """Return the runs a day up to which one of this part is not fuller than planned."""
        return self.load.runs_a_day * FULL / self.used[part]


def answer(load: Load, costs: Costs, *, seconds: float = SECONDS) -> Answer:
    chosen = fleet(load, costs)
    grown = {each: Installation(load.times(each), chosen, costs).steady(WARM_S, seconds) for each in FACTORS}
    return Answer(load, costs, chosen, demand(load, costs), why(load, costs), grown)


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
        lines.append(f"{factor:>5g}x {rate:>8.1f} {seen.step_p95_ms:>13.1f} {seen.begun_p95_ms:>13.1f}   {busy}")
    first, *others = found.holds_to()
    lines += ["", f"What breaks first: {first[1]}, at {first[0]:.2f} times the load; then "]
    lines[-1] += ", ".join(f"{part} at {factor:.2f}" for factor, part in others) + "."
    lines.append(f"One Redis server holds to {found.alone('redis'):,.0f} runs a day, one core of the database to ")
    lines[-1] += f"{found.alone('database'):,.0f}, one control to {found.alone('control'):,.0f}."
    return "\n".join(lines)
