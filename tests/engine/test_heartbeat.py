"""Limits on silence, and how a worker that is alive but silent is told from one that is dead."""

from __future__ import annotations

import asyncio
import time
from collections import Counter

import pytest
from pydantic import BaseModel

from genisys import Retry, StepFailed, component, heartbeat, sleep, status, text, workflow
from genisys.host import Engine, RunMeta, WorkerInfo
from genisys.testing import run_in_memory
from genisys.testing.redis import beat, now_ms

SILENCE_S = 1.5
"""The limit in these tests: far over the pauses between marks and those of a busy machine."""
LONGER_S = 1.2 * SILENCE_S
PAUSE_S = 0.02

tries: Counter[str] = Counter()


class Ask(BaseModel):
    how: str


class Told(BaseModel):
    said: str


@pytest.fixture(autouse=True)
def _count_from_zero() -> None:
    tries.clear()


async def busy(mark: str) -> None:
    """Work for longer than the limit, with marks of one kind in between."""
    until = time.monotonic() + LONGER_S
    async with text("busy") as out:
        while time.monotonic() < until:
            await asyncio.sleep(PAUSE_S)
            match mark:
                case "status":
                    status("at it")
                case "text":
                    out.write("x")
                case "step":
                    await inner()
                case "heartbeat":
                    heartbeat()


@component
async def inner() -> None:
    return None


@component(heartbeat=SILENCE_S, retry=Retry(attempts=2, base=0))
async def work(how: str) -> str:
    tries[how] += 1
    if how == "silent" or (how == "silent once" and tries[how] == 1):
        await asyncio.Event().wait()
    await busy(how if how != "silent once" else "status")
    return how


@workflow(name="heartbeat-work")
async def working(ask: Ask) -> Told:
    return Told(said=await work(ask.how))


@pytest.mark.parametrize("mark", ["status", "text", "step", "heartbeat"])
async def test_a_step_that_gives_signs_of_life_may_take_long(mark: str) -> None:
    report = await run_in_memory(working, Ask(how=mark))
    assert report.output == Told(said=mark)
    assert tries[mark] == 1


async def test_a_silent_step_is_stopped_and_tried_again_as_its_policy_says() -> None:
    report = await run_in_memory(working, Ask(how="silent once"))
    assert report.output == Told(said="silent once")
    assert tries["silent once"] == 2
    retried = [event["error"] for event in report.events if event["type"] == "step.retrying"]
    assert [error["kind"] for error in retried] == ["StepTimeout"]
    assert f"gave no sign of life for {SILENCE_S:g} s" in retried[0]["message"]


async def test_a_step_that_stays_silent_fails() -> None:
    with pytest.raises(StepFailed, match="no sign of life") as failed:
        await work("silent")
    assert failed.value.kind == "StepTimeout"
    assert tries["silent"] == 2


@workflow(name="heartbeat-patient")
async def waiting(ask: Ask) -> Told:
    @component(heartbeat=SILENCE_S)
    async def rest() -> str:
        await sleep(LONGER_S)
        return ask.how

    return Told(said=await rest())


async def test_waiting_is_no_silence() -> None:
    assert (await run_in_memory(waiting, Ask(how="slept"))).output == Told(said="slept")


async def test_a_limit_must_be_more_than_nothing() -> None:
    with pytest.raises(ValueError, match="above 0"):
        component(heartbeat=0)(working.body)


def a_beat(run_id: str, *, mark_ms: int, beat_ms: int) -> WorkerInfo:
    return WorkerInfo("host:1:abc", "host", 1, "silence", 10, 1, beat_ms, (run_id,), False, {run_id: mark_ms})


async def told_of_a_held_run(engine: Engine, *, mark_age_ms: int, beat_age_ms: int) -> tuple[str, RunMeta]:
    run_id = await engine.start("any", {})
    await engine.store.acquire(run_id, "host:1:abc")
    beat(engine.store.url, a_beat(run_id, mark_ms=now_ms() - mark_age_ms, beat_ms=now_ms() - beat_age_ms))
    meta = await engine.meta(run_id)
    assert meta is not None
    return await engine.why_waiting(meta), meta


async def test_a_run_that_gives_no_sign_for_half_a_minute_is_told_of(redis_url: str) -> None:
    async with Engine(redis_url, deployment="silence") as engine:
        said, meta = await told_of_a_held_run(engine, mark_age_ms=47_100, beat_age_ms=0)
        assert said.startswith("Its worker is alive, but the run has given no sign for 47 s")
        assert await engine.silent_ms(meta) >= 47_100


async def test_a_run_that_moves_is_not_told_of(redis_url: str) -> None:
    async with Engine(redis_url, deployment="silence") as engine:
        said, _ = await told_of_a_held_run(engine, mark_age_ms=5_000, beat_age_ms=0)
        assert said == ""


async def test_a_dead_worker_is_told_from_a_silent_run(redis_url: str) -> None:
    async with Engine(redis_url, deployment="silence") as engine:
        said, _ = await told_of_a_held_run(engine, mark_age_ms=47_500, beat_age_ms=8_000)
        assert said.startswith("Its worker is not heard of any more.")
