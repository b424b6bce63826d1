"""An installation as stations with queues (simpy): runs pass through them, and viewers keep the web processes busy.

A worker, a web process, control and a Redis server each do one thing at a time; PostgreSQL as many as it has cores.
The time that a step waits costs nobody anything.
"""

from __future__ import annotations

import random
from collections.abc import Generator, Iterable
from dataclasses import dataclass, field
from typing import Any

import simpy

from ..harness.figures import percentile
from .costs import Costs
from .load import Fleet, Load

Events = Generator[simpy.Event, Any, None]
TICK_S = 0.005
"""Frames are done in lots: each by itself would be most of the events, and change no queue."""


@dataclass(slots=True)
class Seen:
    """What came of it. Times in seconds; `busy` is the share of its processes' time that each part worked."""

    step_over: list[float] = field(default_factory=list)
    begun_after: list[float] = field(default_factory=list)
    run_took: list[float] = field(default_factory=list)
    ended: int = 0
    busy: dict[str, float] = field(default_factory=dict)
    seconds: float = 0.0

    @property
    def step_p95_ms(self) -> float | None:
        """What a step takes beyond its own work, at the 95th percentile; None where there was none."""
        return 1000 * percentile(self.step_over, 95) if self.step_over else None

    @property
    def begun_p95_ms(self) -> float | None:
        return 1000 * percentile(self.begun_after, 95) if self.begun_after else None


class Station:
    """The processes of one part, each with its own queue; work goes to the one that is named, or to the shortest."""

    def __init__(self, env: simpy.Environment, count: int, wide: int = 1) -> None:
        self._env = env
        self.processes = [simpy.Resource(env, wide) for _ in range(count)]
        self._wide = wide
        self.busy_s = 0.0

    def shortest(self) -> int:
        queues = [each.count + len(each.queue) for each in self.processes]
        return queues.index(min(queues))

    def share(self, seconds: float) -> float:
        return self.busy_s / seconds / len(self.processes) / self._wide


class Installation:
    """All stations of a fleet under one load."""

    def __init__(self, load: Load, fleet: Fleet, costs: Costs, *, seed: int = 7, even: bool = False) -> None:
        self.env = simpy.Environment()
        self._load, self._costs, self._even = load, costs, even
        self._random = random.Random(seed)  # noqa: S311 - a model, no secret
        self.parts = {
            "web": Station(self.env, fleet.web),
            "worker": Station(self.env, fleet.worker),
            "control": Station(self.env, fleet.control),
            "redis": Station(self.env, fleet.redis),
            "database": Station(self.env, 1, fleet.database),
        }
        self._places = [simpy.Resource(self.env, load.places) for _ in range(fleet.worker)]
        self._counts_from = 0.0
        self.seen = Seen()

    def steady(self, warm_s: float, seconds: float) -> Seen:
        """Let runs and viewers come for so long, beginning with as many runs as are usually under way."""
        for _ in range(int(self._load.at_once)):
            self.env.process(self._run(self._random.randint(1, max(1, self._load.steps)), new=False))
        self.env.process(self._arrivals())
        for number in range(len(self.parts["web"].processes)):
            self.env.process(self._frames(number))
        self.env.run(warm_s)
        return self._count(lambda: self.env.run(warm_s + seconds))

    def batch(self, runs: int) -> Seen:
        """Start so many runs at once, and wait for the last one's end."""
        every = [self.env.process(self._run(self._load.steps)) for _ in range(runs)]
        return self._count(lambda: self.env.run(self.env.all_of(every)))

    def _count(self, go: Any) -> Seen:
        self._counts_from, self.seen = self.env.now, Seen()
        for station in self.parts.values():
            station.busy_s = 0.0
        go()
        self.seen.seconds = self.env.now - self._counts_from
        self.seen.busy = {name: station.share(self.seen.seconds) for name, station in self.parts.items()}
        return self.seen

    def _arrivals(self) -> Events:
        while True:
            yield self.env.timeout(self._random.expovariate(self._load.runs_s))
            self.env.process(self._run(self._load.steps))

    def _frames(self, number: int) -> Events:
        """Keep a web process busy with its share of the viewers who come and of their frames."""
        web, load = self.parts["web"], self._load
        per_s = load.viewers_a_second * self._costs.web_viewer
        per_s += load.viewers * load.frames_a_second * self._costs.web_frame
        events_s = min(load.viewers, load.at_once) * load.frames_a_second * self._costs.redis_event
        count = len(web.processes)
        while True:
            yield self.env.timeout(TICK_S)
            self.env.process(self._work("web", per_s * TICK_S / count, number, even=True))
            self.env.process(self._work("redis", events_s * TICK_S / count, self._redis(), even=True))

    def _run(self, steps: int, *, new: bool = True) -> Events:
        came, load, costs = self.env.now, self._load, self._costs
        if new:
            yield from self._work("web", costs.web_start, self.parts["web"].shortest())
        else:
            yield self.env.timeout(self._random.uniform(0, load.step_s))  # those under way do not keep step
        worker, redis = self._least_held(), self._redis()
        with self._places[worker].request() as place:
            yield place
            yield from self._work("worker", costs.worker_run, worker)
            if new:
                self.seen.begun_after.append(self.env.now - came)
            for _ in range(steps):
                yield from self._step(worker, redis, load.step_s)
        if new or came == 0:
            self.seen.ended += 1
            self.seen.run_took.append(self.env.now - came)
        yield from self._record()
        yield from self._work("database", costs.database_run, 0)

    def _record(self) -> Events:
        """Have every control follow the run, and one of them write its record."""
        controls, costs = self.parts["control"], self._costs
        recorder = controls.shortest()
        for number in range(len(controls.processes)):
            if number != recorder:
                self.env.process(self._work("control", costs.control_follow, number))
        yield from self._work("control", costs.control_run, recorder)

    def _step(self, worker: int, redis: int, seconds: float) -> Events:
        before = self.env.now
        yield from self._work("worker", self._costs.worker_step, worker)
        yield from self._work("redis", self._costs.redis_step, redis)
        self.seen.step_over.append(self.env.now - before)
        if seconds:
            yield self.env.timeout(seconds)

    def _work(self, part: str, cost: float, process: int, *, even: bool = False) -> Events:
        """Wait for the process, and keep it busy: for just so long where it is `even`, else for a time that varies."""
        if not cost:
            return
        seconds = cost if even or self._even else self._random.expovariate(1 / cost)
        station = self.parts[part]
        with station.processes[process].request() as turn:
            yield turn
            yield self.env.timeout(seconds)
        station.busy_s += seconds

    def _least_held(self) -> int:
        held: Iterable[int] = [each.count + len(each.queue) for each in self._places]
        return min(enumerate(held), key=lambda pair: pair[1])[0]

    def _redis(self) -> int:
        return self._random.randrange(len(self.parts["redis"].processes))
