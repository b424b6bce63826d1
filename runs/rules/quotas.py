"""How much one person may start: a number of unfinished runs at once, and a number of starts an hour.

Each is a setting; 0 is no limit. The person's row is locked while their runs are counted and the new one is
written (in SQLite the transaction holds the only write lock), so two starts that race cannot both be the last one
allowed. Runs without an owner are not limited: nobody can start them from outside.
"""

from __future__ import annotations

from datetime import timedelta

from asgiref.sync import sync_to_async
from django.conf import settings
from django.contrib.auth import get_user_model
from django.db import connection, transaction
from django.db.models import Count, Q
from django.utils import timezone

from genisys import UserError
from runs.models import OPEN_STATUSES, Run

HOUR = timedelta(hours=1)
LOOK_AGAIN_S = 60.0
"""When to try again where a run has to end first, which may be any time."""


class QuotaReached(UserError):
    """The person may not start one more run just now. `retry_after` says when trying again may help."""

    permanent = False


def record(run: Run, *, by_owner: bool = True) -> Run:
    """Record the new run, or return the earlier one of the same owner and idempotency key, which counts as no start.

    What staff start for somebody counts as that person's (`by_owner` is False then). Raises QuotaReached.
    """
    with transaction.atomic():
        if run.owner_id is not None and connection.features.has_select_for_update:
            list(get_user_model()._default_manager.select_for_update().filter(pk=run.owner_id).values_list("pk"))
        if (earlier := same_key(run)) is not None:
            return earlier
        if run.owner_id is not None:
            _admit(run.owner_id, by_owner)
        run.save(force_insert=True)
        return run


async def arecord(run: Run, *, by_owner: bool = True) -> Run:
    """The same for async callers."""
    recorded: Run = await sync_to_async(record)(run, by_owner=by_owner)
    return recorded


def same_key(run: Run) -> Run | None:
    """Return the run that the same owner started under the same idempotency key."""
    if not run.idempotency_key:
        return None
    return Run.objects.filter(owner_id=run.owner_id, idempotency_key=run.idempotency_key).first()


def _admit(owner_id: int, by_owner: bool) -> None:
    they = "You have" if by_owner else "The owner of this run has"
    most_open, most_an_hour = settings.GENISYS_OPEN_RUNS_PER_PERSON, settings.GENISYS_STARTS_PER_HOUR
    mine, now = Run.objects.filter(owner_id=owner_id), timezone.now()
    open_, recent = Q(status__in=OPEN_STATUSES), Q(created_at__gt=now - HOUR)
    counted = mine.filter(open_ | recent).aggregate(open=Count("pk", open_), recent=Count("pk", recent))
    if most_open and counted["open"] >= most_open:
        raise QuotaReached(
            f"{they} {most_open} runs that are not finished, which is as many as one person may have. "
            "Wait until one has ended, or stop one.",
            retry_after=LOOK_AGAIN_S,
        )
    if most_an_hour and counted["recent"] >= most_an_hour:
        started = mine.filter(recent).order_by("-created_at").values_list("created_at", flat=True)
        # The one that has to be an hour old before there is room again.
        blocking = started[most_an_hour - 1]
        wait_s = max(1.0, (blocking + HOUR - now).total_seconds())
        raise QuotaReached(
            f"{they} started {most_an_hour} runs within an hour, which is as many as one person may. "
            f"Try again in {_minutes(wait_s)}.",
            retry_after=wait_s,
        )


def _minutes(seconds: float) -> str:
    minutes = max(1, round(seconds / 60))
    return "a minute" if minutes == 1 else f"{minutes} minutes"
