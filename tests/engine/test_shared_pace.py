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
    engine: Engine, redis_url: str, tmp_path: Path, make_process: Callable[..., Any]
) -> None:
    process = make_process(
        "paced", worker_argv(redis_url, engine.deployment, processes=2, concurrency=1, no_spare=True)
    )
    process.start()
    try:
        await workers(engine, 2)
        asked = {"marks": str(tmp_path), "items": 2, "seconds": DELAY_S}
        # Three, of which the last also waits for whichever process a busy machine held up.
        runs = [await engine.start("flow-asks-in-turn", asked) for _ in range(3)]
        assert {meta.status for meta in await ended(engine, *runs)} == {"completed"}
    finally:
        process.stop()
    lines = sorted((tmp_path / "marks").read_text().splitlines())
    starts = [float(line.split()[0]) for line in lines]
    assert len(starts) == 6 and len({line.split()[1] for line in lines}) == 2, "both processes asked"
    for number, start in enumerate(starts):
        assert start - starts[0] >= number * DELAY_S - LATE_S, starts
