"""A fleet of real processes: what becomes of its runs when children, parents or whole workers go."""

from __future__ import annotations

import asyncio
import os
import re
import signal
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from genisys.host import Engine, RunMeta, Watch
from tests.engine.fleets import marks, worker_argv, workers
from tests.waits import until

MakeFleet = Callable[..., Any]
LIMIT = 3


@pytest.fixture
async def engine(redis_url: str) -> AsyncIterator[Engine]:
    async with Engine(redis_url, deployment="fleet", per_owner=LIMIT) as engine:
        yield engine


@pytest.fixture
def make_fleet(redis_url: str, tmp_path: Path, make_process: Callable[..., Any]) -> Iterator[MakeFleet]:
    """Start `python -m genisys worker`: a parent and its children."""
    started: list[Any] = []

    def make(
        name: str = "fleet",
        *,
        processes: int = 1,
        concurrency: int = 8,
        module: str = "tests.engine.flows",
        **more: Any,
    ) -> Any:
        options = {"processes": processes, "concurrency": concurrency, "per_owner": LIMIT, **more}
        process = make_process(name, worker_argv(redis_url, "fleet", module=module, **options))
        process.start()
        started.append(process)
        return process

    yield make
    for process in started:
        process.stop()


async def start(engine: Engine, folder: Path, owner: str = "", **fields: Any) -> str:
    folder.mkdir(exist_ok=True)
    return await engine.start("flow-squares", {"marks": str(folder), **fields}, owner=owner)


async def held(
    engine: Engine, run_ids: list[str], by: set[str] | None = None, watch: Watch | None = None
) -> list[RunMeta]:
    """Wait until all these runs are held, by one of these workers where any are named."""

    async def all_held() -> list[RunMeta] | None:
        if watch is not None:
            await watch.sweep()
        metas = list((await engine.metas(run_ids)).values())
        right = all(meta.worker and (by is None or meta.worker in by) for meta in metas)
        return metas if right and len(metas) == len(run_ids) else None

    return await until(all_held, "not all runs are held")


async def ended(engine: Engine, run_ids: list[str], seconds: float = 60.0) -> list[RunMeta]:
    watch = Watch(engine)

    async def all_closed() -> list[RunMeta] | None:
        await watch.sweep()
        metas = list((await engine.metas(run_ids)).values())
        return metas if len(metas) == len(run_ids) and all(meta.closed for meta in metas) else None

    return await until(all_closed, "not all runs ended", seconds)


async def test_when_the_parent_dies_its_children_hand_their_runs_over(
    engine: Engine, make_fleet: MakeFleet, tmp_path: Path
) -> None:
    first = make_fleet("first", processes=2)
    old = {worker.id for worker in await workers(engine, 2)}
    # Longer than any test: what is waited for is the second fleet, however long it takes to start.
    runs = [await start(engine, tmp_path / str(number), items=3600, seconds=0.2) for number in range(4)]
    await held(engine, runs)
    make_fleet("second")
    new = {worker.id for worker in await workers(engine, 3)} - old
    os.kill(parent_of((await engine.workers())[0].pid), signal.SIGKILL)
    # One of the two that end may take a run of the other one before it has heard itself that it is to end.
    assert {meta.attempt for meta in await held(engine, runs, by=new, watch=Watch(engine))} <= {2, 3}
    for number in range(4):
        counted = marks(tmp_path / str(number))
        assert {times for name, times in counted.items() if name.startswith("begin")} == {1}

    await gone(engine, old)
    for run_id in runs:
        await engine.cancel(run_id)
    assert {meta.status for meta in await ended(engine, runs)} == {"cancelled"}
    first.kill()


def parent_of(pid: int) -> int:
    return int(Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[1])


async def test_fifty_runs_move_to_another_worker_on_sigterm_none_lost_or_doubled(
    engine: Engine, make_fleet: MakeFleet, tmp_path: Path
) -> None:
    first = make_fleet("first", concurrency=50)
    old = {worker.id for worker in await workers(engine, 1)}
    runs = [await start(engine, tmp_path / str(number), items=3600, seconds=1) for number in range(50)]
    await held(engine, runs)
    make_fleet("second", concurrency=50)
    new = {worker.id for worker in await workers(engine, 2)} - old
    assert await asyncio.to_thread(first.stop) == 0
    metas = await held(engine, runs, by=new)
    assert {meta.attempt for meta in metas} == {2}
    for number in range(50):
        counted = marks(tmp_path / str(number))
        assert {times for name, times in counted.items() if name.startswith("begin")} == {1}
    for run_id in runs:
        await engine.cancel(run_id)
    assert {meta.status for meta in await ended(engine, runs)} == {"cancelled"}


async def test_a_child_that_dies_again_and_again_does_not_hold_up_the_others_runs(
    engine: Engine, make_fleet: MakeFleet, tmp_path: Path
) -> None:
    """The pause before a successor grows, but what a dead child held is free at once, and SIGTERM is heard."""
    fleet = make_fleet(processes=3)
    for _ in range(3):
        dead = (await workers(engine, 3))[:2]
        for worker in dead:
            os.kill(worker.pid, signal.SIGKILL)
        await gone(engine, {worker.id for worker in dead})
    run_id = await start(engine, tmp_path / "a", items=6, seconds=1.0)
    (meta,) = await held(engine, [run_id])
    (holder,) = [worker for worker in await engine.workers() if worker.id == meta.worker]
    os.kill(holder.pid, signal.SIGKILL)
    (meta,) = await ended(engine, [run_id])
    assert meta.status == "completed"
    reasons = [event["reason"] for event in await engine.events(run_id) if event["type"] == "run.recovering"]
    assert reasons == ["worker_died"]
    assert await asyncio.to_thread(fleet.stop) == 0


async def gone(engine: Engine, ids: set[str]) -> None:
    async def forgotten() -> bool:
        return not ids & {worker.id for worker in await engine.workers()}

    await until(forgotten, "the dead were not noticed")


async def test_one_that_has_started_already_takes_the_place_of_a_dead_child(
    engine: Engine, make_fleet: MakeFleet, tmp_path: Path
) -> None:
    fleet = make_fleet()
    (first,) = await workers(engine, 1)

    async def standing_by() -> int | None:
        found = {int(pid) for pid in Path(f"/proc/{fleet.pid}/task/{fleet.pid}/children").read_text().split()}
        return (found - {first.pid}).pop() if len(found) == 2 else None

    spare = await until(standing_by, "nobody stands by")
    run_id = await start(engine, tmp_path / "a", items=3, seconds=1.0)
    await held(engine, [run_id], by={first.id})
    os.kill(first.pid, signal.SIGKILL)
    await gone(engine, {first.id})
    assert [worker.pid for worker in await workers(engine, 1)] == [spare]
    assert [(meta.status, meta.attempt) for meta in await ended(engine, [run_id])] == [("completed", 2)]
    assert await asyncio.to_thread(fleet.stop) == 0


async def test_without_a_spare_a_dead_child_is_replaced_all_the_same(
    engine: Engine, make_fleet: MakeFleet, tmp_path: Path
) -> None:
    fleet = make_fleet(no_spare=True)
    (first,) = await workers(engine, 1)
    run_id = await start(engine, tmp_path / "a", items=60, seconds=0.1)

    async def longer_than_a_spare_would_take() -> bool:
        return marks(tmp_path / "a")["end-30"] == 1

    await until(longer_than_a_spare_would_take, "the run does not get on")
    assert Path(f"/proc/{fleet.pid}/task/{fleet.pid}/children").read_text().split() == [str(first.pid)]
    os.kill(first.pid, signal.SIGKILL)
    assert [(meta.status, meta.attempt) for meta in await ended(engine, [run_id])] == [("completed", 2)]
    assert await asyncio.to_thread(fleet.stop) == 0


async def test_a_command_that_cannot_start_is_not_started_over_and_over(make_fleet: MakeFleet, tmp_path: Path) -> None:
    fleet = make_fleet(module="tests.engine.no_such_module")

    async def pauses() -> list[str] | None:
        found = re.findall(r"worker\.respawn_waits.*seconds=\S*?([0-9.]+)", fleet.log.read_text())
        return found if len(found) >= 4 else None

    assert (await until(pauses, "the command was not tried again", seconds=80))[:4] == ["0.2", "0.4", "0.8", "1.6"]
    assert await asyncio.to_thread(fleet.stop) == 0


async def test_a_persons_line_survives_kills_of_every_worker(
    engine: Engine, make_fleet: MakeFleet, tmp_path: Path
) -> None:
    make_fleet(processes=2)
    await workers(engine, 2)
    runs = [await start(engine, tmp_path / str(number), owner="ann", items=4, seconds=0.1) for number in range(12)]
    most = 0
    for _ in range(4):
        for worker in await engine.workers():
            try:
                os.kill(worker.pid, signal.SIGKILL)
            except ProcessLookupError:
                continue  # its heartbeat outlives it
        metas = (await engine.metas(runs)).values()
        most = max(most, sum(bool(meta.worker) for meta in metas))
        await until(lambda: moving(engine, runs), "no run was taken up again")
    metas = await ended(engine, runs, seconds=80)
    assert {meta.status for meta in metas} == {"completed"}
    assert most <= LIMIT
    for number in range(12):
        counted = marks(tmp_path / str(number))
        assert all(counted[f"end-{item}"] == 1 for item in range(4)), counted


async def moving(engine: Engine, runs: list[str]) -> bool:
    alive = {worker.id for worker in await engine.workers()}
    await Watch(engine).sweep()
    metas = (await engine.metas(runs)).values()
    return any(meta.worker in alive for meta in metas) or all(meta.closed for meta in metas)
