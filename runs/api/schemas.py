"""The shapes that the API gives. Times are ISO 8601 in UTC; costs are millionths of a US dollar."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from ninja import Schema
from pydantic import Field

NO_NUL = r"^[^\x00]*$"
"""Some databases cannot store the character."""
MOST = 2**53 - 1
"""The largest number that every reader of JSON has exactly (RFC 8259, section 6)."""

Status = Literal["queued", "running", "waiting", "completed", "failed", "cancelled"]


class WorkflowSummary(Schema):
    name: str
    description: str
    url: str


class WorkflowDetail(WorkflowSummary):
    """`input` and `output` are JSON Schemas (2020-12), from the workflow's type hints; `example` is an input."""

    input: dict[str, Any]
    output: dict[str, Any]
    example: Any
    run_url: str
    start_url: str


class RunUrls(Schema):
    self: str
    page: str
    events: str
    output: str
    steps: str


class RunSummary(Schema):
    """`parent` is the run that this one is a fork, a child or a retry of (`parent_kind`).

    `cost_microusd` is null where the price of anything that the run used is not known; `known_cost_microusd` is then
    what it cost at least, else the same.
    """

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
    cost_microusd: int | None
    known_cost_microusd: int
    parent: str | None
    parent_kind: Literal["child", "fork", "retry", ""]
    urls: RunUrls


class Question(Schema):
    """Something that a run asks. `url` is where the answer is posted, and fits this question only.

    `answer_schema` is the JSON Schema of the answer; `wrong` says what was wrong with the last one, if there was one.
    """

    step: str
    name: str
    prompt: str
    answer_schema: Any
    deadline: datetime | None
    wrong: str
    url: str


class RunDetail(RunSummary):
    """`waiting_for` says in one sentence why an open run is not moving; empty while it is.

    `questions` are what it asks just now, for those who may answer.
    """

    input: Any
    error: dict[str, Any] | None
    waiting_for: str
    questions: list[Question]


class RunResult(RunDetail):
    """A run that has ended, with what it made."""

    output: Any


class Why(Schema):
    """Why somebody does it: written to the audit."""

    why: str = Field(default="", max_length=500, pattern=NO_NUL, examples=["The site has changed."])


class Limits(Why):
    """What a run may use in all: tokens, cost in millionths of a US dollar, age in milliseconds. 0 is no limit."""

    tokens: int | None = Field(default=None, ge=0, le=MOST)
    cost_microusd: int | None = Field(default=None, ge=0, le=MOST, examples=[500_000])
    ms: int | None = Field(default=None, ge=0, le=MOST)


class ForkOrder(Why):
    """`step` is the key of the step that runs again, `input` what goes into it, or into the workflow."""

    step: str | None = Field(default=None, max_length=64)
    input: dict[str, Any] | None = None
    title: str = Field(default="", max_length=300, pattern=NO_NUL)


class RunList(Schema):
    """`next` is the cursor of the next page, null on the last."""

    runs: list[RunSummary]
    next: str | None


class StepOut(Schema):
    """One finished step of the trace. `parent` is the key of the step that called it.

    `cost_microusd` is null where the price of anything that it used is not known.
    """

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
    cost_microusd: int | None


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
