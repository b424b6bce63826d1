"""The facts that the rules judge: asked of the engine, the gates and the record."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta

from asgiref.sync import sync_to_async
from django.db.models import Sum

from genisys.host import STORE_ERRORS, WorkerInfo, Workers
from runs.engines import engine
from runs.models import Run, RunStatus, Step
from runs.providers import providers
from staff.alerts.rules import Facts, QueueFacts, SilentRun
from staff.fleet.look import Queue, queues_by_deployment
from staff.money.models import Spend

HOUR = timedelta(hours=1)
USUAL_DAYS = 7
LONGEST_RUN = timedelta(days=2)
"""A run that began earlier does not count among the failures of the last hour: to look for it would read them all."""
FAILED_RUNS, FAILED_STEPS = 500, 5000
MICRO = 1_000_000


async def facts_at(now: datetime) -> Facts:
    """Return what is so at that time. While Redis is away, what only it knows is None."""
    queues = await queues_by_deployment()
    spent, usual = await sync_to_async(spending)(now)
    failures = await sync_to_async(failing_components)(now)
    try:
        workers = [worker for worker, state in await Workers(engine()).all() if state != "dead"]
        down = {}
        for provider in providers():
            gate = await engine().store.gates.look(provider.gate)
            if gate.is_open:
                down[provider.name] = gate.row
    except STORE_ERRORS as error:
        return Facts(now, type(error).__name__, spent_usd=spent, usual_usd=usual, failures=failures)
    return Facts(
        now,
        queues=with_workers(queues, workers),
        held=await _held(workers),
        down=down,
        spent_usd=spent,
        usual_usd=usual,
        failures=failures,
    )


def with_workers(queues: Mapping[str, Queue], workers: Iterable[WorkerInfo]) -> dict[str, QueueFacts]:
    """Return the queues, each with how many workers its deployment has."""
    counted = Counter(worker.deployment for worker in workers)
    return {
        name: QueueFacts(queue.waiting, queue.oldest, queue.running, counted[name]) for name, queue in queues.items()
    }


async def _held(workers: Iterable[WorkerInfo]) -> list[SilentRun]:
    marks = {
        run_id: (worker.id, datetime.fromtimestamp(mark_ms / 1000, UTC))
        for worker in workers
        for run_id, mark_ms in worker.marks.items()
        if mark_ms
    }
    runs = Run.objects.filter(pk__in=list(marks)[:FAILED_RUNS]).order_by().values_list("pk", "title", "workflow")
    titles = {pk: title or workflow async for pk, title, workflow in runs}
    return [SilentRun(run_id, titles.get(run_id, run_id), *mark) for run_id, mark in marks.items()]


def spending(now: datetime) -> tuple[float, float]:
    """Return what is known to be spent in the last hour, and in an hour of the week before it, in US dollars."""
    begin = now - HOUR
    week = Spend.objects.filter(model="", at__gte=begin - timedelta(days=USUAL_DAYS), at__lt=begin)
    hour = Spend.objects.filter(model="", at__gte=begin, at__lte=now)
    spent, before = (each.aggregate(all=Sum("known_cost_microusd"))["all"] or 0 for each in (hour, week))
    return spent / MICRO, before / MICRO / (USUAL_DAYS * 24)


def failing_components(now: datetime) -> dict[str, int]:
    """Return of which components runs failed in the last hour, and of each how many runs did."""
    failed = Run.objects.filter(status=RunStatus.FAILED, created_at__gte=now - LONGEST_RUN, ended_at__gte=now - HOUR)
    run_ids = list(failed.order_by().values_list("pk", flat=True)[:FAILED_RUNS])
    steps = Step.objects.filter(run_id__in=run_ids, status="failed").order_by()
    rows = list(steps.values_list("run_id", "key", "parent_key", "name")[:FAILED_STEPS])
    # A step that failed because one inside it did is not the cause.
    above = {(run_id, parent) for run_id, _, parent, _ in rows}
    causes = {(run_id, name) for run_id, key, _, name in rows if (run_id, key) not in above}
    return dict(Counter(name for _, name in causes))
