"""The order of a run's finished steps, where many begin within one millisecond."""

from __future__ import annotations

from collections.abc import Callable

from pydantic import BaseModel

from genisys import component, workflow
from genisys.host import Engine, Worker
from tests.waits import ended

PAIRS = 40
PADDING = "Longer than Redis keeps a hash in the order in which it was written. " * 2


class Pairs(BaseModel):
    count: int


@component
async def inner(number: int) -> str:
    return f"{number} {PADDING}"


@component
async def outer(number: int) -> str:
    return await inner(number)


@workflow(name="order-pairs")
async def pairs(request: Pairs) -> Pairs:
    for number in range(request.count):
        await outer(number)
    return request


async def test_steps_are_told_in_the_order_in_which_they_began(
    redis_url: str, work_here: Callable[..., Worker]
) -> None:
    async with Engine(redis_url, deployment="order") as engine:
        work_here(deployment="order")
        run_id = await engine.start("order-pairs", {"count": PAIRS})
        await ended(engine, run_id, seconds=60)
        steps = await engine.journal(run_id)
        begun = [event["step"] for event in await engine.events(run_id) if event["type"] == "step.started"]
    assert [step.key for step in steps] == begun
    assert [step.name for step in steps] == ["outer", "inner"] * PAIRS
