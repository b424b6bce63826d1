"""“No worker answers” is told from “all are busy”, and both from workers that code blocks."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from typing import Any

import pytest

from genisys.host import Engine, WorkerInfo
from genisys.testing.redis import beat, now_ms

Facts = dict[str, Any]
FULL: Facts = {"runs": ("a", "b")}
BLOCKED: Facts = {"blocked_ms": 3000, "blocked_by": "a", "blocked_step": "parse"}
SILENT: Facts = {"silent_ms": 12_000}


def worker(*, silent_ms: int = 0, **facts: Any) -> WorkerInfo:
    given = {"id": "w", "host": "h", "pid": 1, "deployment": "d", "concurrency": 2, "started_ms": 1, "runs": ()}
    return WorkerInfo(**{**given, "beat_ms": now_ms() - silent_ms, "draining": False, **facts})


@pytest.mark.parametrize(
    ("workers", "said"),
    [
        ([], "no worker of deployment d is alive"),
        ([{"deployment": "other"}], "no worker of deployment d is alive"),
        ([SILENT], "no worker of deployment d answers any more, for 1[2-9] s"),
        ([SILENT | FULL, FULL], "every worker is busy"),
        ([FULL, FULL], "every worker is busy"),
        ([BLOCKED], "every worker is blocked by the step “parse”, which does not await"),
        ([BLOCKED, {"blocked_ms": 1000}], "every worker is blocked by the step “parse”, which does not await"),
        ([{"blocked_ms": 1000}], "every worker is blocked by code that does not await"),
        ([BLOCKED, FULL], "every worker is busy"),
        ([{"draining": True}], "every worker of deployment d drains, and takes no new run"),
        ([FULL, {}], ""),
        ([FULL, {"runs": ("a",)}], ""),
    ],
)
async def test_why_no_worker_can_take_a_run(engine: Engine, redis_url: str, workers: list[Facts], said: str) -> None:
    beat(redis_url, *(worker(**facts, id=f"w{n}") for n, facts in enumerate(workers)))
    assert re.fullmatch(said, await engine.no_room())


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
        ({"silent_ms": 9_000}, "Waiting for a free place: no worker of deployment d answers any more, for "),
        ({}, "Waiting for a worker to take it."),
    ):
        beat(redis_url, worker(**facts))
        assert (await engine.why_waiting(meta)).startswith(said)
