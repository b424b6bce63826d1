"""The shapes that the API gives. Times are ISO 8601 in UTC; costs are millionths of a US dollar."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from ninja import Schema

Status = Literal["queued", "running", "waiting", "completed", "failed", "cancelled"]


class WorkflowSummary(Schema):
    name: str
    description: str
    url: str


class WorkflowDetail(WorkflowSummary):
    """`input` and `output` are JSON Schemas (2020-12), from the workflow's type hints."""

    input: dict[str, Any]
    output: dict[str, Any]
    start_url: str


class RunUrls(Schema):
    self: str
    page: str
    events: str
    output: str
    steps: str


class RunSummary(Schema):
    id: str
    workflow: str
    title: str
    status: Status
    deployment: str
    attempt: int
    created_at: datetime
    started_at: datetime | None
    ended_at: datetime | None
    input_tokens: int
    output_tokens: int
    cost_microusd: int
    urls: RunUrls


class RunDetail(RunSummary):
    """`waiting_for` says in one sentence why an open run is not moving; empty while it is."""

    input: Any
    error: dict[str, Any] | None
    waiting_for: str


class RunList(Schema):
    """`next` is the cursor of the next page, null on the last."""

    runs: list[RunSummary]
    next: str | None


class StepOut(Schema):
    """One finished step of the trace. `parent` is the key of the step that called it."""

    key: str
    name: str
    title: str
    parent: str | None
    status: Literal["completed", "failed"]
    input: Any
    output: Any
    error: dict[str, Any] | None
    started_ms: int
    ended_ms: int
    tries: int
    model: str
    input_tokens: int
    output_tokens: int
    cost_microusd: int


class EventPage(Schema):
    """A stretch of a run's history.

    `next` is what to give as `after` for what follows. `up_to_date` says that there is nothing more now,
    `closed` that there will be nothing more. An event with `covers` stands for so many, up to and with itself.
    `resync`, if not null, says that the cursor did not fit this log, and that the events begin again from the
    first, or behind `state`, the run's fold at its `seq`: `log_id` (another log), `ahead` (the log lost its end)
    or `trimmed` (the log lost what came next).
    """

    events: list[dict[str, Any]]
    next: str
    log_id: str
    up_to_date: bool
    closed: bool
    resync: Literal["log_id", "ahead", "trimmed"] | None
    state: dict[str, Any] | None = None
