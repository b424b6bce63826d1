"""Run a workflow in memory, attempt after attempt, with crashes where the test wants them."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Mapping
from contextlib import nullcontext
from dataclasses import dataclass, field
from typing import Any, cast

from pydantic import BaseModel

from ..authoring.workflow import Workflow
from ..core import codec
from ..core.blobs import blobs, keep_blobs_in
from ..core.clock import now_ms
from ..core.ids import new_run_id
from ..engine.input_tokens import packed_answer
from ..errors import StepFailed, revive
from ..execution.execution import Ending, Execution
from ..journal import fields
from ..journal.step_record import StepRecord
from ..log.fold import State, fold
from ..secrets.keyring import KeyRing
from ..secrets.sealed_input import journal_of, seal_input
from ..store.protocol import RunStore
from ..store.records import Append, Appended, Lease
from .attempts import RING, taken, time_passes, until_death
from .clock import Clock
from .memory.blobs import MemoryBlobs
from .memory.store import MemoryStore


class Crash(BaseException):
    """Simulates `kill -9`: raised out of the store once a chosen step has been written."""


class _CrashingStore:
    """Passes everything on, and dies after the n-th completed step of a name, or the n-th event of a type."""

    def __init__(self, inner: RunStore, crash_after: Mapping[str, int]) -> None:
        self._inner = inner
        self._left = dict(crash_after)
        self._names: dict[str, str] = {}
        self.dead = asyncio.Event()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)

    async def append(self, lease: Lease, number: int, batch: Append) -> Appended:
        if self.dead.is_set():
            await asyncio.Event().wait()
        answer = await self._inner.append(lease, number, batch)
        for event in batch.events:
            if event["type"] == "step.started":
                self._names[event["step"]] = event["name"]
            met = [event["type"]]
            if event["type"] == "step.completed":
                met.append(self._names.get(event["step"], ""))
            for name in met:
                if name in self._left:
                    self._left[name] -= 1
                    if self._left[name] == 0:
                        self.dead.set()
                        await asyncio.Event().wait()
        return answer


@dataclass(slots=True)
class Report:
    """What a run in memory did. `bodies_run` counts how often each component's body began, over all attempts."""

    output: Any
    error: StepFailed | None
    events: list[dict[str, Any]]
    state: State
    steps: list[StepRecord]
    attempts: int
    bodies_run: Counter[str] = field(default_factory=Counter)


async def run_in_memory(
    workflow: Workflow[Any, Any],
    request: BaseModel,
    *,
    crash_after: Mapping[str, int] | None = None,
    store: RunStore | None = None,
    run_id: str | None = None,
    clock: Clock | None = None,
    answers: Mapping[str, Any] | None = None,
    secret: str | None = None,
) -> Report:
    """Run the workflow to its end, in this event loop, without Redis.

    With a `clock`, waits take no time: it moves to where the run goes on. `answers={"approve": True}` answers the
    requests for input of that name. Where the run waits for something else, the report's `state` says what for, and
    another call with its `store` and `run_id` goes on.

    `secret` is what the run's secrets are sealed with: a fixed one by default, none at all where it is "".

    `crash_after={"summarise": 3}` kills the first attempt once the third "summarise" step has been recorded; a second
    attempt then goes on from the journal. A type of event counts events: `{"step.retrying": 3}`. With `store` and
    `run_id` an earlier run is continued.
    """
    inner: RunStore = store or MemoryStore()
    if blobs() is None:
        keep_blobs_in(MemoryBlobs())
    run_id = run_id or new_run_id()
    ring = RING if secret is None else KeyRing(secret)
    journal = journal_of(ring, seal_input(ring, workflow.name, request))
    facts = {"workflow": workflow.name, "deployment": "test", "created_ms": str(now_ms())}
    await inner.create(run_id, facts, Append.first(workflow.name, workflow.name, journal))
    crashing = _CrashingStore(inner, crash_after or {})
    with clock or nullcontext():
        while True:
            doomed = bool(crash_after) and not crashing.dead.is_set()
            through = cast(RunStore, crashing) if doomed else inner
            attempt = await taken(inner, run_id, "doomed-worker" if doomed else "memory-worker", clock, through, ring)
            ending = await until_death(inner, attempt, crashing.dead if doomed else asyncio.Event())
            if ending is None or (ending is Ending.SUSPENDED and await _woken(inner, attempt, answers or {}, clock)):
                continue
            if crash_after and not crashing.dead.is_set():
                raise AssertionError(f"the run ended before the crash that was asked for: {dict(crash_after)}")
            return await _report(inner, workflow, ending, attempt)


async def _woken(inner: RunStore, attempt: Execution, answers: Mapping[str, Any], clock: Clock | None) -> bool:
    """Do what the suspended run waits for; return False where only the test can."""
    run_id = attempt.lease.run_id
    events = (await inner.read(run_id, 0, 1_000_000)).events
    for asked in fold(events)["inputs"].values():
        if asked["open"] and asked["name"] in answers:
            if asked["wrong"]:
                raise AssertionError(f"the answer to {asked['name']!r} does not fit: {asked['wrong']}")
            field = f"{asked['step']}:{attempt.memory_of(asked['step'])['asked']}"
            value = codec.encode(answers[asked["name"]], Any, where=f"The answer to {asked['name']!r}")
            answer = packed_answer(attempt.ring, attempt.memory_of(asked["step"])["schema"], value)
            received = {"type": "input.received", "at": now_ms(), "step": asked["step"]}
            await inner.append_system(run_id, Append(events=[received], inbox={field: answer}))
            return True
    return await time_passes(attempt, clock)


async def _report(store: RunStore, workflow: Workflow[Any, Any], ending: Ending, attempt: Execution) -> Report:
    run_id = attempt.lease.run_id
    page = await store.read(run_id, 0, 1_000_000)
    journal = await store.journal(run_id)
    steps = [StepRecord.from_journal(name, codec.unpack(raw)) for name, raw in journal.items() if fields.is_step(name)]
    started = Counter(event["name"] for event in page.events if event["type"] == "step.started")
    output, error = None, None
    if ending is Ending.COMPLETED:
        output = codec.decode(attempt.opened(journal[fields.OUTPUT]), workflow.output_type, where="output")
    elif ending is Ending.FAILED:
        facts = page.events[-1]["error"]
        error = revive(facts, step="", step_name=workflow.name)
    return Report(output, error, page.events, fold(page.events), steps, attempt.lease.attempt, started)
