"""“No worker answers” is told from “all are busy”, and both from workers that code blocks."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest

from genisys.engine.explain import no_room  # by value, for workers in states that are over before a test sees them
from genisys.host import Engine, WorkerInfo
from genisys.testing.redis import beat, now_ms

NOW = 1_800_000_000_000


def worker(**facts: Any) -> WorkerInfo:
    given = {"id": "w", "host": "h", "pid": 1, "deployment": "d", "concurrency": 2, "started_ms": NOW, "runs": ()}
    return WorkerInfo(**{**given, "beat_ms": NOW - 1000, "draining": False, **facts})


FULL = worker(runs=("a", "b"))
BLOCKED = worker(blocked_ms=3000, blocked_by="a", blocked_step="parse")


@pytest.mark.parametrize(
    ("workers", "said"),
    [
        ([], "no worker of deployment d is alive"),
        ([worker(deployment="other")], "no worker of deployment d is alive"),
        ([worker(beat_ms=NOW - 12_000)], "no worker of deployment d answers any more, for 12 s"),
        ([worker(beat_ms=NOW - 12_000, runs=("a", "b")), FULL], "every worker is busy"),
        ([FULL, FULL], "every worker is busy"),
        ([BLOCKED], "every worker is blocked by the step “parse”, which does not await"),
        ([BLOCKED, worker(blocked_ms=1000)], "every worker is blocked by the step “parse”, which does not await"),
        ([worker(blocked_ms=1000)], "every worker is blocked by code that does not await"),
        ([BLOCKED, FULL], "every worker is busy"),
        ([FULL, worker()], ""),
        ([FULL, worker(runs=("a",))], ""),
    ],
)
def test_why_no_worker_can_take_a_run(workers: list[WorkerInfo], said: str) -> None:
    assert no_room(workers, "d", NOW) == said


@pytest.fixture
async def engine(redis_url: str) -> AsyncIterator[Engine]:
    async with Engine(redis_url, deployment="d") as engine:
        yield engine


async def test_a_run_that_waits_says_which_it_is(engine: Engine, redis_url: str) -> None:
    meta = await engine.meta(await engine.start("w", {}))
    assert meta is not None
    assert await engine.why_waiting(meta) == "Waiting for a worker of deployment d: none is alive."
    await engine.store.deployments.register("d", {"workflows": {"w": {}}})
    for facts, said in (
        ({"runs": ("a", "b")}, "Waiting for a free place: every worker is busy."),
        ({"blocked_ms": 2000, "blocked_step": "odd näme"}, "Waiting for a free place: every worker is blocked by "),
        ({"beat_ms": now_ms() - 9_000}, "Waiting for a free place: no worker of deployment d answers any more, for "),
        ({}, "Waiting for a worker to take it."),
    ):
        beat(redis_url, worker(**{"beat_ms": now_ms(), **facts}))
        assert (await engine.why_waiting(meta)).startswith(said)
