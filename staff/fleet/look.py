"""One look at the fleet: what the engine, the gates, Redis and the record say of it just now."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from asgiref.sync import sync_to_async
from django.db.models import Count, Min

from genisys import Provider
from genisys.host import STORE_ERRORS, Deployment, Deployments, GateState, ServerFacts, WorkerInfo, Workers
from runs.engines import engine
from runs.models import IS_OPEN, Run, RunStatus
from runs.providers import providers
from staff.fleet.database import DatabaseFacts, database_facts

HOURS = 24
TITLES = 500
"""Of so many held runs the title is looked up; further ones are shown by their id."""


@dataclass(frozen=True, slots=True)
class Queue:
    """The open runs of one deployment: that wait to start and since when the oldest does, under way, and parked."""

    waiting: int = 0
    oldest: datetime | None = None
    running: int = 0
    parked: int = 0

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
        .values("deployment", "status")
        .annotate(runs=Count("pk"), oldest=Min("created_at"))
    )
    by_status: dict[str, dict[str, tuple[int, datetime]]] = {}
    async for row in found:
        by_status.setdefault(row["deployment"], {})[row["status"]] = row["runs"], row["oldest"]
    return {name: _queue(counted) for name, counted in by_status.items()}


def _queue(counted: dict[str, tuple[int, datetime]]) -> Queue:
    waiting, oldest = counted.get(RunStatus.QUEUED, (0, None))
    running, parked = (counted.get(status, (0, None))[0] for status in (RunStatus.RUNNING, RunStatus.WAITING))
    return Queue(waiting, oldest, running, parked)


async def _titles(run_ids: Sequence[str]) -> dict[str, str]:
    runs = Run.objects.filter(pk__in=run_ids[:TITLES]).order_by().values_list("pk", "title", "workflow")
    return {pk: title or workflow async for pk, title, workflow in runs}
