"""A host's delay is kept by all worker processes together: what they share is Redis and nothing else."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from genisys.host import Engine
from tests.engine.fleets import worker_argv, workers
from tests.waits import ended

DELAY_S = 1.0
LATE_S = 0.5
"""How long after its turn a request may leave on a busy machine."""


async def test_two_workers_ask_a_host_no_faster_than_one(
    redis_url: str, tmp_path: Path, make_process: Callable[..., Any]
) -> None:
    """Each is of a deployment of its own, so that both have a run: of one deployment, one may be given all of them."""
    asked = {"marks": str(tmp_path), "items": 3, "seconds": DELAY_S}
    async with Engine(redis_url, deployment="blue") as blue, Engine(redis_url, deployment="green") as green:
        for engine in (blue, green):
            make_process(engine.deployment, worker_argv(redis_url, engine.deployment, processes=1)).start()
        await workers(blue, 2)
        runs = [await engine.start("flow-asks-in-turn", asked) for engine in (blue, green)]
        assert {meta.status for meta in await ended(blue, *runs)} == {"completed"}
    lines = sorted((tmp_path / "marks").read_text().splitlines())
    starts = [float(line.split()[0]) for line in lines]
    assert len(starts) == 6 and len({line.split()[1] for line in lines}) == 2, "both processes asked"
    for number, start in enumerate(starts):
        assert start - starts[0] >= number * DELAY_S - LATE_S, starts
