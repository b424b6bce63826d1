"""What is asked of an installation, what that makes its parts do, and how many of each it needs."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

from .costs import Costs

DAY_S = 86_400.0
FULL = 0.7
"""The share of a core up to which a part is planned: beyond it, queues grow faster than the load."""
MOST_CONTROLS = 20
PARTS = ("web", "worker", "control", "redis", "database")


@dataclass(frozen=True, slots=True)
class Load:
    """Runs are spread over a day with a peak; a step waits for a model or a site, and takes no processor meanwhile."""

    runs_a_day: float = 1_000_000
    steps: int = 20
    step_s: float = 3.0
    viewers_a_second: float = 200
    watch_s: float = 30.0
    frames_a_second: float = 2.0
    peak: float = 3.0
    places: int = 100

    def times(self, factor: float) -> Load:
        return replace(self, runs_a_day=self.runs_a_day * factor, viewers_a_second=self.viewers_a_second * factor)

    @property
    def runs_s(self) -> float:
        """Runs a second in the busiest hour."""
        return self.runs_a_day / DAY_S * self.peak

    @property
    def run_s(self) -> float:
        return self.steps * self.step_s

    @property
    def at_once(self) -> float:
        """Runs that are held at once, by Little's law."""
        return self.runs_s * self.run_s

    @property
    def viewers(self) -> float:
        """Viewers who look on at once. `viewers_a_second` is taken as that of the peak."""
        return self.viewers_a_second * self.watch_s


def demand(load: Load, costs: Costs, controls: int = 1) -> dict[str, float]:
    """Return how many cores each part uses, with so many controls."""
    frames_s = load.viewers * load.frames_a_second
    watched = min(load.viewers, load.at_once)
    return {
        "web": load.runs_s * costs.web_start + load.viewers_a_second * costs.web_viewer + frames_s * costs.web_frame,
        "worker": load.runs_s * (costs.worker_run + load.steps * costs.worker_step),
        "control": load.runs_s * (costs.control_run + (controls - 1) * costs.control_follow),
        "redis": load.runs_s * load.steps * costs.redis_step + watched * load.frames_a_second * costs.redis_event,
        "database": load.runs_s * costs.database_run,
    }


@dataclass(frozen=True, slots=True)
class Fleet:
    """How many processes of each part; of Redis masters, and of the database cores."""

    web: int
    worker: int
    control: int
    redis: int
    database: int

    def of(self, part: str) -> int:
        return int(getattr(self, part))


def fleet(load: Load, costs: Costs) -> Fleet:
    """Return the smallest fleet in which no part is fuller than FULL and every run finds a place at a worker.

    Each control follows all runs, and records its share of them: beyond MOST_CONTROLS one more hardly helps.
    """
    cores = {part: max(1, math.ceil(used / FULL)) for part, used in demand(load, costs).items()}
    places = math.ceil(load.at_once / FULL / load.places)
    return Fleet(**cores | {"worker": max(cores["worker"], places), "control": _controls(load, costs)})


def _controls(load: Load, costs: Costs) -> int:
    counts = range(1, MOST_CONTROLS)
    return next((each for each in counts if demand(load, costs, each)["control"] <= FULL * each), MOST_CONTROLS)


def why(load: Load, costs: Costs) -> dict[str, str]:
    """Return what sets the number of each part."""
    by_cores = math.ceil(demand(load, costs)["worker"] / FULL)
    by_places = math.ceil(load.at_once / FULL / load.places)
    reasons = dict.fromkeys(PARTS, "processor time")
    reasons["control"] = "processor time: each follows all runs, and one of them records each"
    if not costs.database_run:
        reasons |= {"database": "not measured", "control": f"{reasons['control']}, with SQLite in its process"}
    if by_places > by_cores:
        reasons["worker"] = f"places: {load.at_once:,.0f} runs at once, {load.places} a process"
    return reasons
