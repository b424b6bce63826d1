"""Which runs an act is meant for, as a form sends it: those that were ticked, or all that filters let through.

Filters are fixed when the act is previewed, so that what is confirmed is about what was shown and nothing newer.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db.models import QuerySet
from django.http import QueryDict

from runs.access import Person, visible_runs
from runs.models import Run
from staff.models import BulkAct
from staff.narrowing.filters import Filters, read_filters
from staff.narrowing.living import living_workers
from staff.narrowing.selection import selected

MOST_TICKED = 200


@dataclass(frozen=True, slots=True)
class Choice:
    """An act and the runs that it is meant for: `run_ids`, or what `query` (of fixed filters) lets through.

    `wrong` is the sentence that says why there is nothing to preview, "" where there is.
    """

    action: str
    run_ids: tuple[str, ...] = ()
    query: str = ""
    by_filter: bool = False
    wrong: str = ""


def read_choice(given: QueryDict, now: datetime) -> Choice:
    """Return what a form chose: `act`, and either `run` (many) or `all` with the filters beside it."""
    action = given.get("act", "")
    if action not in BulkAct.Action.values:
        return Choice("", wrong="Choose what to do: stop or retry.")
    if given.get("all"):
        filters = read_filters(given, now)
        return Choice(action, query=filters.fixed(now).query(), by_filter=True, wrong=" ".join(filters.wrong.values()))
    run_ids = tuple(dict.fromkeys(run_id for run_id in given.getlist("run") if 0 < len(run_id) <= 36))[:MOST_TICKED]
    return Choice(action, run_ids, wrong="" if run_ids else "Select the runs first.")


def runs_of(choice: Choice, user: Person, now: datetime) -> QuerySet[Run]:
    """Return the runs that are meant, of those that the person may see. Raises STORE_ERRORS for runs that are stuck."""
    if choice.wrong:
        return Run.objects.none()
    if not choice.by_filter:
        return visible_runs(user).filter(pk__in=choice.run_ids)
    return selected(user, filters_of(choice, now), now, living_workers)


def filters_of(choice: Choice, now: datetime) -> Filters:
    """Return the filters of a choice that was made by them."""
    return read_filters(QueryDict(choice.query), now)
