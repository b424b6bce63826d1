"""Runs that give odd values or raise odd exceptions hold up nobody's record.

With GENISYS_ODD_EVERYWHERE (`make storm`) each does so in all five places, which takes minutes; without it in one each.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Iterator
from datetime import datetime
from typing import Any

import pytest
import pytest_asyncio
from django.conf import settings
from django.db import transaction
from django.utils import timezone
from pydantic import BaseModel

from genisys import Workflow, component, publish, status, workflow
from genisys.host import Worker
from runs.control_plane.control import Control
from runs.models import Archive, Run, SetAside
from runs.record.signals import run_finished
from runs.service.starting import start_run
from tests.values.cells import documented
from tests.values.flows import PLACES, RAISING, Asked, flow_of, odd_exceptions
from tests.values.given import ROWS
from tests.values.raised import CAUSES

EVERYWHERE = "GENISYS_ODD_EVERYWHERE" in os.environ
LATE_S = 2.0
ALONE = 30
AT_ONCE = 6
"""Runs that are open at once: more than the test's one process, loaded as it may be, would only queue."""


def _cell(asked: Asked) -> str:
    """Return what the page says of it."""
    places = PLACES if asked.row in ROWS else RAISING
    return documented()[asked.row].removesuffix(" |").split(" | ")[1 + places.index(asked.place)]


def _odd() -> list[Asked]:
    """Return each value and each exception in one place, all places in turn; or in all of them."""
    return [
        Asked(row=row, place=place)
        for rows, places in ((ROWS, PLACES), (CAUSES, RAISING))
        for number, row in enumerate(rows)
        for place in (places if EVERYWHERE else [places[number % len(places)]])
    ]


class Order(BaseModel):
    words: list[str] = ["one", "two"]


class Result(BaseModel):
    said: list[str]


@component
async def shout(word: str) -> str:
    publish("said", {"word": word})
    return word.upper()


@workflow(name="odd-innocent")
async def innocent(order: Order) -> Result:
    status("Shouting")
    return Result(said=[await shout(word) for word in order.words])


@pytest_asyncio.fixture
async def worker(redis_url: str) -> AsyncIterator[Worker]:
    """A worker as the product's are: it keeps to the limit of runs of one person."""
    limit = settings.GENISYS_RUNS_PER_PERSON
    worker = Worker(redis_url, concurrency=8, per_owner=limit, secret=settings.GENISYS_SECRETS)
    working = asyncio.create_task(worker.run())
    yield worker
    worker.stop()
    await asyncio.wait_for(working, 30)


@pytest.fixture
def recorded_at() -> Iterator[dict[str, datetime]]:
    """When each run's record was complete and committed."""
    times: dict[str, datetime] = {}

    def note(run: Run, **_: Any) -> None:
        transaction.on_commit(lambda: times.__setitem__(run.pk, timezone.now()))

    run_finished.connect(note)
    yield times
    run_finished.disconnect(note)


@pytest.mark.timeout(900 if EVERYWHERE else 400)
async def test_no_record_is_late_by_more_than_two_seconds_beside_all_odd_values(
    control: Control, worker: Worker, people, eventually, recorded_at
):
    """By the record's own times: from the run's end until its record is committed.

    Late against the slowest of the same runs alone, in the same process, so that a loaded machine counts on both sides.
    """

    async def lateness(runs: list[Run]) -> list[float]:
        async def all_recorded() -> bool:
            return recorded_at.keys() >= {run.pk for run in runs}

        await eventually(all_recorded, "the innocent runs were not recorded", 60)
        found = []
        for run in runs:
            await run.arefresh_from_db()
            assert (run.status, run.output, run.attempt) == ("completed", {"said": ["ONE", "TWO"]}, 1)
            assert run.ended_at is not None and await Archive.objects.filter(pk=run.pk).aexists()
            found.append((recorded_at[run.pk] - run.ended_at).total_seconds())
        return found

    started: list[Run] = []

    async def start(user: Any, workflow: Workflow[Any, Any], asked: BaseModel) -> Run:
        async def few_are_open() -> bool:
            return len(started) - len(recorded_at) < AT_ONCE

        await eventually(few_are_open, "no run was recorded", 60)
        started.append(await start_run(user=user, workflow=workflow.name, input=asked))
        return started[-1]

    odd, beside = [], []
    controlling = asyncio.create_task(control.run())
    try:
        alone = await lateness([await start(people.outsider, innocent, Order()) for _ in range(ALONE)])

        for asked in _odd():
            workflow = odd_exceptions if asked.row in CAUSES else flow_of(asked.row, asked.place)
            odd.append((asked, await start(people.owner, workflow, asked)))
            if len(odd) % 4 == 0:
                beside.append(await start(people.outsider, innocent, Order()))
        late = await lateness(beside)

        async def all_recorded() -> bool:
            return len(recorded_at) == len(started)

        await eventually(all_recorded, "an odd run was not recorded", 60)
    finally:
        control.stop()
        await asyncio.wait_for(controlling, 30)

    assert len(odd) > 120 and len(beside) >= ALONE
    print(f"{len(odd)} odd runs; latest record {max(late):.2f} s after its run's end, alone {max(alone):.2f} s")
    assert max(late) - max(alone) <= LATE_S, (sorted(late), sorted(alone))
    assert not await SetAside.objects.aexists()
    for asked, run in odd:
        await run.arefresh_from_db()
        fails = asked.row in CAUSES or _cell(asked).startswith("refused: ")
        assert (run.status, run.attempt) == ("failed" if fails else "completed", 1), asked
        assert not fails or "attempts at this in a row" not in run.error["message"]
