"""A storm over a fleet: real Redis, real workers, a provider that counts, and something killed all the time.

`Storm(...).run(runs)` starts so many runs, lets faults strike until all have ended, and gives the account: what was
asked of the provider more than once, and what the logs say may have been.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import random
import signal
import sys
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from genisys.host import STORE_ERRORS, Engine, Watch, fold, new_run_id
from genisys.testing import FakeProvider
from genisys.testing.provider import prompt_text
from genisys.testing.redis import leaked_keys
from tests.conftest import Process, RedisServer
from tests.topologies.servers import Topology

DEPLOYMENT = "storm"
CALLS = 3
AT_ONCE = 24
UNKNOWN_S = 3.0
"""After so long control starts a run that Redis does not know."""
UNHURRIED_S, HURRIED_S = 0.2, 0.02
"""For a token of an answer: the first until a worker is seen to hold a run, so that a few runs are not over by then."""
LAST_S = 1.0
"""What was written so shortly before a master died may be gone (docs/operations.md)."""


@dataclass(slots=True)
class Account:
    """What a storm did and what came of it. `repeated` are requests beyond the first of each prompt.

    `possible` are those that the logs report. Of others it counts `in_window` where the request that was made again was
    made in the window of a failover, and the log says that one was met; all else is `unreported`. `lost` are runs that
    Redis had forgotten altogether: they were started again, as control does with a run that it has on record. `undone`
    are runs that were open again after they had ended. `untold` are those of both of whose loss the log says nothing.
    """

    runs: int
    faults: Counter[str]
    statuses: Counter[str] = field(default_factory=Counter)
    errors: list[str] = field(default_factory=list)
    requests: int = 0
    repeated: int = 0
    possible: int = 0
    completed_repeated: int = 0
    unreported: int = 0
    in_window: int = 0
    lost: int = 0
    undone: int = 0
    untold: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    leaked: list[str] = field(default_factory=list)
    attempts: Counter[int] = field(default_factory=Counter)


def begun_again(events: list[dict[str, Any]]) -> tuple[int, int]:
    """Return how often a log says that a paid step was begun again, and how often behind its own completion."""
    starts: Counter[str] = Counter()
    completed: set[str] = set()
    after_its_end = 0
    for event in events:
        if event["type"] == "step.started" and event.get("paid"):
            starts[event["step"]] += 1
            after_its_end += event["step"] in completed
        elif event["type"] == "step.completed":
            completed.add(event["step"])
    return sum(times - 1 for times in starts.values()), after_its_end


class Storm:
    """One fleet and its faults. The seed decides which fault strikes when; the rest is the machine's doing."""

    def __init__(
        self,
        folder: Path,
        *,
        seed: int,
        pause: tuple[float, float] = (1.0, 2.5),
        failing: Topology | None = None,
        failovers: int = 0,
        wait_replicas: int = 0,
        lose_s: float = 0.0,
    ) -> None:
        self._folder = folder
        self._random = random.Random(seed)
        self._pause = pause
        self._failing = failing
        self._failovers = failovers
        self._lose_s = lose_s
        self._failovers_begun = 0
        self._redis = RedisServer(folder)
        self._url = self._redis.url if failing is None else f"{failing.url}?wait_replicas={wait_replicas}"
        self.failover_s: list[float] = []
        self._windows: list[tuple[float, float]] = []
        self._asked: list[tuple[str, float]] = []
        self._unknown_since: dict[str, float] = {}
        self._lost: set[str] = set()
        self._undone: set[str] = set()
        self._orders: dict[str, dict[str, Any]] = {}
        self._workers: list[Process] = []
        self._made = 0
        self._over = asyncio.Event()
        self.faults: Counter[str] = Counter()

    async def run(self, runs: int) -> Account:
        if self._failing is None:
            await asyncio.to_thread(self._redis.start)
        provider = FakeProvider(responder=self._answer)
        provider.token_seconds = UNHURRIED_S
        try:
            async with provider:
                async with Engine(self._url, deployment=DEPLOYMENT) as engine:
                    for _ in range(2):
                        self._more_workers()
                    async with asyncio.TaskGroup() as tasks:
                        tasks.create_task(self._watch(engine))
                        tasks.create_task(self._strike(engine, provider))
                        await self._feed(engine, provider, runs)
                        self._over.set()
                # That one's connections may lead to a Redis that the last fault has killed.
                async with Engine(self._url, deployment=DEPLOYMENT) as engine:
                    await self._settle(engine)
                    return await self._account(engine, provider)
        finally:
            for worker in self._workers:
                worker.kill()
            self._redis.process.kill()

    def _answer(self, body: dict[str, Any]) -> str:
        prompt = prompt_text(body)
        self._asked.append((prompt, time.monotonic()))
        return f"said of {prompt}"

    # The fleet

    def _more_workers(self) -> None:
        self._made += 1
        arguments = ["--redis", self._url, "--deployment", DEPLOYMENT, "--processes", "2", "--concurrency", "12"]
        argv = [sys.executable, "-m", "genisys", "worker", "tests.chaos.flows", *arguments]
        worker = Process(f"workers {self._made}", argv, self._folder / f"workers-{self._made}.log")
        worker.start()
        self._workers.append(worker)

    async def _watch(self, engine: Engine) -> None:
        """Do what control does."""
        watch = Watch(engine)
        while not self._over.is_set():
            with contextlib.suppress(*STORE_ERRORS):
                await watch.sweep()
            await asyncio.sleep(0.5)  # often enough for a storm: control itself looks each second

    async def _feed(self, engine: Engine, provider: FakeProvider, runs: int) -> None:
        """Keep AT_ONCE runs open until all have been started and have ended."""
        ids = [new_run_id() for _ in range(runs)]
        orders = self._orders = {
            run_id: {"name": f"run {number}", "base_url": provider.base_url, "calls": CALLS}
            for number, run_id in enumerate(ids)
        }
        begun, open_ = 0, set[str]()
        while begun < runs or open_:
            try:
                while begun < self._may_have_begun(runs) and len(open_) < AT_ONCE:
                    # Its id is known before, so a start whose answer was lost can be made again.
                    open_.add(await engine.start("storm", orders[ids[begun]], run_id=ids[begun]))
                    begun += 1
                metas = await engine.metas(sorted(open_))
                for run_id in self._unknown(open_ - set(metas)):
                    await engine.start("storm", orders[run_id], run_id=run_id, unknown=True)
                    self._lost.add(run_id)
            except STORE_ERRORS:
                await asyncio.sleep(0.2)  # Redis is being restarted: it is asked again, not hammered
                continue
            open_ = {run_id for run_id in open_ if run_id not in metas or not metas[run_id].closed}
            await asyncio.sleep(0.1)

    async def _settle(self, engine: Engine) -> None:
        """Wait until all have ended: a failover may have lost the end of one that had."""
        watch, open_ = Watch(engine), set(self._orders)
        while open_:
            with contextlib.suppress(*STORE_ERRORS):
                await watch.sweep()
                metas = await engine.metas(sorted(open_))
                for run_id in self._unknown(open_ - set(metas)):
                    await engine.start("storm", self._orders[run_id], run_id=run_id, unknown=True)
                    self._lost.add(run_id)
                self._undone |= {run_id for run_id, meta in metas.items() if not meta.closed}
                open_ -= {run_id for run_id, meta in metas.items() if meta.closed}
            await asyncio.sleep(0.5 if open_ else 0)

    def _unknown(self, missing: set[str]) -> list[str]:
        """Return the runs that Redis has not known for so long that control would start them."""
        now = time.monotonic()
        self._unknown_since = {run_id: self._unknown_since.get(run_id, now) for run_id in missing}
        return [run_id for run_id, since in self._unknown_since.items() if now - since > UNKNOWN_S]

    def _may_have_begun(self, runs: int) -> int:
        """Hold runs back, so that there are some under each of the failovers that are wanted."""
        begun = self._failovers_begun
        return runs if begun >= self._failovers else runs * (begun + 1) // (self._failovers + 1)

    # Faults

    async def _strike(self, engine: Engine, provider: FakeProvider) -> None:
        faults: list[Callable[[], None]] = [
            self._kill_a_child,
            self._kill_a_child,
            self._kill_a_supervisor,
            self._drain,
            self._drain,
            *([self._restart_redis, self._kill_redis] if self._failing is None else [self._fail_over] * 4),
        ]
        await self._kill_a_holder(engine)
        provider.token_seconds = HURRIED_S
        while not self._over.is_set():
            await asyncio.sleep(self._random.uniform(*self._pause))
            if not self._over.is_set():
                fault = self._random.choice(faults)
                self.faults[fault.__name__.strip("_").replace("_", " ")] += 1
                await asyncio.to_thread(fault)

    async def _kill_a_holder(self, engine: Engine) -> None:
        """The first fault: few runs may be over before chance meets one of them, and before a worker's heartbeat tells
        that it holds one; until then the provider takes its time. On a busy machine workers start for many seconds.
        """
        while not self._over.is_set():
            holders = [worker.pid for worker in await engine.workers() if worker.runs]
            if holders:
                os.kill(holders[0], signal.SIGKILL)
                self.faults["kill a holder"] += 1
                return
            await asyncio.sleep(0.05)

    def _children(self) -> list[int]:
        found = []
        for worker in self._workers:
            if worker.running is not None and worker.running.poll() is None:
                tasks = Path(f"/proc/{worker.pid}/task/{worker.pid}/children")
                found += [int(pid) for pid in tasks.read_text().split()]
        return found

    def _kill_a_child(self) -> None:
        children = self._children()
        if children:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self._random.choice(children), signal.SIGKILL)

    def _kill_a_supervisor(self) -> None:
        worker = self._workers.pop(0)
        self._more_workers()
        if worker.running is not None:
            os.kill(worker.pid, signal.SIGKILL)
            worker.running.wait(10)
            worker.running = None

    def _drain(self) -> None:
        worker = self._workers.pop(0)
        self._more_workers()
        worker.stop()

    def _restart_redis(self) -> None:
        self._redis.restart()

    def _kill_redis(self) -> None:
        # Where it writes once a second, and the disk is slow, a kill loses what it has answered in up to two seconds.
        with self._redis.client() as client:
            client.config_set("appendfsync", "always")
        self._redis.process.kill()
        self._redis.start()

    def _fail_over(self) -> None:
        """Kill a master while its replica is there to take over, then bring it back."""
        assert self._failing is not None
        began = time.monotonic()
        self._failovers_begun += 1
        self.failover_s.append(self._failing.fail(f"slot-{self._random.random()}", self._lose_s))
        self._windows.append((began - LAST_S, time.monotonic()))
        self._failing.heal()

    # The account

    async def _account(self, engine: Engine, provider: FakeProvider) -> Account:
        asked = Counter(prompt_text(body) for body in provider.requests)
        account = Account(len(self._orders), self.faults, requests=asked.total(), repeated=asked.total() - len(asked))
        account.lost, account.undone = len(self._lost), len(self._undone)
        account.leaked = await leaked_keys(self._url)
        for number, run_id in enumerate(self._orders):
            events = await engine.events(run_id)
            if run_id in self._lost | self._undone and not any(each["type"] == "run.redis_changed" for each in events):
                account.untold.append(run_id)
            state = fold(events)
            account.statuses[state["run_status"]] += 1
            account.attempts[state["attempt"]] += 1
            if state["run_status"] != "completed":
                account.errors.append(f"{run_id}: {state['run_status']} {state['error']}")
                continue
            self._count_payments(account, events, asked, f"run {number} ")
            output = await engine.output_of(run_id)
            names = [f"run {number} in order {n}" for n in range(CALLS)] + [
                f"run {number} beside {n}" for n in range(CALLS)
            ]
            if output != {"words": [f"said of {name}" for name in names], "story": f"said of run {number} story"}:
                account.wrong.append(f"{run_id}: {output}")
            if state["blocks"]["story"]["txt"] != output["story"]:
                account.wrong.append(f"{run_id}: the page has {state['blocks']['story']['txt']!r}")
        return account

    def _count_payments(self, account: Account, events: list[dict[str, Any]], asked: Counter[str], prefix: str) -> None:
        """Hold what the log reports as possibly paid twice against what the provider was asked."""
        possible, after_its_end = begun_again(events)
        account.completed_repeated += after_its_end
        repeated = sum(times - 1 for prompt, times in asked.items() if prompt.startswith(prefix))
        account.possible += possible
        # The log may have lost that a step began: of a run that met another server it says that it may have.
        told = any(event["type"] == "run.redis_changed" for event in events)
        unreported = max(0, repeated - possible)
        excused = min(unreported, self._in_window(prefix)) if told else 0
        account.unreported += unreported - excused
        account.in_window += excused

    def _in_window(self, prefix: str) -> int:
        """Return how many of the run's requests that were made again were made in the window of a failover."""
        times: dict[str, list[float]] = {}
        for prompt, at in self._asked:
            if prompt.startswith(prefix):
                times.setdefault(prompt, []).append(at)
        again = [at for of_prompt in times.values() for at in of_prompt[:-1]]
        return sum(any(first <= at <= last for first, last in self._windows) for at in again)
