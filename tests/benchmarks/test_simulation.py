"""The simulation as queues: what theory knows of them comes out, and an answer names what breaks first."""

from __future__ import annotations

from dataclasses import replace

import pytest

from benchmarks.simulation.answer import Answer, as_text
from benchmarks.simulation.costs import Costs, measured
from benchmarks.simulation.load import Fleet, Load, demand, fleet, why
from benchmarks.simulation.model import Installation, Seen

FREE = Costs("a test", *[0.0] * 12)
ONE = Fleet(1, 1, 1, 1, 1)


def test_a_queue_of_one_server_is_as_long_as_theory_says() -> None:
    """M/M/1 at a load of a half: the mean time in it is 1 / (mu - lambda), twice the service time."""
    load = Load(runs_a_day=86_400 * 10, peak=1, steps=1, step_s=0, viewers_a_second=0, places=10_000)
    seen = Installation(load, ONE, replace(FREE, worker_step=0.05)).steady(20, 1500)
    assert sum(seen.step_over) / len(seen.step_over) == pytest.approx(0.1, rel=0.15)
    assert seen.busy["worker"] == pytest.approx(0.5, rel=0.1)


def test_runs_at_once_take_their_waits_together_and_their_work_in_turn() -> None:
    load = Load(runs_a_day=0, steps=4, step_s=1, viewers_a_second=0, places=1000)
    one = Installation(load, ONE, replace(FREE, worker_step=0.1), even=True).batch(1)
    many = Installation(load, ONE, replace(FREE, worker_step=0.1), even=True).batch(20)
    assert max(one.run_took) == pytest.approx(4.4)
    assert max(many.run_took) == pytest.approx(0.1 * 20 * 4 + 1), "the worker is never idle but at the end"


def test_a_run_without_a_place_waits_for_one() -> None:
    load = Load(runs_a_day=0, steps=1, step_s=1, viewers_a_second=0, places=2)
    seen = Installation(load, ONE, FREE, even=True).batch(6)
    assert sorted(seen.begun_after) == [0, 0, 1, 1, 2, 2]


def test_the_fleet_is_the_smallest_that_is_not_too_full() -> None:
    load = Load()
    costs = replace(measured(), worker_step=0.01)
    chosen = fleet(load, costs)
    used = demand(load, costs, chosen.control)
    for part in ("web", "worker", "control", "redis", "database"):
        assert used[part] / chosen.of(part) <= 0.7
        assert chosen.of(part) == 1 or used[part] / (chosen.of(part) - 1) > 0.7 or part == "worker"
    assert "places" in why(replace(load, places=2), costs)["worker"]


def test_controls_share_the_records_and_each_follows_all_runs() -> None:
    load = Load(runs_a_day=86_400 * 10, peak=1, steps=0, viewers_a_second=0)
    costs = replace(FREE, control_run=0.2, control_follow=0.02)
    assert demand(load, costs)["control"] == pytest.approx(2.0)
    chosen = fleet(load, costs)
    assert chosen.control == 4, "2 cores of one, and 0.2 for each other: 2.6 of 4, but 2.4 of 3"
    seen = Installation(load, chosen, costs).steady(20, 300)
    assert seen.busy["control"] == pytest.approx(2.6 / 4, rel=0.1)


def test_what_is_full_first_breaks_first() -> None:
    load = Load(viewers_a_second=0, places=10_000)
    costs = replace(FREE, redis_step=0.001, worker_step=0.0001, web_start=0.0001, control_run=0.0001)
    costs = replace(costs, database_run=0.0001)
    used = demand(load, costs)
    seen = Seen(seconds=1, busy=dict.fromkeys(used, 0.5))
    found = Answer(load, costs, replace(fleet(load, costs), redis=1), used, why(load, costs), {1.0: seen})
    factor, part = found.holds_to()[0]
    assert part == "redis" and factor == pytest.approx(1 / (load.runs_s * load.steps * 0.001))
    assert "What breaks first: redis" in as_text(found)
