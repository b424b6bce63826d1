"""What is worth a person's attention, decided from plain facts. Pure.

A line says what is, since when, and leads to the runs that it speaks of. What goes well has no line.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from genisys.host import WorkerInfo
from runs.presentation import words
from staff.narrowing import waits
from staff.narrowing.filters import Filters
from staff.narrowing.moments import spoken
from staff.narrowing.selection import NO_BEAT
from staff.overview.facts import CAUSES, Facts, OpenRuns, midnight

QUEUED_FOR = timedelta(minutes=1)
"""A run that no worker took for so long is worth a line; before that it is on its way."""
SPENT_MORE = 1.5
SPENT_MUCH_MICROUSD = 1_000_000
"""A day is remarkable that has cost half as much again as the one before up to the same hour, and over a dollar."""

_ASIDE = {
    "record": "the record",
    "start": "the start",
    "mail": "the mail about the end",
    "webhooks": "the news for webhooks",
    "product": "the product’s part",
    "history": "the removal of old history",
}
NOT_RECORDED = "cause not recorded"


@dataclass(frozen=True, slots=True)
class Line:
    """One thing that needs a person. `kind` is a status, which gives its mark and colour.

    It leads to `page`, an address by its name; where that is the list of runs, `query` narrows it.
    """

    kind: str
    mark: str
    head: str
    more: str
    query: str
    page: str = "staff:runs"


@dataclass(frozen=True, slots=True)
class Fleet:
    """The workers in figures."""

    alive: int
    silent: int
    draining: int
    busy: int
    places: int


def lines_of(facts: Facts) -> list[Line]:
    """Return what needs a person now, the most pressing first."""
    found: list[Line] = []
    for look in (_without_workers, _stuck, _providers, _failed, _alerts, _aside, _asking, _queued, _spent):
        found += look(facts)
    return found


def fleet_of(workers: list[WorkerInfo], now: datetime) -> Fleet:
    """Return the workers in figures; one that has not beaten for NO_BEAT is silent, and counts for nothing else."""
    now_ms = int(now.timestamp() * 1000)
    alive = [worker for worker in workers if now_ms - worker.beat_ms <= NO_BEAT.total_seconds() * 1000]
    return Fleet(
        alive=len(alive),
        silent=len(workers) - len(alive),
        draining=sum(worker.draining for worker in alive),
        busy=sum(len(worker.runs) for worker in alive),
        places=sum(worker.concurrency for worker in alive),
    )


def _without_workers(facts: Facts) -> Iterator[Line]:
    if facts.workers is None:
        return
    served = {worker.deployment for worker in facts.workers if _lives(worker, facts.now)}
    for deployment in sorted({group.deployment for group in facts.open} - served):
        theirs = [group for group in facts.open if group.deployment == deployment]
        waiting = [group for group in theirs if not _rests(group)]
        if waiting:
            head = f"{_runs(sum(group.runs for group in waiting))} on deployment {deployment}, which has no workers"
            more = f"the oldest started {_ago(waiting, facts)} ago; start a worker for it"
            yield _line("failed", head, more, {"status": ("queued", "running"), "deployment": deployment})


def _stuck(facts: Facts) -> Iterator[Line]:
    if facts.stuck:
        verb = "is" if facts.stuck == 1 else "are"
        head = f"{_runs(facts.stuck)} {verb} stuck"
        yield _line("failed", head, "under way, but held by no living worker or silent for a minute", {"stuck": "1"})


def _providers(facts: Facts) -> Iterator[Line]:
    for name, says in sorted(facts.providers.items()):
        head = f"Nothing is asked of {name}, which is {says}"
        more = "runs that need it wait off their workers, and go on by themselves"
        yield Line("waiting", words.STATUS_MARKS["waiting"], head, more, "", "staff:fleet")


def _alerts(facts: Facts) -> Iterator[Line]:
    if facts.alerts:
        count = len(facts.alerts)
        head = f"{words.amount(count, 'alert')} {'is' if count == 1 else 'are'} open"
        yield Line("failed", words.STATUS_MARKS["failed"], head, facts.alerts[0], "", "staff:alerts")


def _failed(facts: Facts) -> Iterator[Line]:
    today = midnight(facts.now).date().isoformat()
    shown = facts.failures[:CAUSES]
    for group in shown:
        head = f"{_runs(group.runs)} failed today: {group.cause or NOT_RECORDED}"
        more = f"last {spoken(facts.now - group.last)} ago"
        yield _line("failed", head, more, {"status": ("failed",), "ended": today, "cause": group.cause})
    if rest := sum(group.runs for group in facts.failures[CAUSES:]):
        causes = words.amount(len(facts.failures) - CAUSES, "other cause")
        yield _line("failed", f"{_runs(rest)} failed today of {causes}", "", {"status": ("failed",), "ended": today})


def _aside(facts: Facts) -> Iterator[Line]:
    for what, runs in sorted(facts.aside.items()):
        head = f"{_ASIDE.get(what, what).capitalize()} of {_runs(runs)} is set aside"
        yield _line("waiting", head, "it was refused and waits to be tried again", {"aside": what})


def _asking(facts: Facts) -> Iterator[Line]:
    groups = [group for group in facts.open if group.status == "waiting" and group.waits_for in waits.REASONS["person"]]
    if groups:
        runs = sum(group.runs for group in groups)
        since = min((run.waits_since for run in facts.asking if run.waits_since), default=None)
        more = f"the first for {spoken(facts.now - since)}" if since else ""
        head = f"{_runs(runs)} {'waits' if runs == 1 else 'wait'} for a person"
        yield _line("waiting", head, more, {"waits": ("person",)})


def _queued(facts: Facts) -> Iterator[Line]:
    groups = [group for group in facts.open if _wants_worker(group) and facts.now - group.oldest > QUEUED_FOR]
    if groups:
        runs = sum(group.runs for group in groups)
        head = f"{_runs(runs)} {'waits' if runs == 1 else 'wait'} for a worker"
        yield _line("waiting", head, f"the oldest for {_ago(groups, facts)}", {"waits": ("worker",)})


def _spent(facts: Facts) -> Iterator[Line]:
    spend = facts.spend
    if spend.today >= max(SPENT_MUCH_MICROUSD, SPENT_MORE * spend.yesterday_by_now):
        before = words.cost(spend.yesterday_by_now) or "nothing"
        head = f"{words.cost(spend.today)} spent today"
        today = midnight(facts.now).date().isoformat()
        yield _line("waiting", head, f"{before} by this time yesterday", {"since": today, "cost": "0.01"})


def _line(kind: str, head: str, more: str, query: Mapping[str, str | tuple[str, ...]]) -> Line:
    return Line(kind, words.STATUS_MARKS[kind], head, more, Filters().query(**query))


def _lives(worker: WorkerInfo, now: datetime) -> bool:
    return now.timestamp() * 1000 - worker.beat_ms <= NO_BEAT.total_seconds() * 1000


def _rests(group: OpenRuns) -> bool:
    return group.status == "waiting" and bool(group.waits_for)


def _wants_worker(group: OpenRuns) -> bool:
    return group.status == "queued" or (group.status == "waiting" and not group.waits_for)


def _ago(groups: list[OpenRuns], facts: Facts) -> str:
    return spoken(facts.now - min(group.oldest for group in groups))


def _runs(count: int) -> str:
    return words.amount(count, "run")
