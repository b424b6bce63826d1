"""Chaos for any workflow: run it with every fault at every step boundary, and compare the result with a calm run.

    report = await survives(my_workflow, Request(...))
    assert report.faults_met > 0

A fault strikes at one place: the moment a step's end is written. What is checked each time: the workflow returns the
same result, no step completes twice, the log has no hole and its fold ends where it should, and a worker that lost its
lease writes nothing more.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field
from typing import Any, cast

from pydantic import BaseModel

from ..authoring.workflow import Workflow
from ..core import codec
from ..core.clock import now_ms
from ..core.ids import new_run_id
from ..execution.execution import Ending
from ..journal import fields
from ..log.fold import fold
from ..secrets.sealed_input import journal_of, seal_input
from ..store.protocol import RunStore
from ..store.records import Append, Appended, Lease
from .attempts import RING, free, taken, time_passes, until_death
from .clock import Clock
from .memory.store import MemoryStore

KILL_AFTER = "killed after a step was written"
KILL_BEFORE = "killed before a step was written"
KILL_TWICE = "killed, and killed again in the recovery"
DRAIN = "told to stop"
ZOMBIE = "blocked until another worker had its run"
LOSS = "Redis came back without the last batches"
FAULTS = (KILL_AFTER, KILL_BEFORE, KILL_TWICE, DRAIN, ZOMBIE, LOSS)

ATTEMPTS = 12
LOST_BATCHES = 2


@dataclass(slots=True)
class ChaosReport:
    """What `survives` did: how many step boundaries there are, and how many faults were met in all."""

    boundaries: int
    faults_met: int = 0
    ends: Counter[str] = field(default_factory=Counter)


class _Faulty:
    """A store that strikes at the `at`-th step boundary of the attempt that writes through it."""

    def __init__(self, inner: RunStore, at: int = 0, strike: Callable[..., Any] | None = None) -> None:
        self._inner = inner
        self._at = at
        self._strike = strike
        self.boundaries = 0
        self.struck = asyncio.Event()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)

    async def append(self, lease: Lease, number: int, batch: Append) -> Appended:
        ended = sum(event["type"] in ("step.completed", "step.failed") for event in batch.events)
        before, self.boundaries = self.boundaries, self.boundaries + ended
        if self._strike is not None and before < self._at <= self.boundaries and not self.struck.is_set():
            self.struck.set()
            return await self._strike(lease, number, batch)  # type: ignore[no-any-return]
        return await self._inner.append(lease, number, batch)


async def survives(
    workflow: Workflow[Any, Any],
    request: BaseModel,
    *,
    faults: Sequence[str] = FAULTS,
    store: RunStore | None = None,
    same: Callable[[Any, Any], bool] = lambda calm, other: calm == other,
    reset: Callable[[], None] = lambda: None,
    clock: Callable[[], Clock] | None = Clock,
) -> ChaosReport:
    """Run the workflow once for every fault at every step boundary. Raises AssertionError where it does not survive.

    `reset` is called before each run, to reset the test's counters and fakes. `same` compares two outputs. `store` may
    be one in a real Redis, where LOSS is left out. Waits take no time, unless `clock` is None.
    """
    store = store or MemoryStore(undo=LOST_BATCHES)
    one = _One(workflow, request, store, reset, clock)
    calm = await one.run("")
    report = ChaosReport(calm.boundaries)
    for fault in faults:
        if fault == LOSS and not isinstance(store, MemoryStore):
            continue
        for place in range(1, calm.boundaries + 1):
            where = f"{workflow.name}, {fault}, boundary {place} of {calm.boundaries}"
            met = await one.run(fault, place)
            report.faults_met += met.struck
            report.ends[fault] += 1
            assert (met.status, calm.status) == (calm.status, met.status), f"{where}: ended {met.status}: {met.error}"
            assert same(calm.output, met.output), f"{where}: gave {met.output!r} instead of {calm.output!r}"
    return report


@dataclass(slots=True)
class _End:
    status: str
    output: Any
    error: Any
    boundaries: int
    struck: int


class _One:
    """Runs of one workflow with one fault each."""

    def __init__(
        self,
        workflow: Workflow[Any, Any],
        request: BaseModel,
        store: RunStore,
        reset: Callable[[], None],
        clock: Callable[[], Clock] | None,
    ) -> None:
        self._workflow = workflow
        self._input = seal_input(RING, workflow.name, request)
        self._store = store
        self._reset = reset
        self._make_clock = clock

    async def run(self, fault: str, place: int = 0) -> _End:
        self._reset()
        store, run_id = self._store, new_run_id()
        clock = self._make_clock() if self._make_clock else None
        with clock or nullcontext():
            facts = {"workflow": self._workflow.name, "deployment": "chaos", "created_ms": str(now_ms())}
            await store.create(run_id, facts, Append.first(self._workflow.name, "", journal_of(RING, self._input)))
            boundaries = struck = 0
            for _ in range(ATTEMPTS):
                # The first fault strikes at its place, counted over all attempts; the second one as soon as possible.
                wanted = 2 if fault == KILL_TWICE else min(1, len(fault))
                at = place - boundaries if struck == 0 else 1
                attempt = _Attempt(store, run_id, clock, fault if struck < wanted else "", at)
                ending = await attempt.run()
                boundaries += attempt.store.boundaries
                struck += attempt.store.struck.is_set()
                if ending in (Ending.COMPLETED, Ending.FAILED, Ending.CANCELLED):
                    break
                if ending is Ending.SUSPENDED and not await time_passes(attempt.execution, clock):
                    break
        return await self._checked(store, run_id, boundaries, struck)

    async def _checked(self, store: RunStore, run_id: str, boundaries: int, struck: int) -> _End:
        page = await store.read(run_id, 0, 1_000_000)
        seqs = [event["seq"] for event in page.events]
        assert seqs == list(range(1, len(seqs) + 1)), f"the log has a hole: {seqs}"
        completed = Counter(event["step"] for event in page.events if event["type"] == "step.completed")
        twice = [step for step, times in completed.items() if times > 1]
        assert not twice, f"completed twice: {twice}"
        state = fold(page.events)
        journal = await store.journal(run_id)
        output = codec.unpack(journal[fields.OUTPUT]) if fields.OUTPUT in journal else None
        return _End(state["run_status"], output, state["error"], boundaries, struck)


class _Attempt:
    """One attempt through a store that strikes, and what the fleet does about it."""

    def __init__(self, inner: RunStore, run_id: str, clock: Clock | None, fault: str, place: int) -> None:
        strikes: dict[str, Callable[..., Any]] = {
            KILL_AFTER: self._kill_after,
            KILL_BEFORE: self._kill,
            KILL_TWICE: self._kill,
            DRAIN: self._drain,
            ZOMBIE: self._outlive,
            LOSS: self._lose,
        }
        self._inner = inner
        self._run_id = run_id
        self._clock = clock
        self._dead = asyncio.Event()
        self.store = _Faulty(inner, place, strikes.get(fault))

    async def run(self) -> Ending:
        through = cast(RunStore, self.store)
        self.execution = await taken(self._inner, self._run_id, f"worker-{new_run_id()}", self._clock, through)
        return await until_death(self._inner, self.execution, self._dead) or Ending.LOST

    async def _kill(self, *_: Any) -> Appended:
        self._dead.set()
        return await asyncio.Event().wait()  # type: ignore[return-value]

    async def _kill_after(self, *batch: Any) -> Appended:
        await self._inner.append(*batch)
        return await self._kill()

    async def _drain(self, *batch: Any) -> Appended:
        self.execution.hand_over()
        return await self._inner.append(*batch)

    async def _lose(self, *batch: Any) -> Appended:
        answer = await self._inner.append(*batch)
        assert isinstance(self._inner, MemoryStore)
        self._inner.lose_last(self._run_id, LOST_BATCHES)
        return answer

    async def _outlive(self, lease: Lease, number: int, batch: Append) -> Appended:
        """Hold this write back until another attempt has had the run; then it must be refused."""
        await free(self._inner, lease)
        other = await self._inner.acquire(self._run_id, "successor")
        assert isinstance(other, Lease)
        answer = await self._inner.append(lease, number, batch)
        assert answer.code == "fenced", f"a worker without a lease could write: {answer}"
        await free(self._inner, other)
        return answer
