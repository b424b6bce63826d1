"""The kit that runs a workflow with every fault at every step boundary: it passes what is right, and only that."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import pytest
from pydantic import BaseModel

from genisys import (
    GenisysError,
    Retry,
    checkpoint,
    component,
    gather,
    map_concurrent,
    publish_object,
    request_input,
    sleep,
    status,
    text,
    workflow,
)
from genisys.testing import ChaosReport, survives
from genisys.testing.chaos import FAULTS, LOSS
from genisys.testing.redis import Store, now_ms

Chaos = Callable[..., Awaitable[ChaosReport]]
ran: Counter[str] = Counter()


class Order(BaseModel):
    count: int = 3


class Result(BaseModel):
    value: Any = None


class Flaky(GenisysError):
    """Fails the first time it is asked in a run."""


@component
async def leaf(n: int) -> int:
    ran[f"leaf {n}"] += 1
    return n * 10


@component
async def branch(n: int) -> list[int]:
    status(f"Branch {n}")
    return await gather(leaf(n), leaf(n + 100))


@component(retry=Retry(attempts=4, base=30))
async def shaky(n: int) -> int:
    ran["shaky"] += 1
    if ran["shaky"] == 1:
        raise Flaky("once")
    return await leaf(1000 + n)


@component
async def tell(words: list[int]) -> str:
    async with text("story") as out:
        for word in words:
            out.write(f"{word} ")
    return out.text


@workflow(name="chaos-everything")
async def everything(order: Order) -> Result:
    """Uses whatever can be waited for, gone back to and fanned out."""
    status("Beginning")
    found: dict[int, Any] = {}
    async for done in map_concurrent(branch, range(order.count), limit=2):
        found[done.index] = done.result
        publish_object("found", {str(k): v for k, v in sorted(found.items())})
    await sleep(timedelta(hours=1))
    point = await checkpoint()
    story = await tell([sum(found[n]) + point.restores for n in sorted(found)])
    if point.restores < 1:
        await point.restore("again")
    agreed = await request_input(bool, "All right?", deadline=60, default=True)
    return Result(value=[story, agreed, await shaky(2)])


async def test_a_workflow_of_everything_survives_everything(genisys_chaos: Chaos) -> None:
    report = await genisys_chaos(everything, Order(), reset=ran.clear)
    assert report.boundaries == 15
    assert set(report.ends) == set(FAULTS)
    # A fault whose place was passed in the same write as another is not met.
    assert report.faults_met >= 6 * report.boundaries


async def test_it_survives_over_a_real_redis_too(redis_url: str) -> None:
    store = Store(redis_url)
    report = await survives(everything, Order(count=2), reset=ran.clear, store=store)
    await store.close()
    assert set(report.ends) == {*FAULTS} - {LOSS}
    assert now_ms() == pytest.approx(time.time() * 1000, abs=60_000), "the time of the test was taken for Redis's"


@workflow(name="chaos-forgetful")
async def forgetful(order: Order) -> Result:
    """Keeps its result outside of steps, so a replay gives another one: the mistake that the kit is for."""
    ran["forgetful"] += 1
    await leaf(1)
    return Result(value=ran["forgetful"])


async def test_a_workflow_that_depends_on_its_attempt_is_found_out(genisys_chaos: Chaos) -> None:
    with pytest.raises(AssertionError, match="chaos-forgetful, killed after a step was written, boundary 1 of 1: gave"):
        await genisys_chaos(forgetful, Order(), reset=ran.clear)
