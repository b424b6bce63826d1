"""What a run is sent while it goes on, over a real Redis and a worker in this process."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import timedelta
from typing import Any

import pytest
from pydantic import BaseModel

from genisys import (
    InputRefused,
    RunNotOpen,
    StepNotFound,
    component,
    gather,
    publish,
    request_input,
    sleep,
    status,
    workflow,
)
from genisys.host import Engine, RunMeta, Timeline, Watch, Worker, fold, follow

SECRET = "a secret of the tests"
ran: Counter[str] = Counter()
gates: dict[str, asyncio.Event] = {}


class Order(BaseModel):
    name: str
    count: int = 3


class Answer(BaseModel):
    value: Any = None


class Decision(BaseModel):
    approved: bool
    note: str = ""


@component
async def count(name: str, n: int) -> int:
    ran[f"{name}-{n}"] += 1
    if gate := gates.get(f"{name}-{n}"):
        await gate.wait()
    return n + 1


@workflow(name="signal-ask")
async def ask(order: Order) -> Answer:
    await count(order.name, 0)
    decision = await request_input(Decision, "Go on?", name="go")
    return Answer(value=[await count(order.name, 1), decision.note])


@workflow(name="signal-sleep")
async def nap(order: Order) -> Answer:
    await count(order.name, 0)
    await sleep(timedelta(seconds=8))
    return Answer(value=await count(order.name, 1))


@workflow(name="signal-steps")
async def steps(order: Order) -> Answer:
    total = 0
    for n in range(order.count):
        status(f"Number {n}")
        publish("n", n, key=str(n))
        total += await count(order.name, n)
    return Answer(value=total)


@workflow(name="signal-parallel")
async def parallel(order: Order) -> Answer:
    first = await count(order.name, 0)
    both = await gather(count(order.name, 10), count(order.name, 20))
    return Answer(value=[first, *both, await count(order.name, sum(both))])


@pytest.fixture
async def engine(redis_url: str) -> AsyncIterator[Engine]:
    async with Engine(redis_url, deployment="signals", secret=SECRET) as engine:
        yield engine


@pytest.fixture
async def worker(redis_url: str) -> AsyncIterator[Worker]:
    worker = Worker(redis_url, deployment="signals", concurrency=20)
    task = asyncio.create_task(worker.run())
    yield worker
    worker.stop()
    await asyncio.wait_for(task, 30)


Until = Callable[..., Awaitable[Any]]


@pytest.fixture
def until(engine: Engine) -> Until:
    """Waits for a run to satisfy a condition of its meta, sweeping as control does."""
    watch = Watch(engine)

    async def wait(run_id: str, condition: Callable[[RunMeta], Any], message: str, seconds: float = 30) -> RunMeta:
        async with asyncio.timeout(seconds):
            while True:
                await watch.sweep()
                meta = await engine.meta(run_id)
                if meta is not None and condition(meta):
                    return meta
                await asyncio.sleep(0.05)
        pytest.fail(message)

    return wait


def waits(meta: RunMeta) -> bool:
    return meta.status == "waiting" and not meta.worker


def over(meta: RunMeta) -> bool:
    return meta.closed


async def token_of(engine: Engine, run_id: str) -> str:
    [asked] = fold(await engine.events(run_id))["inputs"].values()
    return engine.input_token(run_id, asked["step"])


async def test_an_answer_wakes_a_run_that_holds_no_worker(engine: Engine, worker: Worker, until: Until) -> None:
    run_id = await engine.start("signal-ask", {"name": "answered"})
    meta = await until(run_id, waits, "the run did not wait")
    assert await engine.why_waiting(meta) == "Waiting for an answer to “Go on?”."
    token = await token_of(engine, run_id)
    for wrong, reason in (({"approved": "perhaps"}, "invalid"), ({}, "invalid")):
        with pytest.raises(InputRefused) as refused:
            await engine.answer(run_id, token, wrong)
        assert refused.value.detail["reason"] == reason
    with pytest.raises(InputRefused) as refused:
        await engine.answer(run_id, token[:-1] + ("0" if token[-1] != "0" else "1"), {"approved": True})
    assert refused.value.detail["reason"] == "unknown"
    await engine.answer(run_id, token, {"approved": True, "note": "yes"})
    meta = await until(run_id, over, "the run did not go on")
    assert meta.status == "completed"
    assert await engine.output_of(run_id) == {"value": [2, "yes"]}
    assert (ran["answered-0"], ran["answered-1"]) == (1, 1)
    with pytest.raises(InputRefused) as refused:
        await engine.answer(run_id, token, {"approved": False})
    assert refused.value.detail["reason"] == "answered"


async def test_only_the_first_of_many_answers_counts(engine: Engine, worker: Worker, until: Until) -> None:
    run_id = await engine.start("signal-ask", {"name": "raced"})
    await until(run_id, waits, "the run did not wait")
    token = await token_of(engine, run_id)
    answers = [engine.answer(run_id, token, {"approved": True, "note": str(n)}) for n in range(10)]
    taken = [n for n, answer in enumerate(await asyncio.gather(*answers, return_exceptions=True)) if answer is None]
    assert len(taken) == 1
    await until(run_id, over, "the run did not go on")
    assert (await engine.output_of(run_id))["value"][1] == str(taken[0])


async def test_an_answer_that_comes_while_the_run_leaves_is_not_lost(
    engine: Engine, worker: Worker, until: Until
) -> None:
    runs = [await engine.start("signal-ask", {"name": f"quick-{n}"}) for n in range(12)]

    async def answer(run_id: str, after: float) -> None:
        while not (asked := fold(await engine.events(run_id))["inputs"]):
            await asyncio.sleep(0.01)
        await asyncio.sleep(after)
        [step] = asked
        await engine.answer(run_id, engine.input_token(run_id, step), {"approved": True})

    # Around the half second after which a run that only waits leaves its worker.
    await asyncio.gather(*(answer(run_id, 0.44 + 0.012 * n) for n, run_id in enumerate(runs)))
    for run_id in runs:
        assert (await until(run_id, over, "an answer was lost")).status == "completed"


async def test_a_sleep_goes_on_at_its_time(engine: Engine, worker: Worker, until: Until) -> None:
    run_id = await engine.start("signal-sleep", {"name": "slept"})
    meta = await until(run_id, waits, "the run did not leave its worker")
    assert (await engine.why_waiting(meta)).startswith("Sleeping until ")
    until_ms = (meta.waiting or {})["until"]
    meta = await until(run_id, over, "the run did not wake up")
    assert meta.ended_ms >= until_ms
    assert (meta.status, meta.attempt) == ("completed", 2)
    assert (ran["slept-0"], ran["slept-1"]) == (1, 1)


async def test_a_waiting_run_can_be_cancelled(engine: Engine, worker: Worker, until: Until) -> None:
    run_id = await engine.start("signal-ask", {"name": "cancelled"})
    await until(run_id, waits, "the run did not wait")
    assert await engine.cancel(run_id)
    meta = await engine.meta(run_id)
    assert meta is not None
    assert meta.status == "cancelled"


async def test_a_pause_rests_the_run_at_its_next_boundary(engine: Engine, worker: Worker, until: Until) -> None:
    gates["paused-1"] = asyncio.Event()
    run_id = await engine.start("signal-steps", {"name": "paused", "count": 200})
    await until(run_id, lambda meta: ran["paused-1"], "no step began")
    await engine.pause(run_id, by="test")
    gates["paused-1"].set()
    meta = await until(run_id, waits, "the run did not rest")
    assert await engine.why_waiting(meta) == "Paused."
    begun = [n for n in range(200) if ran[f"paused-{n}"]]
    assert len(begun) < 200
    await engine.wake(run_id, deployment="signals", attempt=meta.attempt)
    await engine.resume(run_id)
    meta = await until(run_id, over, "the run did not go on")
    assert meta.status == "completed"
    assert {ran[f"paused-{n}"] for n in range(200)} == {1}


async def test_a_run_told_to_go_on_before_it_came_to_rest_is_under_way_all_the_time(
    engine: Engine, worker: Worker, until: Until
) -> None:
    gates["hurried-1"] = asyncio.Event()
    run_id = await engine.start("signal-steps", {"name": "hurried", "count": 3})
    await until(run_id, lambda meta: ran["hurried-1"], "no step began")
    await engine.pause(run_id)
    await engine.resume(run_id)
    meta = (await engine.metas([run_id]))[run_id]
    state = fold(await engine.events(run_id))
    assert (meta.status, state["run_status"], await engine.why_waiting(meta)) == ("running", "running", "")
    gates["hurried-1"].set()
    assert (await until(run_id, over, "the run did not go on")).status == "completed"
    timeline = follow(Timeline(), await engine.events(run_id))
    assert [kind for kind, *_ in timeline.spans][:2] == ["queued", "attempt"]


@pytest.mark.parametrize("reads", ["slowly", "in time"])
async def test_a_run_that_is_told_to_go_on_never_rests_for_ever(
    engine: Engine, worker: Worker, until: Until, monkeypatch: pytest.MonkeyPatch, reads: str
) -> None:
    """Its worker may come to the boundary while it still reads that the run may go on, or when it has read it."""
    begun, ended, may_read = 0, 0, asyncio.Event()
    signals = type(engine.store).signals
    name = f"told-{reads}"

    async def slow(store: Any, run_id: str) -> Any:
        nonlocal begun, ended
        begun += 1
        if begun > 1:
            await may_read.wait()
        read = await signals(store, run_id)
        ended += 1
        return read

    monkeypatch.setattr(type(engine.store), "signals", slow)
    gates[f"{name}-1"] = asyncio.Event()
    run_id = await engine.start("signal-steps", {"name": name, "count": 3})
    await until(run_id, lambda meta: ran[f"{name}-1"], "no step began")
    await engine.pause(run_id)
    await until(run_id, lambda meta: ended == 1, "the worker did not read of the pause")
    await engine.resume(run_id)
    await until(run_id, lambda meta: begun == 2, "the worker did not look again")
    if reads == "in time":
        may_read.set()
        await until(run_id, lambda meta: ended == 2, "the worker did not read that it may go on")
    gates[f"{name}-1"].set()
    meta = await until(run_id, over, "the run did not go on")
    may_read.set()
    assert meta.status == "completed"
    assert [ran[f"{name}-{n}"] for n in range(3)] == [1, 1, 1]
    assert meta.attempt == (2 if reads == "slowly" else 1)


async def test_a_queued_run_can_be_paused_before_it_begins(engine: Engine, redis_url: str, until: Until) -> None:
    run_id = await engine.start("signal-steps", {"name": "early"})
    await engine.pause(run_id)
    worker = Worker(redis_url, deployment="signals")
    working = asyncio.create_task(worker.run())
    meta = await until(run_id, waits, "the run does not rest")
    assert meta.attempt == 0
    await engine.resume(run_id)
    assert (await until(run_id, over, "the run did not go on")).status == "completed"
    with pytest.raises(RunNotOpen):
        await engine.pause(run_id)
    worker.stop()
    await working


async def test_a_fork_pays_only_for_what_follows(engine: Engine, worker: Worker, until: Until) -> None:
    run_id = await engine.start("signal-steps", {"name": "forked", "count": 4})
    await until(run_id, over, "the run did not end")
    before = {record.input["n"]: record.key for record in await engine.journal(run_id)}
    fork = await engine.fork(run_id, step=before[2])
    meta = await until(fork, over, "the fork did not end")
    assert meta.status == "completed"
    assert await engine.output_of(fork) == await engine.output_of(run_id)
    assert [ran[f"forked-{n}"] for n in range(4)] == [1, 1, 2, 2]
    old, new = fold(await engine.events(run_id)), fold(await engine.events(fork))
    for part in ("items", "item_order"):
        assert old[part] == new[part]
    assert [line["text"] for line in old["status_lines"]] == [line["text"] for line in new["status_lines"]]
    assert set(old["steps"]) == set(new["steps"])
    with pytest.raises(StepNotFound):
        await engine.fork(run_id, step="0" * 32)


async def test_a_fork_keeps_what_went_on_beside_the_step(engine: Engine, worker: Worker, until: Until) -> None:
    gates["beside-10"] = asyncio.Event()
    run_id = await engine.start("signal-parallel", {"name": "beside"})
    await until(run_id, lambda meta: ran["beside-20"], "the step beside did not begin")
    gates["beside-10"].set()
    await until(run_id, over, "the run did not end")
    records = {record.input["n"]: record for record in await engine.journal(run_id)}
    fork = await engine.fork(run_id, step=records[10].key, input={"name": "beside", "n": 30})
    await until(fork, over, "the fork did not end")
    assert await engine.output_of(fork) == {"value": [1, 31, 21, 53]}
    assert (ran["beside-0"], ran["beside-10"], ran["beside-20"], ran["beside-30"]) == (1, 1, 1, 1)


async def test_a_fork_may_begin_anew_with_another_input(engine: Engine, worker: Worker, until: Until) -> None:
    run_id = await engine.start("signal-steps", {"name": "whole", "count": 2})
    await until(run_id, over, "the run did not end")
    fork = await engine.fork(run_id, input={"name": "whole", "count": 3})
    await until(fork, over, "the fork did not end")
    assert await engine.output_of(fork) == {"value": 6}
    assert [ran[f"whole-{n}"] for n in range(3)] == [1, 1, 1]
