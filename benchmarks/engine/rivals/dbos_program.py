"""DBOS in a process of its own: `python -m benchmarks.engine.rivals.dbos_program URL [PRAGMA ...]`.

Reads one JSON request a line and writes one JSON answer a line, so that its threads never share a process with what
it is compared with. Nothing else in the repository imports dbos.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
import time
from collections.abc import Callable
from typing import Any

import sqlalchemy
from dbos import DBOS


def step(n: int) -> int:
    return n


async def step_async(n: int) -> int:
    return n


blocking_step: Any = DBOS.step()(step)
coroutine_step: Any = DBOS.step()(step_async)


def steps(count: int) -> list[float]:
    took = []
    for n in range(count):
        before = time.perf_counter_ns()
        blocking_step(n)
        took.append((time.perf_counter_ns() - before) / 1e6)
    return took


async def steps_async(count: int) -> list[float]:
    took = []
    for n in range(count):
        before = time.perf_counter_ns()
        await coroutine_step(n)
        took.append((time.perf_counter_ns() - before) / 1e6)
    return took


blocking_steps: Any = DBOS.workflow()(steps)
coroutine_steps: Any = DBOS.workflow()(steps_async)


def sequential(api: str, count: int) -> list[float]:
    """Return what each of `count` steps of one workflow took, in ms."""
    if api == "sync":
        return list(blocking_steps(count))
    return list(asyncio.run(_one(count)))


async def _one(count: int) -> list[float]:
    return list(await coroutine_steps(count))


def concurrent(api: str, runs: int, count: int) -> float:
    """Return the steps per second of `runs` workflows started at once, first request to last result."""
    before = time.perf_counter()
    if api == "sync":
        handles = [DBOS.start_workflow(blocking_steps, count) for _ in range(runs)]
        for handle in handles:
            handle.get_result()
    else:
        asyncio.run(_many(runs, count))
    return runs * count / (time.perf_counter() - before)


async def _many(runs: int, count: int) -> None:
    handles = [await DBOS.start_workflow_async(coroutine_steps, count) for _ in range(runs)]
    await asyncio.gather(*(handle.get_result() for handle in handles))


ACTS: dict[str, Callable[..., Any]] = {"sequential": sequential, "concurrent": concurrent}


def main(url: str, pragmas: list[str]) -> None:
    answers = os.fdopen(os.dup(1), "w", buffering=1)
    os.dup2(2, 1)  # what DBOS prints belongs in the log

    def set_pragmas(connection: Any, _: Any) -> None:
        for pragma in pragmas:
            connection.execute(f"PRAGMA {pragma}")

    if pragmas:
        sqlalchemy.event.listen(sqlalchemy.Engine, "connect", set_pragmas)
    DBOS(config={"name": "bench", "system_database_url": url, "log_level": "WARNING"})
    DBOS.launch()
    try:
        answers.write(json.dumps("ready") + "\n")
        for line in sys.stdin:
            request = json.loads(line)
            answers.write(json.dumps(ACTS[request.pop("act")](**request)) + "\n")
    finally:
        DBOS.destroy()


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
