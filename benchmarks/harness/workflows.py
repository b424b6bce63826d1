"""The workflows that the benchmarks' workers run. Their steps do nothing or wait: what is measured is the engine."""

from __future__ import annotations

import asyncio
import hashlib
import random
import time

from pydantic import BaseModel

from genisys import attempt, component, text, workflow

HOUR_S = 3600.0


class Work(BaseModel):
    steps: int = 10
    seconds: float = 0.0


class StepTimes(BaseModel):
    """What each step took, as the workflow's own clock saw it: call to durable result."""

    microseconds: list[float]


class Moment(BaseModel):
    epoch_us: int


class Writing(BaseModel):
    tokens_per_second: float
    seconds: float


class Text(BaseModel):
    """The text that was written, as its size in UTF-8 and its SHA-256."""

    bytes: int
    digest: str


class Count(BaseModel):
    steps: int


@component
async def nothing(n: int) -> int:
    return n


@component
async def wait(n: int, seconds: float) -> int:
    await asyncio.sleep(seconds)  # work that takes its time and no processor
    return n


@component
async def look_at_the_clock() -> int:
    return time.time_ns() // 1000


@component
async def gate(n: int) -> int:
    """Stay shut in attempt n; let every later attempt through."""
    if attempt() <= n:
        await asyncio.sleep(HOUR_S)  # until its worker is killed or the run cancelled
    return n


@workflow(name="bench-steps")
async def steps(request: Work) -> StepTimes:
    """Steps that do nothing, one after another. Its clock is not replayed: a run of it is never resumed."""
    took = []
    for n in range(request.steps):
        before = time.perf_counter_ns()
        await nothing(n)
        took.append((time.perf_counter_ns() - before) / 1000)
    return StepTimes(microseconds=took)


@workflow(name="bench-start")
async def start(request: Work) -> Moment:
    return Moment(epoch_us=await look_at_the_clock())


@workflow(name="bench-waits")
async def waits(request: Work) -> Count:
    """Steps that wait, one after another."""
    for n in range(request.steps):
        await wait(n, request.seconds)
    return Count(steps=request.steps)


@workflow(name="bench-resume")
async def resume(request: Work) -> Count:
    """Many steps, then gates: attempt n stands before gate n."""
    for n in range(request.steps):
        await nothing(n)
    for n in range(1, 100):
        await gate(n)
    return Count(steps=request.steps)


TOKENS = [" the", " quick", " bee", " of", " north", "ern", " wind", " carry", "ing", " honey", ",", ".\n\n", " naïve"]


@workflow(name="bench-text")
async def write(request: Writing) -> Text:
    """A text as a model writes it: a token at a time, at an even pace."""
    chosen = random.Random(7)  # noqa: S311 - the same text each time
    loop = asyncio.get_running_loop()
    due, until = loop.time(), loop.time() + request.seconds
    async with text("text", title="A text") as block:
        while due < until:
            block.write(chosen.choice(TOKENS))
            due += 1 / request.tokens_per_second
            await asyncio.sleep(due - loop.time())
        written = block.text.encode()
    return Text(bytes=len(written), digest=hashlib.sha256(written).hexdigest())
