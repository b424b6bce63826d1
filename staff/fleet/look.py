"""One look at the fleet: what the engine, the gates, Redis and the record say of it just now."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

from asgiref.sync import sync_to_async
from django.db.models import Count, Min

from genisys import Provider
from genisys.host import STORE_ERRORS, Deployment, Deployments, GateState, ServerFacts, WorkerInfo, Workers
from runs.engines import engine
from runs.models import IS_OPEN, Run, RunStatus
from runs.providers import providers
from staff.fleet.database import DatabaseFacts, database_facts
from staff.narrowing import waits

HOURS = 24
TITLES = 500
"""Of so many held runs the title is looked up; further ones are shown by their id."""


@dataclass(frozen=True, slots=True)
class Queue:
    """The open runs of one deployment: that wait to start and since when the oldest does, under way, and parked.

    `parked_for` counts those that are parked by who can end their wait, in the words of `narrowing.waits`.
    """

    waiting: int = 0
    oldest: datetime | None = None
    running: int = 0
    parked_for: Mapping[str, int] = field(default_factory=dict)

    @property
    def parked(self) -> int:
        return sum(self.parked_for.values())

    @property
    def open(self) -> int:
        return self.waiting + self.running + self.parked


@dataclass(frozen=True, slots=True)
class Look:
    """What there is. Where Redis is away (`away` says how), only what the record knows is told."""

    workers: Sequence[tuple[WorkerInfo, str]] = ()
    deployments: Sequence[Deployment] = ()
    queues: dict[str, Queue] = field(default_factory=dict)
    providers: Sequence[tuple[Provider, GateState | None]] = ()
    redis: ServerFacts | None = None
    database: DatabaseFacts | None = None
    titles: dict[str, str] = field(default_factory=dict)
    away: str = ""


async def look() -> Look:
    """Look at everything once. Never raises for a Redis that is away."""
    queues = await queues_by_deployment()
    database = await sync_to_async(database_facts)()
    known = providers()
    try:
        workers = await Workers(engine()).all()
        deployments = await Deployments(engine()).all({name: queue.open for name, queue in queues.items()})
        gates = [await engine().store.gates.look(provider.gate, HOURS) for provider in known]
        redis = await engine().store.server()
    except STORE_ERRORS as error:
        nothing = [(provider, None) for provider in known]
        return Look(queues=queues, providers=nothing, database=database, away=f"{type(error).__name__}: {error}")
    titles = await _titles([run_id for worker, _ in workers for run_id in worker.runs])
    return Look(workers, deployments, queues, list(zip(known, gates, strict=True)), redis, database, titles)


async def queues_by_deployment() -> dict[str, Queue]:
    """Return the queue of each deployment that has open runs, in one query over the open runs alone."""
    found = (
        Run.objects.filter(IS_OPEN)
        .order_by()
        .values_list("deployment", "status", "waits_for")
        .annotate(Count("pk"), Min("created_at"))
    )
    groups: dict[str, list[_Group]] = {}
    async for deployment, *group in found:
        groups.setdefault(deployment, []).append(_Group(*group))
    return {name: _queue(of_one) for name, of_one in groups.items()}


class _Group(NamedTuple):
    """The open runs of one deployment that stand alike."""

    status: str
    waits_for: str
    runs: int
    oldest: datetime


def _queue(groups: Sequence[_Group]) -> Queue:
    counted: Counter[str] = Counter()
    parked_for: Counter[str] = Counter()
    for group in groups:
        counted[group.status] += group.runs
        if group.status == RunStatus.WAITING:
            parked_for[waits.ended_by(group.waits_for)] += group.runs
    oldest = min((group.oldest for group in groups if group.status == RunStatus.QUEUED), default=None)
    return Queue(counted[RunStatus.QUEUED], oldest, counted[RunStatus.RUNNING], parked_for)


async def _titles(run_ids: Sequence[str]) -> dict[str, str]:
    runs = Run.objects.filter(pk__in=run_ids[:TITLES]).order_by().values_list("pk", "title", "workflow")
    return {pk: title or workflow async for pk, title, workflow in runs}
