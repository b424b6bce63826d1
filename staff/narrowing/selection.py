"""The runs that filters let through, as a query. Every one of its conditions is on the columns of an index.

Only words of an error are looked for in the rows themselves, and then among failed runs alone.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta
from functools import reduce
from operator import and_, or_
from typing import Any
from uuid import UUID

from django.contrib.auth import get_user_model
from django.db.models import Q, QuerySet, Value
from django.db.models.functions import Coalesce, StrIndex
from django.db.models.lookups import GreaterThan

from genisys.host import WorkerInfo
from runs.access import Person, visible_runs
from runs.models import OPEN_STATUSES, Run, RunStatus, SetAside
from staff.narrowing import waits
from staff.narrowing.filters import OPEN, UNFINISHED, Filters

SILENT_FOR = timedelta(seconds=60)
"""A run whose worker lives, and that gave no sign for so long, is stuck; so is one that no living worker holds."""
NO_BEAT = timedelta(seconds=10)
_PART_OF_ID = re.compile(r"[0-9a-fA-F-]{1,36}")
_RARE = 8
"""A part of an id with so many digits is hardly ever in a title too."""
_NEVER_SET = 2**31
_NOBODY = Q(pk__in=())

Workers = Callable[[], list[WorkerInfo]]


def selected(user: Person, filters: Filters, now: datetime, workers: Workers) -> QuerySet[Run]:
    """Return the runs that this person may see and the filters let through, in no order.

    `workers` is asked only for runs that are stuck. Filters that were not understood let nothing through.
    Raises what `workers` raises.
    """
    runs = visible_runs(user).order_by()
    if filters.wrong:
        return runs.none()
    conditions = [*_states(filters), *_names(filters), *_times(filters, now), *_texts(filters)]
    if filters.stuck:
        conditions.append(stuck(workers(), now))
    return runs.filter(reduce(and_, conditions, Q()))


def stuck(workers: list[WorkerInfo], now: datetime) -> Q:
    """Return which runs are under way by their record, and held by no living worker or silent for SILENT_FOR."""
    now_ms = int(now.timestamp() * 1000)
    alive = [worker for worker in workers if now_ms - worker.beat_ms <= NO_BEAT.total_seconds() * 1000]
    silent_since = now_ms - int(SILENT_FOR.total_seconds() * 1000)
    held = {run_id for worker in alive for run_id in worker.runs}
    silent = {
        run_id for worker in alive for run_id, mark in worker.marks.items() if run_id in held and mark < silent_since
    }
    moving = held - silent
    # Whoever took it a moment ago may not have beaten since.
    just_taken = Q(worker__in=[worker.id for worker in alive]) & Q(started_at__gt=now - NO_BEAT)
    return Q(status=RunStatus.RUNNING) & ~Q(pk__in=sorted(moving)) & ~just_taken


def by_cause(failed: QuerySet[Run]) -> QuerySet[Any, Any]:
    """Return the causes (`shared_cause`) of failed runs, to be counted by them."""
    # An expression: to group by the bare column, SQLite would walk all runs in its order, where few of them failed.
    return failed.order_by().annotate(shared_cause=Coalesce("cause", Value(""))).values_list("shared_cause")


def of_status(names: tuple[str, ...]) -> Q:
    """Return the runs of any of these statuses, OPEN and UNFINISHED among them; none named: all."""
    wanted: set[str] = set()
    for name in names:
        if name == OPEN:
            wanted.update(OPEN_STATUSES)
        elif name == UNFINISHED:
            wanted.update(set(RunStatus.values) - {RunStatus.COMPLETED})
        else:
            wanted.add(name)
    return Q(status__in=sorted(wanted)) if wanted else Q()


def waiting_for(names: tuple[str, ...]) -> Q:
    """Return the runs that wait for any of these (`waits.WORDS`); none named: all."""
    return reduce(or_, map(_waiting_for, names), Q())


def _waiting_for(name: str) -> Q:
    if name == waits.WORKER:
        return Q(status=RunStatus.QUEUED) | Q(status=RunStatus.WAITING, waits_for="")
    return Q(status=RunStatus.WAITING, waits_for__in=waits.REASONS[name])


def _states(filters: Filters) -> list[Q]:
    found = [of_status(filters.status), waiting_for(filters.waits)]
    if filters.aside:
        aside = SetAside.objects.all() if filters.aside == "any" else SetAside.objects.filter(what=filters.aside)
        found.append(Q(pk__in=aside.values("run")))
    return found


def _names(filters: Filters) -> list[Q]:
    plain = ("workflow", "worker", "deployment", "cause")
    found = [Q(**{name: getattr(filters, name)}) for name in plain if getattr(filters, name)]
    if filters.person:
        found.append(_person(filters.person))
    return found


def _person(text: str) -> Q:
    """Return the runs of the person with that number or address; "none" are those that belong to nobody."""
    if text == "none":
        return Q(owner__isnull=True)
    if text.isascii() and text.isdigit():
        return Q(owner_id=int(text)) if int(text) < _NEVER_SET else _NOBODY
    found = list(get_user_model().objects.filter(email__iexact=text).values_list("pk", flat=True)[:10])
    return Q(owner_id__in=found)


def _times(filters: Filters, now: datetime) -> list[Q]:
    found = []
    if filters.since_at:
        found.append(Q(created_at__gte=filters.since_at))
    if filters.until_at:
        found.append(Q(created_at__lt=filters.until_at))
    if filters.ended_at:
        found.append(Q(ended_at__gte=filters.ended_at))
    if filters.older_than is not None:
        found.append(Q(created_at__lte=now - filters.older_than))
    if filters.least_microusd is not None:
        found.append(Q(known_cost_microusd__gte=filters.least_microusd))
    return found


def _texts(filters: Filters) -> list[Q]:
    found = []
    if filters.error:
        found.append(Q(status=RunStatus.FAILED, error__message__icontains=filters.error))
    if filters.q:
        found.append(_named(filters.q))
    return found


def _named(text: str) -> Q:
    with suppress(ValueError):
        return Q(pk=str(UUID(text)))
    titled = Q(title__icontains=text)
    # Words that no id can hold are looked for in titles alone: PostgreSQL has an index for that.
    if not _PART_OF_ID.fullmatch(text):
        return titled
    if len(text.replace("-", "")) >= _RARE:  # Few titles have it, so these are found first, by that index.
        titled = Q(pk__in=Run.objects.filter(titled))
    return titled | Q(GreaterThan(StrIndex("pk", Value(text.lower())), 0))
