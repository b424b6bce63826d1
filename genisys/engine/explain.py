"""Why a run does not move: in one sentence, from its state and the workers' heartbeats."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any

from ..core.clock import now_ms
from ..store.records import RunMeta, WorkerInfo
from .owner_queue import Place
from .reading import Reading

SILENT_AFTER_MS = 30_000
DEAD_AFTER_MS = 4_000
"""Four missed beats: the heartbeat of a worker that died stays in Redis for 30 s."""


def no_room(workers: Iterable[WorkerInfo], deployment: str, now_ms: int) -> str:
    """Return in one phrase why no worker of the deployment could take a run at `now_ms`; "" where one could."""
    theirs = [worker for worker in workers if worker.deployment == deployment]
    if not theirs:
        return f"no worker of deployment {deployment} is alive"
    silent_ms = now_ms - max(worker.beat_ms for worker in theirs)
    answering = [worker for worker in theirs if now_ms - worker.beat_ms <= DEAD_AFTER_MS]
    if not answering:
        return f"no worker of deployment {deployment} answers any more, for {silent_ms // 1000} s"
    moving = [worker for worker in answering if not worker.blocked_ms]
    if not moving:
        steps = sorted({f"“{worker.blocked_step}”" for worker in answering if worker.blocked_step})
        by = f"the step {steps[0]}, which does" if len(steps) == 1 else "code that does"
        return f"every worker is blocked by {by} not await"
    taking = [worker for worker in moving if not worker.draining]
    if not taking:
        return f"every worker of deployment {deployment} drains, and takes no new run"
    if all(len(worker.runs) >= worker.concurrency for worker in taking):
        return "every worker is busy"
    return ""


def silent_ms(meta: RunMeta, workers: Sequence[WorkerInfo]) -> int:
    marks = (worker.marks.get(meta.run_id, 0) for worker in workers if worker.id == meta.worker)
    mark = next(marks, 0)
    return max(0, now_ms() - mark) if mark else 0


def _blocked(meta: RunMeta, worker: WorkerInfo) -> str:
    step = f"the step “{worker.blocked_step}”" if worker.blocked_step else "code"
    seconds = worker.blocked_ms // 1000
    if worker.blocked_by == meta.run_id:
        return f"{step[0].upper()}{step[1:]} of this run has blocked its worker for {seconds} s: it does not await."
    return f"Its worker is blocked: {step} of another run has let nothing else run for {seconds} s."


def silence(meta: RunMeta, workers: Sequence[WorkerInfo]) -> str:
    worker = next((worker for worker in workers if worker.id == meta.worker), None)
    if worker is not None and now_ms() - worker.beat_ms > DEAD_AFTER_MS:
        return "Its worker is not heard of any more. Another one takes over when the lease runs out, within 10 s."
    if worker is not None and worker.blocked_ms:
        return _blocked(meta, worker)
    silent = silent_ms(meta, workers)
    if silent < SILENT_AFTER_MS:
        return ""
    return f"Its worker is alive, but the run has given no sign for {_long(silent // 1000)}."


def _long(seconds: int) -> str:
    return f"{seconds} s" if seconds < 120 else f"{seconds // 60} minutes"


_SENTENCES = {
    "sleep": "Sleeping",
    "input": "Waiting for an answer",
    "retry": "Waiting to try a step again",
    "paused": "Paused",
    "slot": "Waiting for its turn: as many as may do this at once are doing it",
    "cache": "Waiting for the same work in another run",
    "provider": "Waiting for the model's provider",
    "budget": "The budget is used up: waiting for consent to go on",
}


def sentence(waiting: dict[str, Any]) -> str:
    """Return in one sentence what a suspended run waits for, from its `run.waiting`. Times are UTC."""
    said = _SENTENCES.get(waiting["reason"], f"Waiting for {waiting['reason']}")
    if prompt := waiting.get("prompt"):
        said = f"{said} to “{prompt}”"
    if until := waiting.get("until"):
        moment = datetime.fromtimestamp(until / 1000, UTC)
        said = f"{said} until {moment:%Y-%m-%d %H:%M:%S} UTC"
    return said + "."


class Explaining(Reading):
    """Sentences for people who ask why nothing happens."""

    async def place(self, meta: RunMeta) -> Place | None:
        """Return the run's place in its owner's line, or None where it waits in none."""
        return await self.owner_queue.of(meta)

    async def why_waiting(self, meta: RunMeta) -> str:
        """Return in one sentence why an unfinished run does not move; "" where a worker is running it."""
        if meta.closed:
            return ""
        workers = await self.workers()
        if meta.worker and meta.lease_until_ms > now_ms():
            return silence(meta, workers)
        alive = any(worker.deployment == meta.deployment for worker in workers)
        place = await self.place(meta)
        if place is not None and alive:  # Without a worker it is not the line that it waits for.
            return f"{place}"
        if meta.waiting is not None:
            return sentence(meta.waiting)
        if not alive:
            return f"Waiting for a worker of deployment {meta.deployment}: none is alive."
        return await self._why_not_taken(meta, workers)

    async def _why_not_taken(self, meta: RunMeta, workers: Sequence[WorkerInfo]) -> str:
        """Return why none of the workers, of which some are alive, has taken a run that is ready."""
        if meta.silenced:
            return "Waiting for a worker that runs nothing else: this run held one up before."
        none = no_room(workers, meta.deployment, now_ms())
        manifest = await self.store.deployments.manifest(meta.deployment)
        if manifest is not None and meta.workflow not in manifest["workflows"]:
            return (
                f"The code of deployment {meta.deployment} has no workflow {meta.workflow}: it waits for one that has."
            )
        if none:
            return f"Waiting for a free place: {none}."
        return "Waiting for a worker to take it."

    async def no_room(self) -> str:
        """Return why no worker could take a new run now: none answers, or all are busy; "" where one could.

        Raises STORE_ERRORS.
        """
        return no_room(await self.workers(), await self.target(), now_ms())

    async def silent_ms(self, meta: RunMeta) -> int:
        """Return how long a held run has given no sign (an event, text, `heartbeat()`); 0 where no worker holds it."""
        return silent_ms(meta, await self.workers())
