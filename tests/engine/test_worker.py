"""Real workers, killed, drained, cancelled and cut off from Redis, while they run."""

from __future__ import annotations

import asyncio
import os
import re
import signal
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest

from genisys.host import MOST_ATTEMPTS_WITHOUT_PROGRESS, Engine, Watch, fold
from tests.engine.fleets import LEASE_S, marks, worker_argv
from tests.waits import ended, until

MakeWorker = Callable[..., Any]


@pytest.fixture
async def engine(redis_url: str) -> AsyncIterator[Engine]:
    async with Engine(redis_url, deployment="test") as engine:
        yield engine


@pytest.fixture
def make_worker(redis_url: str, make_process: Callable[..., Any]) -> MakeWorker:
    def make(name: str = "worker", url: str = redis_url) -> Any:
        process = make_process(name, worker_argv(url, "test", concurrency=8))
        process.start()
        return process

    return make


async def started(engine: Engine, workflow: str, folder: Path, **fields: Any) -> str:
    return await engine.start(workflow, {"marks": str(folder), **fields}, title=workflow)


async def the_child(engine: Engine, run_id: str) -> int:
    async def pid() -> int | None:
        holders = [worker for worker in await engine.workers() if run_id in worker.runs]
        return holders[0].pid if holders else None

    return await until(pid, "no worker took the run")


async def test_a_run_goes_on_after_its_worker_is_killed_and_repeats_nothing(
    engine: Engine, make_worker: MakeWorker, tmp_path: Path
) -> None:
    make_worker()
    run_id = await started(engine, "flow-fan", tmp_path, items=24, seconds=0.2)
    pid = await the_child(engine, run_id)
    await until(_async(lambda: sum(n for name, n in marks(tmp_path).items() if "end" in name) >= 6), "no steps")
    os.kill(pid, signal.SIGKILL)
    (meta,) = await ended(engine, run_id)
    assert (meta.status, meta.attempt) == ("completed", 2)
    output = await engine.output_of(run_id)
    assert output["total"] == sum(n * n for n in range(24))
    _, state = await engine.snapshot(run_id) or pytest.fail("the run is gone")
    assert state["blocks"]["article"]["txt"] == output["written"] == "".join(f"piece {n} ä𝄞 " for n in range(20))
    completed = [event["step"] for event in await engine.events(run_id) if event["type"] == "step.completed"]
    assert len(completed) == len(set(completed)) == 25
    counted = marks(tmp_path)
    twice = [name for name, times in counted.items() if name.startswith("begin") and times > 1]
    assert len(twice) <= 4, f"only the four calls in flight may begin twice: {twice}"
    assert [notice["kind"] for notice in state["notices"]] == ["recovering", "recovered"]


async def test_the_log_names_the_process_that_took_a_run(
    engine: Engine, make_worker: MakeWorker, tmp_path: Path
) -> None:
    worker = make_worker()
    run_id = await started(engine, "flow-squares", tmp_path, seconds=600)
    pid = await the_child(engine, run_id)
    colours = re.compile(r"\x1b\[[0-9;]*m")
    lines = [colours.sub("", line) for line in worker.said().splitlines() if "attempt.started" in line]
    assert len(lines) == 1
    assert re.search(rf"\bpid\W+{pid}\b", lines[0]), lines[0]
    assert run_id in lines[0]


async def test_a_stopping_worker_hands_over_between_steps_and_nothing_begins_twice(
    engine: Engine, make_worker: MakeWorker, tmp_path: Path
) -> None:
    first = make_worker("first")
    run_id = await started(engine, "flow-squares", tmp_path, items=40, seconds=0.2)
    await the_child(engine, run_id)
    make_worker("second")
    await until(_async(lambda: marks(tmp_path)["end-4"]), "no steps")
    assert await asyncio.to_thread(first.stop) == 0
    (meta,) = await ended(engine, run_id)
    assert (meta.status, meta.attempt) == ("completed", 2)
    counted = marks(tmp_path)
    assert {times for name, times in counted.items() if name.startswith("begin")} == {1}


async def test_a_cancel_reaches_code_in_mid_step(engine: Engine, make_worker: MakeWorker, tmp_path: Path) -> None:
    make_worker()
    run_id = await started(engine, "flow-squares", tmp_path, seconds=600)
    await until(_async(lambda: marks(tmp_path)["begin-0"]), "no step began")
    asked = time.monotonic()
    assert await engine.cancel(run_id, by="test")
    (meta,) = await ended(engine, run_id)
    assert meta.status == "cancelled"
    assert time.monotonic() - asked < 10  # a bound on hanging; the figure is measured by the benchmarks
    assert not await engine.cancel(run_id)


async def test_a_run_that_no_worker_holds_is_cancelled_at_once(engine: Engine, tmp_path: Path) -> None:
    run_id = await started(engine, "flow-squares", tmp_path)
    await engine.cancel(run_id)
    meta = await engine.meta(run_id)
    assert meta is not None
    assert (meta.status, meta.closed) == ("cancelled", True)


async def test_a_cancelled_run_goes_on_from_its_journal_on_retry(
    engine: Engine, make_worker: MakeWorker, tmp_path: Path
) -> None:
    make_worker()
    run_id = await started(engine, "flow-squares", tmp_path, items=6, seconds=0.3)
    await until(_async(lambda: marks(tmp_path)["end-2"]), "no steps")
    await engine.cancel(run_id)
    await ended(engine, run_id)
    await engine.retry(run_id)
    (meta,) = await ended(engine, run_id)
    assert meta.status == "completed"
    counted = marks(tmp_path)
    assert [counted[f"end-{n}"] for n in range(6)] == [1] * 6


async def test_a_blocked_event_loop_does_not_lose_the_lease(
    engine: Engine, make_worker: MakeWorker, tmp_path: Path
) -> None:
    make_worker("first")
    make_worker("second")
    run_id = await started(engine, "flow-hog", tmp_path, seconds=LEASE_S + 2)
    watch = Watch(engine)
    (meta,) = await ended(engine, run_id, watch=watch)
    assert (meta.status, meta.attempt) == ("completed", 1)
    assert marks(tmp_path)["hog"] == 1


async def test_a_run_that_kills_every_worker_is_stopped_with_the_reason(
    engine: Engine, make_worker: MakeWorker, tmp_path: Path
) -> None:
    make_worker()
    run_id = await started(engine, "flow-poison", tmp_path)
    (meta,) = await ended(engine, run_id, watch=Watch(engine))
    assert meta.status == "failed"
    assert marks(tmp_path)["die"] == MOST_ATTEMPTS_WITHOUT_PROGRESS
    last = (await engine.events(run_id))[-1]
    assert last["error"]["kind"] == "PoisonRun"


async def test_the_lease_of_a_lost_host_runs_out_and_another_takes_over(
    engine: Engine, make_worker: MakeWorker, tmp_path: Path
) -> None:
    first = make_worker("first")
    run_id = await started(engine, "flow-squares", tmp_path, items=20, seconds=0.3)
    child = await the_child(engine, run_id)
    make_worker("second")
    # A step that has begun just now ends in 0.3 s: none is between its end and its record, which would be done again.
    await until(_async(lambda: marks(tmp_path)["begin-8"]), "no steps")
    os.kill(child, signal.SIGSTOP)  # it is not to hear of its parent's death, and hand its run over
    first.kill()
    os.kill(child, signal.SIGKILL)
    (meta,) = await ended(engine, run_id, watch=Watch(engine))
    assert (meta.status, meta.attempt) == ("completed", 2)
    counted = marks(tmp_path)
    assert all(counted[f"end-{n}"] == 1 for n in range(20))


async def test_a_run_survives_a_restart_of_redis(make_worker: MakeWorker, tmp_path: Path, own_redis: Any) -> None:
    make_worker("worker", own_redis.url)
    async with Engine(own_redis.url, deployment="test") as engine:
        run_id = await started(engine, "flow-fan", tmp_path, items=24, seconds=0.2)
        await until(_async(lambda: marks(tmp_path)["end-5"]), "no steps")
        before = (await engine.read(run_id)).log_id
        own_redis.restart()
        (meta,) = await ended(engine, run_id, watch=Watch(engine))
        assert meta.status == "completed"
        assert meta.log_id != before
        events = await engine.events(run_id)
        assert [event["seq"] for event in events] == list(range(1, len(events) + 1))
        assert fold(events)["blocks"]["article"]["txt"] == (await engine.output_of(run_id))["written"]
        counted = marks(tmp_path)
        assert {counted[f"end-{n}"] for n in range(24)} == {1}


async def test_each_pooled_connection_for_wakeups_is_made_anew_after_a_restart(own_redis: Any) -> None:
    async with Engine(own_redis.url, deployment="test") as engine:

        async def wake_many() -> None:
            await asyncio.gather(*(engine.wake_anew(f"run-{number}", "test") for number in range(8)))

        await wake_many()
        await asyncio.to_thread(own_redis.restart)
        await wake_many()


def _async(test: Callable[[], Any]) -> Callable[[], Any]:
    async def ask() -> Any:
        return test()

    return ask
