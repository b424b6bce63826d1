"""What came of an act on many runs: how many were done, left alone or failed, why, and which."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Count

from staff.models import BulkAct, BulkItem

SHOWN = 100
Outcome = BulkItem.Outcome


@dataclass(frozen=True, slots=True)
class Record:
    """What came of an act so far. `reasons` are outcome, reason and count; `failed` the first SHOWN that failed."""

    done: int
    skipped: int
    failed: int
    left: int
    reasons: list[tuple[str, str, int]]
    failures: list[BulkItem]

    @property
    def tried(self) -> int:
        return self.done + self.skipped + self.failed


def record_of(act: BulkAct) -> Record:
    """Read what came of the act. Two queries."""
    grouped = act.items.order_by().values_list("outcome", "reason").annotate(Count("pk"))
    groups = sorted(grouped, key=lambda group: (group[0], -group[2], group[1]))
    counts = dict.fromkeys(Outcome.values, 0)
    for outcome, _, count in groups:
        counts[outcome] += count
    return Record(
        done=counts[Outcome.DONE],
        skipped=counts[Outcome.SKIPPED],
        failed=counts[Outcome.FAILED],
        left=counts[Outcome.OPEN],
        reasons=[group for group in groups if group[1]],
        failures=list(act.items.filter(outcome=Outcome.FAILED).order_by("pk")[:SHOWN]),
    )
