"""A worker lives for weeks: what an attempt held is freed with it, and not when the garbage collector comes by."""

from __future__ import annotations

import gc
import weakref

from pydantic import BaseModel

from genisys import component, workflow
from genisys.core.codec import pack
from genisys.core.ids import new_run_id
from genisys.execution.execution import Ending, Execution
from genisys.store.records import Append, Lease
from genisys.testing import MemoryStore


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
    run_id = new_run_id()
    given = {"@input": pack({"steps": 3}, where="the input")}
    await store.create(run_id, {"workflow": "freeing-steps"}, Append(journal=given, status="queued"))
    lease = await store.acquire(run_id, "w1")
    assert isinstance(lease, Lease)
    attempt = Execution(store, lease)
    seen, writer = weakref.ref(attempt), weakref.ref(attempt.writer)
    gc.disable()
    try:
        assert await attempt.run() is Ending.COMPLETED
        del attempt
        assert seen() is None
        assert writer() is None
    finally:
        gc.enable()
