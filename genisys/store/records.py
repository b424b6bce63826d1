"""The plain data that passes between the store and its callers."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from ..core.clock import now_ms


@dataclass(frozen=True, slots=True)
class RunMeta:
    """What Redis knows of a run besides its log and journal. Times are epoch milliseconds, 0 when not yet.

    `waiting` is what a run that nobody holds waits for (the fields of its `run.waiting` event), None otherwise.
    `budget` holds the limits that it may not exceed without consent: `tokens`, `cost_microusd`, `ms`.
    `unpriced` counts the steps whose cost is not known: unless it is 0, `cost_microusd` is only a part of the cost.
    `guessed_tokens` are those of steps whose tokens are not known; the budget counts them.
    `silenced` is how many worker processes had to be ended because this run let nothing else in them run.
    """

    run_id: str
    workflow: str
    owner: str
    title: str
    deployment: str
    status: str
    attempt: int
    worker: str
    lease_until_ms: int
    last_seq: int
    log_id: str
    closed: bool
    created_ms: int
    ended_ms: int
    input_tokens: int
    output_tokens: int
    cost_microusd: int
    cancel_requested: bool
    signals: int = 0
    paused: bool = False
    waiting: dict[str, Any] | None = None
    budget: dict[str, int] = field(default_factory=dict)
    unpriced: int = 0
    guessed_tokens: int = 0
    silenced: int = 0


@dataclass(frozen=True, slots=True)
class SnapshotRead:
    """What a first look at a run reads: `state` is its fold at `seq`, `events` what its log has after that.

    `state` is None where the caller goes on with its own, or with an empty one at `seq` 0. The events may have a hole,
    and may not reach the log's end: then the rest is read page by page.
    """

    meta: RunMeta
    seq: int
    state: dict[str, Any] | None
    events: list[dict[str, Any]]


@dataclass(frozen=True, slots=True)
class WorkerInfo:
    """A worker's last heartbeat. It is gone from Redis 30 s after the last beat.

    `marks` are the times (epoch ms) at which each held run last gave a sign of its own, so that a worker that is alive
    but silent is not taken for dead. `blocked_ms` is how long its loop has stood still, 0 where it moves; the run whose
    code blocks it is `blocked_by`, in the step (a component's name) `blocked_step`, "" where not known. One that is
    `draining` takes no new run: since it is `stopping`, or because somebody asked for that (`asked_to_drain`).
    """

    id: str
    host: str
    pid: int
    deployment: str
    concurrency: int
    started_ms: int
    beat_ms: int
    runs: tuple[str, ...]
    draining: bool
    marks: dict[str, int] = field(default_factory=dict)
    blocked_ms: int = 0
    blocked_by: str = ""
    blocked_step: str = ""
    asked_to_drain: bool = False
    stopping: bool = False


@dataclass(frozen=True, slots=True)
class Lease:
    """One attempt's hold on a run, and the fence that keeps older attempts from writing.

    `meta`, `journal` and `inbox` are the run as it was when the lease was taken.
    """

    run_id: str
    worker: str
    attempt: int
    attempts_without_progress: int
    meta: RunMeta = field(compare=False, repr=False)
    journal: dict[str, bytes] = field(compare=False, repr=False)
    inbox: dict[str, bytes] = field(compare=False, repr=False)


@dataclass(slots=True)
class Append:
    """What one `append` writes. Events carry no `seq`: the script assigns it."""

    events: list[dict[str, Any]] = field(default_factory=list)
    journal: dict[str, bytes] = field(default_factory=dict)
    meta: dict[str, str] = field(default_factory=dict)
    increments: dict[str, int] = field(default_factory=dict)
    inbox: dict[str, bytes] = field(default_factory=dict)
    status: str = ""
    terminal: bool = False
    release: str = ""
    due_ms: int | None = None
    signals_known: int | None = None

    @classmethod
    def first(cls, workflow: str, title: str, journal: dict[str, bytes], *events: dict[str, Any]) -> Append:
        """Return how a run begins: input, first events and status in one batch, so no worker ever finds half a run."""
        queued = {"type": "run.queued", "at": now_ms(), "workflow": workflow, "title": title}
        return cls(events=[queued, *events], journal=journal, status="queued")

    def matters(self) -> bool:
        """Return whether it says more than how a step comes along: a result, a status, an answer, an end, or that a
        step begins that is paid for.
        """
        says = self.journal or self.meta or self.inbox or self.status or self.terminal or self.release
        return bool(says) or any(event.get("paid") for event in self.events)

    def empty(self) -> bool:
        return not (
            self.events or self.journal or self.meta or self.increments or self.inbox or self.status or self.release
        )


@dataclass(frozen=True, slots=True)
class Appended:
    """The script's answer; append.lua lists the codes."""

    code: str
    last_seq: int
    log_id: str
    cancelled: bool
    batch: int
    signals: int = 0
