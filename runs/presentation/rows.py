"""A run as a line of a list, and how long it took: from its row alone."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils import timezone

from runs.models import Run
from runs.presentation import words
from runs.presentation.words import Moment
from runs.products import noun_of


@dataclass(frozen=True, slots=True)
class RunRow:
    """A run as a line of a list, from its row alone."""

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


def run_row(run: Run) -> RunRow:
    """Return the line of a run in a list."""
    token_count = run.input_tokens + run.output_tokens
    return RunRow(
        id=run.pk,
        url=run.get_absolute_url(),
        title=str(run),
        workflow=run.workflow,
        noun=noun_of(run.workflow),
        status=run.status,
        status_word=words.STATUS_WORDS[run.status],
        status_mark=words.STATUS_MARKS[run.status],
        created=words.day(run.created_at),
        duration_text=duration_of(run),
        tokens_text=words.tokens(token_count),
        cost_text=words.cost(run.cost_microusd, run.known_cost_microusd),
        live=not run.finished,
    )


def duration_of(run: Run) -> str:
    """Return how long a run took, or has been going; "" before it started."""
    if run.started_at is None:
        return ""
    return words.duration(((run.ended_at or timezone.now()) - run.started_at).total_seconds())
