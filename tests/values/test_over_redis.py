"""What the tables in docs/values.md say holds over a real Redis too: all that is not “as it is” is run by a worker."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest_asyncio

from genisys import find_workflow
from genisys.errors import revive
from genisys.host import Engine, RunMeta, Worker
from tests import codec
from tests.values.cells import AS_IT_IS, Left, alike, cell, documented, failure, line
from tests.values.flows import PLACES, RAISING, Asked, caught, flow_of, odd_exceptions, seen
from tests.values.given import ROWS
from tests.values.raised import CAUSES
from tests.waits import ended

SEAL = "what the secrets of these runs are sealed with"


@pytest_asyncio.fixture
async def engine(redis_url: str) -> AsyncIterator[Engine]:
    """An engine with a worker in the test's own process."""
    worker = Worker(redis_url, deployment="odd", concurrency=8, hand_over_s=0.2, secret=SEAL)
    working = asyncio.create_task(worker.run())
    async with Engine(redis_url, deployment="odd", secret=SEAL) as engine:
        yield engine
        worker.stop()
        await working


async def left_by(engine: Engine, run_id: str) -> Left:
    """Return what a run left that has ended."""
    events = await engine.events(run_id)
    meta = await engine.meta(run_id)
    assert meta is not None
    error = revive(events[-1]["error"], step="", step_name=meta.workflow) if meta.status == "failed" else None
    return Left(events, error, await _output(engine, meta), tuple(seen.pop(run_id, ())), meta.attempt)


async def _output(engine: Engine, meta: RunMeta) -> Any:
    """Return the value that the workflow returned, its secrets in the clear."""
    raw = (await engine.store.journal(meta.run_id)).get("@output")
    if raw is None:
        return None
    token = codec.sealed_in(raw)
    data = codec.unpack(raw) if token is None else engine.ring.open(token)
    return codec.decode(data, find_workflow(meta.workflow).output_type, where="output").value


async def test_each_value_that_is_refused_or_changed_is_so_over_redis(engine: Engine) -> None:
    asked = [
        Asked(row=row, place=place)
        for row in ROWS
        for place, told in zip(PLACES, documented()[row].removesuffix(" |").split(" | ")[1:], strict=True)
        if told != AS_IT_IS
    ]
    runs = {await engine.start(flow_of(each.row, each.place).name, each): each for each in asked}
    await ended(engine, *runs, seconds=100)
    wrong = []
    for run_id, each in runs.items():
        told = cell(each.row, each.place, await left_by(engine, run_id))
        if f" {told} |" not in documented()[each.row]:
            wrong.append((each, told))
    assert not wrong
    assert len(runs) > 250


async def test_each_exception_ends_its_run_in_the_same_way_over_redis(engine: Engine) -> None:
    runs = {
        (row, place): await engine.start(odd_exceptions.name, Asked(row=row, place=place))
        for row in CAUSES
        for place in RAISING
    }
    await ended(engine, *runs.values(), seconds=100)
    for row in CAUSES:
        cells = {place: failure(place, await left_by(engine, runs[row, place])) for place in RAISING}
        assert line(row, alike(cells)) == documented()[row]
        assert all(len(caught.pop(runs[row, place], [None])) == 1 for place in RAISING)
