"""What each thing costs, in seconds of one core and in bytes, as `benchmarks.capacity --json` measured it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

MEASURED = Path(__file__).parent / "data" / "measured.json"


@dataclass(frozen=True, slots=True)
class Costs:
    """Seconds of a core, unless a name says bytes. `machine` says where and under what load they were measured.

    `control_run` is what one control spends on a run, and `control_follow` what of that each further one spends too.
    """

    machine: str
    worker_run: float
    worker_step: float
    redis_step: float
    redis_event: float
    web_start: float
    web_viewer: float
    web_frame: float
    control_run: float
    control_follow: float
    database_run: float
    redis_bytes_run: float
    database_bytes_run: float


def measured(path: Path = MEASURED) -> Costs:
    """Read the costs at the largest size that was measured: a busy installation is what is asked about."""
    return costs_of(json.loads(path.read_text()))


def costs_of(said: dict[str, Any]) -> Costs:
    """Return the costs that one line of `benchmarks.capacity --json` holds.

    Without PostgreSQL's, control is that of SQLite, which does the database's work in control's process.
    """

    def at_most(name: str) -> float:
        points = said["curves"][name]["points"]
        return float(points[max(points, key=int)])

    def a_further_control() -> float:
        points = said["curves"]["control_ms_by_controls"]["points"]
        most = max(map(int, points))
        return max(0.0, float(points[str(most)]) - float(points["1"])) / (most - 1)

    postgres = "postgres_ms_a_run" in said["curves"]

    return Costs(
        machine=said["machine"],
        worker_run=at_most("worker_ms_a_run") / 1e3,
        worker_step=1 / at_most("steps_per_core_s"),
        redis_step=at_most("redis_us_a_step") / 1e6,
        redis_event=at_most("redis_us_an_event") / 1e6,
        web_start=1 / at_most("api_starts_per_core_s"),
        web_viewer=at_most("web_ms_a_viewer") / 1e3,
        web_frame=at_most("web_us_a_frame") / 1e6,
        control_run=at_most("control_postgres_ms_a_run" if postgres else "control_s_a_1000_runs") / 1e3,
        control_follow=a_further_control() / 1e3 if postgres else 0.0,
        database_run=at_most("postgres_ms_a_run") / 1e3 if postgres else 0.0,
        redis_bytes_run=at_most("redis_bytes_a_run"),
        database_bytes_run=at_most("database_bytes_a_run"),
    )
