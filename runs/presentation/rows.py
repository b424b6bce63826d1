"""A run as a line of a list, and how long it took."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils import timezone

from runs.models import Run, RunStatus
from runs.presentation import words
from runs.presentation.words import Moment
from runs.products import noun_of


@dataclass(frozen=True, slots=True)
class RunRow:
    """A run as a line of a list, from its row and what it said last of what it does."""

    id: str
    url: str
    title: str
    workflow: str
    noun: str
    status: str
    status_word: str
    status_mark: str
    created: Moment
    duration_text: str
    tokens_text: str
    cost_text: str
    live: bool
    asks: bool
    doing: str


ASKS = {"input": "waiting for your answer", "budget": "waiting for a larger budget"}
"""What a run waits for that its owner alone can give."""

_WAITS = {
    "sleep": "waiting until later",
    "retry": "waiting to try again",
    "provider": "waiting for the model’s provider",
    "paused": "paused",
}


def run_row(run: Run, reason: str = "", doing: str = "") -> RunRow:
    """Return the line of a run in a list; `reason` is what it waits for, where it waits and that is known."""
    asks = run.status == RunStatus.WAITING and reason in ASKS
    word = {**_WAITS, **ASKS}.get(reason) if run.status == RunStatus.WAITING else None
    token_count = run.input_tokens + run.output_tokens
    return RunRow(
        id=run.pk,
        url=run.get_absolute_url(),
        title=str(run),
        workflow=run.workflow,
        noun=noun_of(run.workflow),
        status=run.status,
        status_word=word or words.STATUS_WORDS[run.status],
        status_mark="?" if asks else words.STATUS_MARKS[run.status],
        created=words.day(run.created_at),
        duration_text=duration_of(run),
        tokens_text=words.tokens(token_count),
        cost_text=words.cost(run.cost_microusd, run.known_cost_microusd),
        live=not run.finished,
        asks=asks,
        doing=doing if run.status == RunStatus.RUNNING else "",
    )


def duration_of(run: Run) -> str:
    """Return how long a run took, or has been going; "" before it started."""
    if run.started_at is None:
        return ""
    return words.duration(((run.ended_at or timezone.now()) - run.started_at).total_seconds())
