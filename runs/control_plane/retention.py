"""What is forgotten when: the history of runs that ended long ago, and old deliveries of webhooks.

The rows of runs, their steps and outputs stay.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

import structlog
from django.conf import settings
from django.utils import timezone

from genisys.host import FolderBlobs, apart
from runs.engines import engine
from runs.models import FORGOTTEN, Archive, Run, ShareLink, Step
from runs.record import set_aside
from runs.record.refusals import is_passing
from runs.record.set_aside import What
from runs.webhooks.models import WebhookDelivery

AT_ONCE = 500
KEEP_DELIVERIES = timedelta(days=30)

log = structlog.get_logger("runs.control_plane.retention")


async def remove_old_history(keep: timedelta | None = None) -> int:
    """Remove archives that are older than `keep` (GENISYS_KEEP_HISTORY_DAYS; 0 keeps them for ever); return how many.

    With the history of a run go the bytes that it had received (GENISYS_BLOBS). Whoever follows such a run gets its
    `end` alone, and its page is drawn from its row.
    """
    keep = timedelta(days=settings.GENISYS_KEEP_HISTORY_DAYS) if keep is None else keep
    if not keep:
        return 0
    removed = 0
    aside = await set_aside.all_of(What.HISTORY)
    old = Archive.objects.filter(created_at__lt=timezone.now() - keep).order_by("pk").values_list("pk", flat=True)
    after = ""
    while ids := [run_id async for run_id in old.filter(pk__gt=after)[:AT_ONCE]]:
        after = ids[-1]
        _, refused = await apart([run_id for run_id in ids if run_id not in aside], _forgotten, is_passing)
        removed += len(ids) - len(aside.intersection(ids)) - len(refused)
        for run_id, error in refused.items():
            await set_aside.aput(run_id, What.HISTORY, error)
    if removed:
        log.info("history.removed", runs=removed)
    return removed


async def _forgotten(run_ids: Sequence[str]) -> dict[str, None]:
    """Remove the history of these runs. The bytes go first: left behind, nothing would refer to them any more."""
    blobs = FolderBlobs(settings.GENISYS_BLOBS)
    for run_id in run_ids:
        await blobs.forget(run_id)
    await Archive.objects.filter(pk__in=run_ids).adelete()
    return {}


async def forget_history(run_id: str) -> None:
    """Remove the history of one run."""
    await _forgotten([run_id])


async def forget_content(run_ids: Sequence[str]) -> None:
    """Remove for good what runs that have ended took, found and gave: in Redis, their history, steps and share links.

    Their rows stay, with what they cost and when, titled FORGOTTEN. Raises STORE_ERRORS before anything is
    removed from the database.
    """
    for run_id in run_ids:
        await engine().expire(run_id, 0)
    await _forgotten(run_ids)
    runs = Run.objects.filter(pk__in=run_ids)
    await Step.objects.filter(run__in=runs).adelete()
    await ShareLink.objects.filter(run__in=runs).adelete()
    await runs.aupdate(title=FORGOTTEN, input={}, sealed_input="", output=None, error=None, fork_input="")


async def remove_old_deliveries(keep: timedelta = KEEP_DELIVERIES) -> int:
    """Remove the deliveries of webhooks that are older than `keep`, sent or not; return how many."""
    removed, _ = await WebhookDelivery.objects.filter(created_at__lt=timezone.now() - keep).adelete()
    return removed
