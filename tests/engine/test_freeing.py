"""A worker lives for weeks: what an attempt held is freed with it, and not when the garbage collector comes by."""

from __future__ import annotations

import gc
import weakref

from pydantic import BaseModel

from genisys import component, workflow
from genisys.testing import Ending, MemoryStore
from genisys.testing.attempts import taken
from genisys.testing.redis import make_run


class Size(BaseModel):
    steps: int


@component
async def step(number: int) -> int:
    return number


@workflow(name="freeing-steps")
async def steps(request: Size) -> Size:
    for number in range(request.steps):
        await step(number)
    return request


async def test_an_attempt_that_has_ended_is_freed_without_the_collector() -> None:
    store = MemoryStore()
    run_id = await make_run(store, "freeing-steps", events=[], input={"steps": 3})
    attempt = await taken(store, run_id, "w1", None, store)
    seen, writer = weakref.ref(attempt), weakref.ref(attempt.writer)
    gc.disable()
    try:
        assert await attempt.run() is Ending.COMPLETED
        del attempt
        assert seen() is None
        assert writer() is None
    finally:
        gc.enable()
