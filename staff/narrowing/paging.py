"""Pages of a list of runs, newest first, by the place of their first or last run: no page is counted up to.

A page is picked from an index alone; only then its rows are read, without what is large. So a page costs the same
however deep it lies and however much its runs took and gave.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime

from asgiref.sync import sync_to_async
from django.db.models import Q, QuerySet

from runs.access import without_big_columns
from runs.models import Run

ROWS = 50
SHOWN = (
    *("id", "workflow", "title", "status", "deployment", "attempt", "retried_count", "created_at", "started_at"),
    *("ended_at", "input_tokens", "output_tokens", "cost_microusd", "known_cost_microusd", "waits_for", "waits_since"),
    *("worker", "cached_steps", "cause", "owner__id", "owner__email", "owner__username"),
)
Key = tuple[datetime, str]


@dataclass(frozen=True, slots=True)
class Page:
    """A page of runs, newest first, and the places to go on from; "" where there is nothing more that way."""

    runs: list[Run]
    newer: str
    older: str


def place_of(run: Run) -> str:
    """Return the place of a run, as an address has it."""
    return f"{run.created_at.isoformat()}_{run.pk}"


def read_place(text: str) -> Key | None:
    """Return the place that `place_of` wrote; None for anything else."""
    at, _, run_id = text.replace(" ", "+").rpartition("_")
    try:
        moment = datetime.fromisoformat(at)
    except ValueError:
        return None
    return (moment, run_id) if moment.tzinfo is not None and 0 < len(run_id) <= 36 else None


def page_of(runs: QuerySet[Run], *, after: str = "", before: str = "", rows: int = ROWS) -> Page:
    """Return the page behind the place `after`, or in front of `before`; the first where neither is a place."""
    if (place := read_place(before)) is not None:
        keys = list(_keys(runs.filter(_newer(place)).order_by("created_at", "id"))[: rows + 1])
        shown = keys[:rows][::-1]
        return _page(shown, more_newer=len(keys) > rows, more_older=True)
    behind = read_place(after)
    keys = list(_keys((runs.filter(older_than(behind)) if behind else runs).order_by("-created_at", "-id"))[: rows + 1])
    return _page(keys[:rows], more_newer=behind is not None, more_older=len(keys) > rows)


def older_than(place: Key) -> Q:
    """Return what lies behind the place, newest first. The first condition lets an index begin there."""
    at, run_id = place
    return Q(created_at__lte=at) & (Q(created_at__lt=at) | Q(pk__lt=run_id))


def _newer(place: Key) -> Q:
    at, run_id = place
    return Q(created_at__gte=at) & (Q(created_at__gt=at) | Q(pk__gt=run_id))


def _keys(runs: QuerySet[Run]) -> QuerySet[Run, Key]:
    return runs.values_list("created_at", "pk")


def _page(keys: list[Key], *, more_newer: bool, more_older: bool) -> Page:
    runs = rows_of([run_id for _, run_id in keys])
    if not runs:
        return Page([], "", "")
    return Page(runs, place_of(runs[0]) if more_newer else "", place_of(runs[-1]) if more_older else "")


def rows_of(run_ids: list[str]) -> list[Run]:
    """Return these runs in that order, with what a list shows of them."""
    found = without_big_columns(Run.objects.filter(pk__in=run_ids).order_by()).select_related("owner").only(*SHOWN)
    by_id = {run.pk: run for run in found}
    return [by_id[run_id] for run_id in run_ids if run_id in by_id]


async def walked(runs: QuerySet[Run], *, most: int, at_once: int = 500) -> AsyncIterator[list[Run]]:
    """Give the newest `most` runs, newest first, some at a time, so that they never are in memory all at once."""
    left, after = most, ""
    while left > 0:
        page = await sync_to_async(page_of)(runs, after=after, rows=min(left, at_once))
        if page.runs:
            yield page.runs
        if not page.older:
            return
        left -= len(page.runs)
        after = page.older
