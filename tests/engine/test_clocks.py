"""Time is Redis's: hosts whose clocks are wrong take no held run, wake nothing early and repeat nothing."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest

from genisys.core import clock  # no face sets a host's clock wrong, nor shows what was learned of Redis's
from genisys.execution.waits import Waits  # what a run does that was taken up early, without seconds of waiting
from genisys.host import Engine, Watch, WorkerInfo, new_run_id
from genisys.redis_io.keys import EARLY_MS, LEASE_MS  # ends are compared with what the scripts were told
from genisys.store.leases import LeaseStore  # renews a lease as a worker does, without one that would do it on time
from genisys.store.records import Append  # gives a lease up with a due time, which only workers do
from genisys.testing.redis import Store, now_ms
from tests.engine.fleets import worker_argv
from tests.waits import ended, until

SKEW_S = 60.0


@pytest.fixture
def host(monkeypatch: pytest.MonkeyPatch) -> Callable[[float], None]:
    """Set this process's own clock wrong by some seconds; what was learned of Redis's is forgotten before and after."""
    monkeypatch.setattr(clock, "_ahead_ns", 0)
    monkeypatch.setattr(clock, "_latest_ns", 0)

    def ahead(seconds: float) -> None:
        monkeypatch.setattr(clock, "host_ns", lambda: time.time_ns() + int(seconds * 1e9))

    return ahead


@pytest.fixture
async def store(redis_url: str) -> AsyncIterator[Store]:
    store = Store(redis_url)
    yield store
    await store.close()


async def make(store: Store) -> str:
    run_id = new_run_id()
    queued = Append(events=[{"type": "run.queued", "at": now_ms(), "workflow": "w"}], status="queued")
    await store.create(run_id, {"workflow": "w", "deployment": "d"}, queued)
    return run_id


@pytest.mark.parametrize("seconds", [11.0, SKEW_S, -SKEW_S])
async def test_a_held_run_is_not_taken_by_a_host_whose_clock_is_wrong(
    store: Store, host: Callable[[float], None], seconds: float
) -> None:
    run_id = await make(store)
    assert not isinstance(await store.acquire(run_id, "right", "d"), str)
    host(seconds)
    assert await store.acquire(run_id, "wrong", "d") == "held"


@pytest.mark.parametrize("seconds", [SKEW_S, -SKEW_S])
async def test_a_lease_that_a_host_with_a_wrong_clock_takes_runs_out_in_time(
    store: Store, redis_url: str, host: Callable[[float], None], seconds: float
) -> None:
    run_id = await make(store)
    host(seconds)
    lease = await store.acquire(run_id, "wrong", "d")
    assert not isinstance(lease, str)
    meta = await store.meta(run_id)
    assert meta is not None
    assert meta.lease_until_ms - time.time() * 1000 == pytest.approx(LEASE_MS, abs=2000)
    keeper = LeaseStore(redis_url)
    info = WorkerInfo("wrong", "host", 1, "d", 1, now_ms(), now_ms(), (run_id,), draining=False)
    assert await asyncio.to_thread(keeper.beat, info, [lease]) == [(True, False, 0)]
    meta = await store.meta(run_id)
    assert meta is not None
    assert meta.lease_until_ms - time.time() * 1000 == pytest.approx(LEASE_MS, abs=2000)
    keeper.close()


@pytest.mark.parametrize("seconds", [SKEW_S, -SKEW_S])
async def test_a_wrong_clock_is_corrected_by_the_first_exchange_with_redis(
    store: Store, host: Callable[[float], None], seconds: float
) -> None:
    host(seconds)
    await store.connect()
    assert abs(now_ms() - time.time() * 1000) < 2000


async def test_a_clock_that_is_set_anew_is_followed(store: Store, host: Callable[[float], None]) -> None:
    await store.compare_clocks()
    for seconds in (SKEW_S, -SKEW_S, 0.0):
        host(seconds)
        await store.compare_clocks()
        assert abs(now_ms() - time.time() * 1000) < 2000


def test_a_clock_that_is_right_is_never_corrected(host: Callable[[float], None]) -> None:
    for sent, server, received in ((100, 101, 102), (200, 200, 260), (300, 359, 360)):
        clock.compare(sent, server, received)
    assert clock._ahead_ns == 0


def test_the_error_is_no_more_than_one_round_trip(host: Callable[[float], None]) -> None:
    true, trip = 60_000_000_000, 2_000_000
    clock.compare(0, true + trip // 2, trip)
    assert abs(clock._ahead_ns - true) <= trip
    clock.compare(10**9, true + 10**9 + 900, 10**9 + 1_000)
    assert abs(clock._ahead_ns - true) <= 2_000


def test_the_time_does_not_go_back_when_it_is_corrected_a_little(host: Callable[[float], None]) -> None:
    clock.compare(0, 5_000_000, 1)
    before = clock.now_ns()
    clock.compare(0, 0, 1)
    assert clock.now_ns() >= before


async def test_the_watch_frees_no_lease_that_has_not_run_out_by_redis_clock(
    store: Store, redis_url: str, host: Callable[[float], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    run_id = await make(store)
    assert not isinstance(await store.acquire(run_id, "right", "d"), str)
    async with Engine(redis_url, deployment="d") as engine:
        host(SKEW_S)
        assert await Watch(engine).sweep() == 0
        meta = await engine.meta(run_id)
        assert meta is not None
        # However wrong the caller is by now, the script asks Redis.
        assert not await engine.release(meta, reason="lease_expired", expired=True)
        assert await engine.release(meta, reason="worker_died")


async def test_a_run_that_waits_is_not_taken_long_before_its_time(store: Store) -> None:
    run_id = await make(store)
    lease = await store.acquire(run_id, "one", "d")
    assert not isinstance(lease, str)
    await store.append(lease, 1, Append(status="waiting", release="one", due_ms=now_ms() + 60_000, signals_known=0))
    assert await store.acquire(run_id, "ahead", "d") == "early"
    await store.append_system(run_id, Append(increments={"signals": 1}, due_ms=now_ms()))
    assert not isinstance(await store.acquire(run_id, "ahead", "d"), str)


class Resting:
    """A step that does nothing but wait."""

    key = "step"

    def __init__(self, waits: Waits) -> None:
        self.rest = lambda: waits.work(-1)
        self.work = lambda: waits.work(1)


@pytest.mark.parametrize(("early_ms", "leaves"), [(EARLY_MS - 1, False), (EARLY_MS + 60_000, True)])
async def test_a_run_that_is_taken_as_early_as_may_be_waits_its_time_out(early_ms: int, leaves: bool) -> None:
    left = asyncio.Event()
    waits = Waits(left.set, leave_after_s=0.0)
    wait = waits.wait(Resting(waits), "sleep", now_ms() + early_ms, lambda: False, {})
    waiting = asyncio.create_task(wait)
    for _ in range(10):
        await asyncio.sleep(0.001)  # turns of the loop, in which it looks whether to leave
    assert left.is_set() == leaves
    waiting.cancel()
    waits.stop()


async def test_two_workers_sixty_seconds_apart_lose_nothing_and_repeat_nothing(
    redis_url: str, tmp_path: Path, make_process: Callable[..., Any]
) -> None:
    """One ahead, one behind; each holds runs for longer than a lease, and a run sleeps for so long that it is left."""
    processes = []
    for name, seconds in (("ahead", SKEW_S), ("behind", -SKEW_S)):
        process = make_process(name, worker_argv(redis_url, "d", module="tests.engine.skewed", concurrency=4))
        process.env = {"HOST_AHEAD_S": str(seconds)}
        process.start()
        processes.append(process)
    async with Engine(redis_url, deployment="d") as engine:

        async def both() -> bool:
            return len(await engine.workers()) == 2

        await until(both, "two workers are not there")
        for worker in await engine.workers():
            assert abs(worker.beat_ms - time.time() * 1000) < 30_000
        runs = []
        for number in range(6):
            folder = tmp_path / str(number)
            folder.mkdir()
            runs.append(await engine.start("flow-squares", {"marks": str(folder), "items": 12, "seconds": 0.5}))
        sleeper = tmp_path / "sleeper"
        sleeper.mkdir()
        began = time.monotonic()
        runs.append(await engine.start("flow-naps", {"marks": str(sleeper), "seconds": 7.0}))
        # Longer than a lease: whoever held its end for past would have taken the run by then.
        metas = await ended(engine, *runs, watch=Watch(engine), seconds=60)
        assert time.monotonic() - began >= 7
        assert {meta.status for meta in metas} == {"completed"}
        assert {meta.attempt for meta in metas[:-1]} == {1}
        assert metas[-1].attempt <= 2
        events = [event for run_id in runs for event in await engine.events(run_id)]
        assert not [event for event in events if event["type"] == "run.recovering"]
        assert all(event.get("ms", 0) >= 0 for event in events)
        assert max(abs(event["at"] - time.time() * 1000) for event in events) < 60_000
        holders = {event["worker"] for event in events if event["type"] == "run.started"}
        assert len(holders) == 2
    for number in range(6):
        counted = Counter(line.split()[0] for line in (tmp_path / str(number) / "marks").read_text().splitlines())
        assert set(counted.values()) == {1}
        assert len(counted) == 24
    for process in processes:
        assert await asyncio.to_thread(process.stop) == 0
