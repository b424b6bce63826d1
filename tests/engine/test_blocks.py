"""Code that lets nothing else run: it is named, those who wait behind it are told, and it costs them one attempt."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import time
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from genisys.host import Engine, RunMeta, Watch
from tests.engine import flows
from tests.engine.fleets import LEASE_S, worker_argv, workers
from tests.engine.turning import Board, Turns, where
from tests.waits import ended, until

HOUR = 3600.0


@pytest.fixture
async def engine(redis_url: str) -> AsyncIterator[Engine]:
    async with Engine(redis_url, deployment="blocks") as engine:
        yield engine


@pytest.fixture
def make_fleet(redis_url: str, make_process: Callable[..., Any]) -> Iterator[Callable[..., Any]]:
    """Start `python -m genisys worker`: a parent and its children."""
    started: list[Any] = []

    def make(processes: int = 1, hand_over_s: float = 1.0) -> Any:
        argv = worker_argv(redis_url, "blocks", processes=processes, hand_over_seconds=hand_over_s)
        process = make_process(f"fleet-{len(started)}", argv)
        process.start()
        started.append(process)
        return process

    yield make
    for process in started:
        process.stop()


async def start(engine: Engine, workflow: str, folder: Path, **fields: Any) -> str:
    folder.mkdir(exist_ok=True)
    return await engine.start(workflow, {"marks": str(folder), **fields})


async def marked(folder: Path, name: str, times: int = 1) -> None:
    async def there() -> bool:
        file = folder / "marks"
        return file.exists() and sum(line.split()[0] == name for line in file.read_text().splitlines()) >= times

    await until(there, f"{name} was not reached {times} times")


async def held(engine: Engine, run_id: str) -> RunMeta:
    async def taken() -> RunMeta | None:
        meta = await engine.meta(run_id)
        return meta if meta is not None and meta.worker else None

    return await until(taken, "nobody took the run")


async def test_code_that_blocks_is_named_in_the_log_and_on_the_runs_behind_it_which_can_be_cancelled(
    engine: Engine, make_fleet: Callable[..., Any], tmp_path: Path
) -> None:
    fleet = make_fleet()
    await workers(engine, 1)
    behind = await start(engine, "flow-squares", tmp_path / "behind", items=1, seconds=HOUR)
    await marked(tmp_path / "behind", "begin-0")
    blocker = await start(engine, "flow-hog", tmp_path / "hog", seconds=LEASE_S + 10)
    await marked(tmp_path / "hog", "hog")

    async def told(run_id: str, words: str) -> str | None:
        meta = await engine.meta(run_id)
        assert meta is not None
        said = await engine.why_waiting(meta)
        return said if words in said else None

    said = await until(lambda: told(behind, "blocked"), "the run behind is not told", seconds=9)
    assert said.startswith("Its worker is blocked: the step “hog” of another run has let nothing else run for ")
    assert (await until(lambda: told(blocker, "blocked"), "the run is not told", seconds=9)).startswith(
        "The step “hog” of this run has blocked its worker for "
    )
    log = fleet.log.read_text()
    assert "loop.blocked" in log
    assert blocker in log
    assert f"{Path(flows.__file__)}:" in log

    assert await engine.cancel(behind)
    (meta,) = await ended(engine, behind, seconds=10)
    assert meta.status == "cancelled"

    (meta,) = await ended(engine, blocker, seconds=30)
    assert meta.status == "completed"
    cancelled, freed = [(await engine.events(run_id))[-1] for run_id in (behind, blocker)]
    assert cancelled["type"] == "run.cancelled"
    assert cancelled["at"] < freed["at"], "it had to wait until the worker was free"

    async def let_go() -> bool:
        (worker,) = await engine.workers()
        return not worker.runs and not worker.blocked_ms

    await until(let_go, "the worker still holds the cancelled run")


async def test_a_child_in_which_nothing_moves_is_ended_and_the_run_that_does_it_again_is_stopped(
    engine: Engine, make_fleet: Callable[..., Any], tmp_path: Path
) -> None:
    fleet = make_fleet()
    await workers(engine, 1)
    innocents = [
        await start(engine, "flow-squares", tmp_path / f"innocent-{n}", items=1, seconds=8.0) for n in range(4)
    ]
    for n in range(4):
        await marked(tmp_path / f"innocent-{n}", "begin-0")
    poison = await start(engine, "flow-clutch", tmp_path / "poison")
    watch = Watch(engine)
    (meta,) = await ended(engine, poison, watch=watch, seconds=60)
    assert (meta.status, meta.attempt) == ("failed", 2)
    events = await engine.events(poison)
    recoveries = [event for event in events if event["type"] == "run.recovering"]
    assert [event["reason"] for event in recoveries] == ["worker_silent"] * 2
    assert recoveries[0]["held"]["step"] == "clutch"
    assert recoveries[0]["held"]["sentence"].startswith("The step “clutch” held the worker for ")
    (failed,) = [event for event in events if event["type"] == "run.failed"]
    assert failed["error"]["kind"] == "WorkerHeld"
    assert "clutch" in failed["error"]["message"]
    assert "retry it when the cause is mended" in failed["error"]["message"]

    metas = await ended(engine, *innocents, watch=watch, seconds=60)
    assert {meta.status for meta in metas} == {"completed"}
    for run_id in innocents:
        kinds = [event for event in await engine.events(run_id) if event["type"] == "run.recovering"]
        assert len(kinds) <= 1  # no more than one attempt: the run that did it is tried again alone
        assert not any("held" in event for event in kinds)
    # The stacks that faulthandler wrote while the lock was held: the second time by the first run that a worker took.
    log = fleet.log.read_text()
    before_first, before_second, after = log.split("event=worker.ended_by_force")
    assert "in clutch" in before_first, log
    assert "in clutch" in before_second, log
    assert "in clutch" not in after, log


async def test_a_fleet_told_to_stop_is_gone_at_once_though_a_child_is_stuck_in_c_code(
    engine: Engine, make_fleet: Callable[..., Any], tmp_path: Path
) -> None:
    fleet = make_fleet(processes=2)
    await workers(engine, 2)
    poison = await start(engine, "flow-clutch", tmp_path / "poison")
    await marked(tmp_path / "poison", "clutch")
    holder = await held(engine, poison)
    (pid,) = [worker.pid for worker in await engine.workers() if worker.id == holder.worker]
    began = time.monotonic()
    assert await asyncio.to_thread(fleet.stop) == 0
    assert time.monotonic() - began < 8
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)
    meta = await engine.meta(poison)
    assert meta is not None
    assert (meta.worker, meta.silenced) == ("", 1)


async def test_a_child_that_was_stopped_by_a_signal_is_ended_but_no_run_is_held_to_be_the_cause(
    engine: Engine, make_fleet: Callable[..., Any], tmp_path: Path
) -> None:
    make_fleet()
    (worker,) = await workers(engine, 1)
    run_id = await start(engine, "flow-squares", tmp_path / "a", items=2, seconds=1.0)
    await marked(tmp_path / "a", "begin-0")
    await asyncio.sleep(0.2)  # the mark is made in the run's turn, whose end nothing tells
    os.kill(worker.pid, signal.SIGSTOP)
    (meta,) = await ended(engine, run_id, watch=Watch(engine), seconds=60)
    assert (meta.status, meta.silenced) == ("completed", 0)
    assert not any("held" in event for event in await engine.events(run_id))


def test_what_stands_on_the_board_is_whose_turn_it_is_and_nobodys_after_it() -> None:
    class Lease:
        run_id = "0190-run"

    class Run:
        lease = Lease()

    class Step:
        whose, key, execution = b"", "k", Run()

        def __init__(self, name: str) -> None:
            self.name = name

    board = Board(bytearray(216))
    turns = Turns(board)
    turns.to(Step("early"))  # type: ignore[arg-type]
    assert board.whose() is None
    turns.taken = True
    turns.to(Step("lire ä𝄞" * 60))  # type: ignore[arg-type]
    turns.to(Step("read"))  # type: ignore[arg-type]
    found = board.whose()
    assert found is not None
    assert (found.run_id, found.step) == ("0190-run", "read")
    turns.end()
    assert board.whose() is None


def test_the_line_that_is_named_is_the_users_own() -> None:
    frame = sys._getframe()
    assert where(frame) == f"{__file__}:{frame.f_lineno}"
    assert where(None) == ""
