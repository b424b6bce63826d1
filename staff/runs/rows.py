"""A run as a line of the staff's list, from its row alone."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from urllib.parse import quote

from django.urls import reverse

from runs.models import Run, RunStatus
from runs.presentation import words
from runs.presentation.rows import duration_of
from runs.presentation.words import Moment
from staff.narrowing import waits
from staff.narrowing.filters import Filters
from staff.narrowing.moments import spoken

ID_END = 8
"""Characters of an id that tell runs apart at a glance: ids begin with the time, so these are the last ones."""


@dataclass(frozen=True, slots=True)
class StaffRow:
    """A run as a line of the staff's list. `*_url` are addresses of the list, narrowed by that too; "" where it is."""

    id: str
    short_id: str
    url: str
    title: str
    status: str
    word: str
    mark: str
    waits: str
    cause: str
    workflow: str
    workflow_url: str
    person: str
    person_url: str
    tries: int
    created: Moment
    duration: str
    cached: str
    tokens: str
    cost: str
    worker: str
    worker_url: str
    deployment: str


def staff_row(run: Run, filters: Filters, now: datetime) -> StaffRow:
    """Return the line of a run in the list that these filters narrow."""
    tokens = run.input_tokens + run.output_tokens
    return StaffRow(
        id=run.pk,
        short_id=run.pk[-ID_END:],
        url=run_url(run.pk, filters),
        title=str(run),
        status=run.status,
        word=words.STATUS_WORDS[run.status],
        mark=words.STATUS_MARKS[run.status],
        waits=wait_of(run, now),
        cause=run.cause if run.status == RunStatus.FAILED else "",
        workflow=run.workflow,
        workflow_url=_narrowed(filters, workflow=run.workflow),
        person=person_of(run),
        person_url=_narrowed(filters, person=str(run.owner_id)) if run.owner_id else "",
        tries=run.attempt,
        created=words.day(run.created_at),
        duration=duration_of(run).replace("less than", "<"),
        cached="" if run.cached_steps is None else str(run.cached_steps),
        tokens=f"{tokens:,}" if tokens else "",
        cost=cost_of(run),
        worker=run.worker,
        worker_url=_narrowed(filters, worker=run.worker) if run.worker else "",
        deployment=run.deployment,
    )


def run_url(run_id: str, filters: Filters) -> str:
    """Return the address of a run's page, which knows the way back to the list as it was narrowed."""
    query = filters.query()
    return f"{reverse('staff:runs')}{run_id}/{f'?back={quote(query)}' if query else ''}"


def wait_of(run: Run, now: datetime) -> str:
    """Return what the run waits for, and how long where that is known: "for an answer, 2 d 4 h"."""
    waited = waits.said(run.status, run.waits_for)
    since = run.waits_since if run.status == RunStatus.WAITING else run.created_at if not run.attempt else None
    return f"{waited}, {spoken(now - since)}" if waited and since else waited


def person_of(run: Run) -> str:
    """Return the address of the person whose run it is, else their name; "" for nobody's."""
    return (run.owner.email or run.owner.get_username()) if run.owner else ""


def cost_of(run: Run) -> str:
    """Return the cost as a column has it: "$0.04", "< $0.01", "at least $0.04", "not known"; "" for none."""
    said = words.cost(run.cost_microusd, run.known_cost_microusd)
    return said.removeprefix("cost ").replace("less than", "<")


def _narrowed(filters: Filters, **by: str) -> str:
    name, value = next(iter(by.items()))
    return "" if getattr(filters, name) == value else f"?{filters.query(**by)}"
