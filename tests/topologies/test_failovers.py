"""Another server takes over in the midst of it all: nothing is lost, nothing that was finished is paid for again.

What a failover may cost stands in docs/operations.md. At full depth each form meets 20 and more of them among 500 runs.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from genisys.host import STORE_ERRORS, Engine, Hub, Watch, Worker
from genisys.testing.redis import leaked_keys, make_run, run_key
from tests.chaos.storm import Storm
from tests.depth import by_depth
from tests.topologies.flows import add_all, begun
from tests.topologies.servers import Topology, Watched
from tests.waits import ended, until

GOES_ON_S = 5.0
RUNS = int(os.environ.get("GENISYS_STORM_RUNS", "500"))
STEPS = 35


@pytest.fixture
async def worker(topology: Topology) -> AsyncIterator[Worker]:
    worker = Worker(topology.url, concurrency=10)
    working = asyncio.create_task(worker.run())
    yield worker
    worker.stop()
    await working


@pytest.mark.full
@pytest.mark.timeout(600)
async def test_a_held_run_and_its_viewer_go_on_after_a_failover(topology: Topology, worker: Worker) -> None:
    """At full depth five times; the longest of each is printed."""
    took: list[tuple[float, float, float]] = []
    async with Engine(topology.url) as engine:
        for _ in range(by_depth(1, 5)):
            took.append(await _fail_under_a_run(topology, engine))
    failover, step, viewer = (max(each) for each in zip(*took, strict=True))
    print(f"failover {failover:.1f} s; then the next step after {step:.2f} s, its viewer after {viewer:.2f} s")
    if by_depth(False, True):
        assert step < GOES_ON_S
        assert viewer < GOES_ON_S
    assert not await leaked_keys(topology.url)


async def _fail_under_a_run(topology: Topology, engine: Engine) -> tuple[float, float, float]:
    await asyncio.to_thread(topology.heal)
    hub, seen = Hub(engine), 0
    await hub.start()
    run_id = await engine.start(add_all.name, {"name": f"held {time.monotonic()}", "steps": STEPS})

    async def look_on() -> None:
        nonlocal seen
        async with hub.view(run_id) as viewer:
            async for frame in viewer:
                seen = max(seen, frame.seq)

    async def written() -> int:
        with contextlib.suppress(*STORE_ERRORS):
            meta = await engine.meta(run_id)
            return 0 if meta is None else meta.last_seq
        return 0

    async def has_begun() -> bool:
        return await written() > 10 and seen > 10

    async def goes_on() -> bool:
        return await written() > at_takeover

    async def viewer_goes_on() -> bool:
        return seen > at_takeover

    looking = asyncio.create_task(look_on())
    await until(has_begun, "the run did not begin")
    # That a run was begun is what no worker could write again.
    await asyncio.to_thread(topology.replicated, run_key(run_id, "meta"))
    failover_s = await asyncio.to_thread(topology.fail, run_key(run_id, "meta"))
    began, at_takeover = time.monotonic(), seen
    await until(goes_on, "the held run did not go on")
    step_s = time.monotonic() - began
    await until(viewer_goes_on, "the viewer did not see what followed")
    viewer_s = time.monotonic() - began
    (meta,) = await ended(engine, run_id, watch=Watch(engine))
    looking.cancel()
    await hub.stop()
    assert (await engine.output_of(run_id)) == {"total": sum(range(STEPS))}
    assert meta.attempt == 1, "its worker kept it"
    assert set(begun.values()) == {1}, "no step was begun twice"
    kinds = [event["type"] for event in await engine.events(run_id)]
    assert kinds.count("run.redis_changed") == 1, "the run tells that another server took over"
    return failover_s, step_s, viewer_s


@pytest.mark.full
@pytest.mark.parametrize("topology", ["sentinel"], indirect=True)
async def test_a_master_that_lives_on_after_it_was_replaced_is_left(topology: Watched) -> None:
    """For some 10 s it takes itself for the master still, and answers whoever is connected to it."""
    async with Engine(topology.url) as engine:
        await make_run(engine)
        replaced = await asyncio.to_thread(topology.replace)

        async def is_written() -> bool:
            with contextlib.suppress(*STORE_ERRORS):
                await make_run(engine)
                return True
            return False

        await until(is_written, "nobody takes writes")
        assert replaced.ask("ROLE")[0] == "master", "nobody has told it otherwise so far"


@pytest.mark.full
@pytest.mark.timeout(3600)
@pytest.mark.parametrize(
    ("runs", "failovers", "lose_s"),
    [
        pytest.param(RUNS, RUNS // 25, 0.0, id="master-killed"),
        pytest.param(RUNS // 5, RUNS // 100, 2.0, id="master-killed-with-what-it-was-told"),
    ],
)
@pytest.mark.parametrize("wait_replicas", [0, 1])
async def test_a_fleet_survives_a_storm_of_failovers(
    topology: Topology, tmp_path: Path, wait_replicas: int, runs: int, failovers: int, lose_s: float
) -> None:
    """A run that is lost in the window of a failover is started again, and says so. So does one whose end was lost.

    On one machine replication lags by so little that hardly anything is lost with a master. So in every second storm
    each loses its replicas two seconds before it is killed, and takes writes meanwhile.
    """
    storm = Storm(
        tmp_path, seed=runs, failing=topology, failovers=failovers, wait_replicas=wait_replicas, lose_s=lose_s
    )
    account = await storm.run(runs)
    print(account)
    print(f"{len(storm.failover_s)} failovers of {min(storm.failover_s):.1f} to {max(storm.failover_s):.1f} s")
    assert not account.errors
    assert not account.wrong
    assert account.statuses == {"completed": runs}
    assert account.completed_repeated == 0, "a step that had completed was begun again, by its own log"
    assert account.unreported == 0, "the provider was asked again outside of the window of a failover"
    assert not account.untold, "a run was lost, or its end, and its log does not say so"
    if wait_replicas:  # An end may be read before replicas have it, so `undone` is not in this.
        assert account.lost + account.in_window == 0, "what a replica has is not lost"
    elif lose_s:
        assert account.lost + account.in_window + account.undone > 0, "nothing was lost: this shows nothing"
    assert not account.leaked
    assert len(storm.failover_s) >= failovers
