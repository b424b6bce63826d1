"""The network between a worker and Redis is cut: nothing is lost, and nothing runs twice at once.

At full depth for 30 s under the lease that workers have; for each commit under the shortest, for as long as it takes.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator
from itertools import pairwise
from typing import Any

import pytest

from genisys.host import STORE_ERRORS, Engine, Watch, Worker
from genisys.testing import FakeProvider
from genisys.testing.provider import prompt_text
from genisys.testing.redis import run_key
from tests.chaos.storm import begun_again
from tests.depth import by_depth
from tests.topologies import flows
from tests.topologies.flows import Body, Stage, ask_all
from tests.topologies.servers import Cluster
from tests.topologies.wire import Wire
from tests.waits import ended, until

LEASE_S = by_depth(4.0, 10.0)
CUT_S = by_depth(0.0, 30.0)
RUNS = 6

pytestmark = pytest.mark.timeout(240)


@pytest.fixture
def stage() -> Iterator[Stage]:
    flows.stage = made = Stage()
    yield made
    made.gate.set()


@pytest.fixture
async def provider() -> AsyncIterator[FakeProvider]:
    async with FakeProvider(responder=lambda body: f"said of {prompt_text(body)}") as provider:
        yield provider


@pytest.fixture
async def wire(redis_url: str, redis_server: Any) -> AsyncIterator[Wire]:
    async with Wire(redis_server.port) as wire:
        yield wire


@contextlib.asynccontextmanager
async def working(url: str) -> AsyncIterator[Worker]:
    worker = Worker(url, concurrency=2 * RUNS, lease_s=LEASE_S, hand_over_s=0.2)
    task = asyncio.create_task(worker.run())
    try:
        yield worker
    finally:
        worker.stop()
        await task


async def begin(engine: Engine, stage: Stage, provider: FakeProvider, runs: int = RUNS) -> dict[str, str]:
    """Start runs and wait until each stands in its second step; return their ids with their names."""
    names = [f"run {len(stage.bodies) + number}" for number in range(runs)]
    stage.bodies.update({name: [] for name in names})
    ids = {await engine.start(ask_all.name, {"name": each, "base_url": provider.base_url}): each for each in names}
    await seen(engine, lambda: provider.count() >= 2 * runs and stage.at_the_gate(1), "the runs did not begin")
    return ids


async def seen(engine: Engine, condition: Callable[[], bool], message: str, seconds: float = 40.0) -> None:
    """Wait until it is so, while control looks after the runs."""
    watch = Watch(engine)

    async def looks() -> bool:
        with contextlib.suppress(*STORE_ERRORS):
            await watch.sweep()
        await asyncio.sleep(0.1)
        return condition()

    await until(looks, message, seconds)


async def hold_true(engine: Engine, ids: dict[str, str], stage: Stage, provider: FakeProvider) -> None:
    """Nothing was lost, nothing ran twice at once, and what was paid for twice is told, and had not completed."""
    asked = Counter(prompt_text(body) for body in provider.requests)
    metas = await ended(engine, *ids, watch=Watch(engine))
    assert [meta.status for meta in metas] == ["completed"] * len(ids)
    for run_id, name in ids.items():
        assert await engine.output_of(run_id) == {"words": [f"said of {name} {n}" for n in range(3)]}
        bodies = sorted(stage.bodies[name], key=lambda body: body.began_s)
        assert all(before.ended_s <= after.began_s for before, after in pairwise(bodies)), f"{name}: two at once"
        assert steps(bodies)[0] == 1, "what had completed was done again"
        events = await engine.events(run_id)
        assert [event["seq"] for event in events] == list(range(1, len(events) + 1))
        told, after_its_end = begun_again(events)
        again = sum(times - 1 for prompt, times in asked.items() if prompt.startswith(f"{name} "))
        assert after_its_end == 0
        assert again <= told


def steps(bodies: list[Body]) -> Counter[int]:
    return Counter(body.step for body in bodies)


async def attempts(engine: Engine, run_id: str) -> list[str]:
    """Return which workers took the run."""
    return [event["worker"] for event in await engine.events(run_id) if event["type"] == "run.started"]


@pytest.mark.parametrize(
    "cut", [pytest.param(Wire.cut, id="cut"), pytest.param(lambda w: w.delay(4), id="slow", marks=pytest.mark.full)]
)
async def test_a_worker_that_is_cut_off_stops_its_runs_before_another_takes_them(
    redis_url: str, wire: Wire, stage: Stage, provider: FakeProvider, cut: Callable[[Wire], None]
) -> None:
    """Slow is as good as cut, where an answer takes longer than anybody waits for it."""
    async with Engine(redis_url) as engine, working(f"redis://127.0.0.1:{wire.port}/0") as far:
        ids = await begin(engine, stage, provider)
        async with working(redis_url) as near:
            cut(wire)
            since_s = time.monotonic()
            await seen(engine, lambda: stage.at_the_gate(2), "nobody took the runs", 90.0)
            stage.gate.set()
            await ended(engine, *ids)
            await asyncio.sleep(max(0.0, CUT_S - (time.monotonic() - since_s)))
            await wire.mend()
            await hold_true(engine, ids, stage, provider)
            for run_id in ids:
                assert await attempts(engine, run_id) == [far.id, near.id]
        later = await begin(engine, stage, provider, 1)
        await hold_true(engine, later, stage, provider)
        assert await attempts(engine, *later) == [far.id], "it takes runs again"


@pytest.mark.full
async def test_when_nobody_reaches_redis_each_run_goes_on_once_it_is_back(
    wire: Wire, stage: Stage, provider: FakeProvider
) -> None:
    url = f"redis://127.0.0.1:{wire.port}/0"
    async with Engine(url) as engine, working(url), working(url):
        ids = await begin(engine, stage, provider)
        wire.cut()
        await asyncio.sleep(CUT_S)
        stage.gate.set()
        await wire.mend()
        await hold_true(engine, ids, stage, provider)


@pytest.mark.full
async def test_a_redis_that_is_gone_for_longer_than_a_lease_costs_no_attempt(
    redis_url: str, wire: Wire, stage: Stage, provider: FakeProvider
) -> None:
    """It refuses, and so it is gone for all: nobody takes the runs meanwhile, and what is under way goes on."""
    async with Engine(redis_url) as engine, working(f"redis://127.0.0.1:{wire.port}/0") as worker:
        ids = await begin(engine, stage, provider)
        await wire.refuse()
        await asyncio.sleep(1.5 * LEASE_S)
        await wire.mend()

        async def renewed() -> bool:
            metas = (await engine.metas(ids)).values()
            return all(meta.lease_until_ms > time.time() * 1000 for meta in metas)

        await until(renewed, "the leases were not renewed")
        stage.gate.set()
        await hold_true(engine, ids, stage, provider)
        for run_id, name in ids.items():
            assert await attempts(engine, run_id) == [worker.id]
            assert steps(stage.bodies[name]) == {0: 1, 1: 1, 2: 1}


@pytest.mark.full
async def test_a_worker_whose_connections_are_lost_unseen_takes_runs_again(
    redis_url: str, wire: Wire, stage: Stage, provider: FakeProvider, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("genisys.engine.wakeups.SILENCE_S", 3.0)
    monkeypatch.setattr("genisys.engine.wakeups.LISTEN_S", 1.0)
    stage.gate.set()
    async with Engine(redis_url) as engine, working(f"redis://127.0.0.1:{wire.port}/0") as worker:
        await hold_true(engine, await begin(engine, stage, provider, 1), stage, provider)
        wire.lose()
        later = await begin(engine, stage, provider, 1)
        await hold_true(engine, later, stage, provider)
        assert await attempts(engine, *later) == [worker.id]


@pytest.mark.full
async def test_a_silent_server_of_a_cluster_costs_no_run_of_the_others(
    tmp_path: Any, stage: Stage, provider: FakeProvider
) -> None:
    cluster = Cluster(tmp_path)
    try:
        await asyncio.to_thread(cluster.start)
        async with Engine(cluster.url) as engine, working(cluster.url):
            ids = await begin(engine, stage, provider, 2 * RUNS)
            slots = {each: cluster.nodes[0].ask("CLUSTER", "KEYSLOT", run_key(each, "meta")) for each in ids}
            silent = cluster.master_of(slots[next(iter(ids))])
            spared = [each for each in ids if cluster.master_of(slots[each]) is not silent]
            os.kill(silent.process.pid, signal.SIGSTOP)
            await seen_for(engine, 2 * LEASE_S)
            os.kill(silent.process.pid, signal.SIGCONT)
            stage.gate.set()
            await hold_true(engine, ids, stage, provider)
            assert spared
            assert {len(await attempts(engine, each)) for each in spared} == {1}
    finally:
        cluster.stop()


async def seen_for(engine: Engine, seconds: float) -> None:
    """Let control look after the runs for so long."""
    end_s = time.monotonic() + seconds
    await seen(engine, lambda: time.monotonic() > end_s, "", seconds + 20)
