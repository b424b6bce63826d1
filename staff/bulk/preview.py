"""What an act on many runs would do: to how many, and which of them it leaves alone and why."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Count, QuerySet

from runs.models import OPEN_STATUSES, Run, RunStatus
from runs.presentation import words
from staff.models import BulkAct

Action = BulkAct.Action
MOST = 10_000
"""Runs of one act: what is more than anybody means is asked for in parts."""

TAKES: dict[str, tuple[str, ...]] = {
    Action.CANCEL: tuple(OPEN_STATUSES),
    Action.RETRY: (RunStatus.FAILED, RunStatus.CANCELLED),
}
"""By act, the statuses of the runs that it does something to."""

EFFECTS = {
    Action.CANCEL: "Each is asked to stop at its next step. What was done stays readable, and each can be retried.",
    Action.RETRY: "Each goes on from where it stopped: what is finished is not done, or paid, again.",
}


@dataclass(frozen=True, slots=True)
class Preview:
    """What an act would do. `fit` runs were chosen, `takes` of them are acted on; `leaves` says which are not."""

    action: str
    verb: str
    effect: str
    fit: int
    takes: int
    leaves: list[str]

    @property
    def too_many(self) -> bool:
        return self.takes > MOST


def preview_of(action: str, runs: QuerySet[Run]) -> Preview:
    """Count what the act would do to these runs. One query."""
    counted = dict(runs.order_by().values_list("status").annotate(Count("pk")))
    taken = TAKES[action]
    left = {status: count for status, count in counted.items() if status not in taken}
    return Preview(
        action=action,
        verb=Action(action).label,
        effect=EFFECTS[Action(action)],
        fit=sum(counted.values()),
        takes=sum(counted.values()) - sum(left.values()),
        leaves=[_left(status, count) for status, count in sorted(left.items())],
    )


def acted_on(action: str, runs: QuerySet[Run]) -> QuerySet[Run]:
    """Return those of the runs that the act does something to."""
    return runs.filter(status__in=TAKES[action])


_LEFT = {
    RunStatus.QUEUED: ("waits to start", "wait to start"),
    RunStatus.RUNNING: ("is under way", "are under way"),
    RunStatus.WAITING: ("waits", "wait"),
    RunStatus.COMPLETED: ("is done", "are done"),
    RunStatus.FAILED: ("has failed", "have failed"),
    RunStatus.CANCELLED: ("has been stopped", "have been stopped"),
}


def _left(status: str, count: int) -> str:
    one, many = _LEFT[RunStatus(status)]
    return f"{words.amount(count, 'run')} {one if count == 1 else many}"
