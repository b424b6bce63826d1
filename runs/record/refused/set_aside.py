"""What the database or a decoder refused of one run: it is put aside with its cause, and everything behind it goes on.

Control puts aside, people try again (`again.py`). A fault that passes is never put aside: see `refusals.py`.
"""

from __future__ import annotations

import structlog
from asgiref.sync import sync_to_async
from django.db import transaction
from django.db.models import F
from django.utils import timezone

from runs.models import Run, SetAside
from runs.record.refused.refusals import cause_of, is_passing

What = SetAside.What

log = structlog.get_logger("runs.record.refused.set_aside")


def put(run_id: str, what: What, error: Exception) -> None:
    """Put that part of the run aside, or count one more refusal; name it in the log. Raises what is passing.

    Where the SetAside row itself is refused, only the log has it.
    """
    cause, now = cause_of(error), timezone.now()
    log.error("run.set_aside", run_id=run_id, what=str(what), cause=cause, exc_info=error)
    try:
        if not Run.objects.filter(pk=run_id).exists():
            return
        with transaction.atomic():
            row, is_new = SetAside.objects.get_or_create(run_id=run_id, what=what, defaults={"cause": cause})
            if not is_new:
                SetAside.objects.filter(pk=row.pk).update(cause=cause, last_at=now, tries=F("tries") + 1)
    except Exception as refused:
        if is_passing(refused):
            raise
        log.error("run.not_set_aside", run_id=run_id, what=str(what), cause=cause_of(refused))


aput = sync_to_async(put)


def clear(run_id: str, what: What) -> bool:
    """Mark this part of the run as set aside no longer; return whether it was."""
    count, _ = SetAside.objects.filter(run_id=run_id, what=what).delete()
    return bool(count)


aclear = sync_to_async(clear)


async def all_of(*what: What) -> set[str]:
    """Return the ids of the runs of which one of these parts is aside."""
    return {run_id async for run_id in SetAside.objects.filter(what__in=what).values_list("run_id", flat=True)}
