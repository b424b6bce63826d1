"""How each worker stands, whether others have room, and the asking of one to drain: to take no more runs."""

from __future__ import annotations

import time

from ..core.clock import now_ms
from ..engine.engine import Engine
from ..engine.explain import DEAD_AFTER_MS
from ..errors import UnknownWorker
from ..redis_io.keys import LEASE_MS
from ..store.records import WorkerInfo

LOOK_AROUND_S = 0.1  # for how long the number of the others' free slots is trusted
STARTING_MS = 3_000
"""A worker younger than this that holds nothing yet may still be about to listen."""


def worker_state(worker: WorkerInfo, now_ms: int) -> str:
    """Return how a worker stands at `now_ms` (epoch ms), by its last heartbeat.

    `dead`: not heard of for longer than a lease, so its runs are others' by now. `stale`: some beats are missing.
    `draining`: takes no new run and still holds some; `drained`: holds none any more. `starting`, `idle` (holds none),
    `busy`.
    """
    silent_ms = now_ms - worker.beat_ms
    if silent_ms > LEASE_MS:
        return "dead"
    if silent_ms > DEAD_AFTER_MS:
        return "stale"
    if worker.draining or worker.asked_to_drain:
        return "draining" if worker.runs or not worker.draining else "drained"
    if worker.runs:
        return "busy"
    return "starting" if now_ms - worker.started_ms < STARTING_MS else "idle"


class Workers:
    """What an operator does with workers. Methods raise STORE_ERRORS, and UnknownWorker for one that is not alive."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    async def all(self) -> list[tuple[WorkerInfo, str]]:
        """Return the workers that were heard of in the last 30 s with their states, those started first first."""
        now = now_ms()
        return [(worker, worker_state(worker, now)) for worker in await self._engine.workers()]

    async def drain(self, worker_id: str) -> None:
        """Let the worker take no more runs. Those that it holds leave it at their next step boundary.

        Its next heartbeat reads it, within a second or so. It stays alive and can be told to `take_again`; a worker
        that its supervisor starts in its place takes runs as usual. Doing it again does nothing.
        """
        await self._known(worker_id)
        await self._engine.store.ask_to_drain(worker_id, True)

    async def take_again(self, worker_id: str) -> None:
        """Let a worker that drains take runs again. Doing it again does nothing."""
        await self._known(worker_id)
        await self._engine.store.ask_to_drain(worker_id, False)

    async def _known(self, worker_id: str) -> None:
        if worker_id not in {worker.id for worker in await self._engine.workers()}:
            raise UnknownWorker(f"No worker {worker_id!r} is alive: it has stopped, or was replaced by another one.")


class OtherWorkers:
    """The other workers of a worker's deployment, as it sees them: looked at now and then, not for each run."""

    def __init__(self, engine: Engine, worker_id: str, deployment: str) -> None:
        self._engine = engine
        self._worker_id = worker_id
        self._deployment = deployment
        self._room = 0
        self._look_again_at = 0.0

    async def have_room(self) -> bool:
        """Claim one of the slots that they had free when they were last looked at; return whether there was one."""
        if time.monotonic() >= self._look_again_at:
            self._look_again_at = time.monotonic() + LOOK_AROUND_S
            self._room = sum(
                max(0, worker.concurrency - len(worker.runs))
                for worker in await self._engine.workers()
                if worker.id != self._worker_id and worker.deployment == self._deployment and not worker.draining
            )
        self._room -= 1
        return self._room >= 0
