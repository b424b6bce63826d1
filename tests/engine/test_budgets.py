"""A run's budget: it waits before the paid step that would pass it, and goes on with consent. And paying twice."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest
from pydantic import BaseModel

from genisys import component, record_usage, workflow
from genisys.host import Engine, RunMeta, Watch, Worker, possible_double_payments
from genisys.testing import MemoryStore, run_in_memory

paid_for: Counter[str] = Counter()


class Order(BaseModel):
    name: str
    calls: int = 4


class Answer(BaseModel):
    total: int


@component(paid=True)
async def buy(name: str, n: int) -> int:
    paid_for[f"{name}-{n}"] += 1
    record_usage(model="m", input_tokens=60, output_tokens=40, cost_microusd=1_000)
    return n


@workflow(name="budget-buy")
async def shopping(order: Order) -> Answer:
    return Answer(total=sum([await buy(order.name, n) for n in range(order.calls)]))


@pytest.fixture
async def engine(redis_url: str) -> AsyncIterator[Engine]:
    async with Engine(redis_url, deployment="test") as engine:
        worker = Worker(redis_url, deployment="test")
        task = asyncio.create_task(worker.run())
        yield engine
        worker.stop()
        await asyncio.wait_for(task, 30)


Until = Callable[..., Awaitable[RunMeta]]


@pytest.fixture
def until(engine: Engine) -> Until:
    """Waits for a run to be as it should, sweeping as control does."""
    watch = Watch(engine)

    async def wait(run_id: str, condition: Callable[[RunMeta], Any]) -> RunMeta:
        async with asyncio.timeout(30):
            while True:
                await watch.sweep()
                meta = await engine.meta(run_id)
                if meta is not None and condition(meta):
                    return meta
                await asyncio.sleep(0.05)

    return wait


def waits(meta: RunMeta) -> bool:
    return meta.status == "waiting" and not meta.worker


@pytest.mark.parametrize(
    ("limit", "allowed", "more"), [("tokens", 150, 1_000), ("cost_microusd", 2_000, 0), ("cost_microusd", 1_500, 9_000)]
)
async def test_a_run_at_its_budget_waits_and_with_consent_pays_for_the_rest_once(
    engine: Engine, until: Until, limit: str, allowed: int, more: int
) -> None:
    name = f"{limit}-{allowed}"
    run_id = await engine.start("budget-buy", {"name": name}, budget={limit: allowed})
    meta = await until(run_id, waits)
    assert meta.waiting is not None
    assert (meta.waiting["reason"], meta.waiting["limit"], meta.waiting["allowed"]) == ("budget", limit, allowed)
    assert meta.waiting["used"] >= allowed
    assert await engine.why_waiting(meta) == "The budget is used up: waiting for consent to go on."
    assert paid_for == Counter(dict.fromkeys(paid_for, 1))
    assert sum(key.startswith(name) for key in paid_for) == 2
    await engine.limit(run_id, **{limit: more})
    assert (await until(run_id, lambda meta: meta.closed)).status == "completed"
    assert [paid_for[f"{name}-{n}"] for n in range(4)] == [1, 1, 1, 1]
    assert await engine.possible_double_payments(run_id) == []


async def test_a_limit_on_the_age_of_a_run_stops_it_before_the_next_paid_call(engine: Engine, until: Until) -> None:
    run_id = await engine.start("budget-buy", {"name": "old"}, budget={"ms": 1})
    assert ((await until(run_id, waits)).waiting or {})["limit"] == "ms"
    await engine.limit(run_id, ms=0)
    assert (await until(run_id, lambda meta: meta.closed)).status == "completed"


async def test_a_raise_that_is_too_small_lets_it_wait_again(engine: Engine, until: Until) -> None:
    run_id = await engine.start("budget-buy", {"name": "small"}, budget={"tokens": 100})
    await until(run_id, waits)
    await engine.limit(run_id, tokens=250)
    meta = await until(run_id, lambda meta: waits(meta) and meta.waiting and meta.waiting["allowed"] == 250)
    assert (meta.waiting or {})["used"] == 300
    assert sum(key.startswith("small") for key in paid_for) == 3
    await engine.cancel(run_id)


async def test_an_unknown_limit_is_refused(redis_url: str) -> None:
    async with Engine(redis_url) as engine:
        with pytest.raises(TypeError, match="dollars"):
            await engine.start("budget-buy", {"name": "x"}, budget={"dollars": 3})


async def test_without_a_crash_nothing_may_have_been_paid_twice() -> None:
    report = await run_in_memory(shopping, Order(name="plain"))
    assert possible_double_payments(report.events) == []


async def test_a_call_in_flight_at_a_crash_may_have_been_paid_twice_and_is_named() -> None:
    store, begun = MemoryStore(), asyncio.Event()
    hang = True

    @component(paid=True)
    async def call(n: int) -> int:
        if n == 1 and hang:
            begun.set()
            await asyncio.Event().wait()
        return n

    @workflow(name="budget-crash")
    async def flow(order: Order) -> Answer:
        return Answer(total=sum([await call(n) for n in range(3)]))

    run_id = "00000000-0000-7000-8000-000000000001"
    attempt = asyncio.create_task(run_in_memory(flow, Order(name="c"), store=store, run_id=run_id))
    await begun.wait()
    attempt.cancel()
    await asyncio.gather(attempt, return_exceptions=True)
    hang = False
    store.let_lease_run_out(run_id)
    report = await run_in_memory(flow, Order(name="c"), store=store, run_id=run_id)
    [twice] = possible_double_payments(report.events)
    assert (twice.name, twice.attempt) == ("call", 2)
    assert report.events[twice.seq - 1]["type"] == "step.started"
