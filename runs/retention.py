"""What is forgotten when: the history of runs that ended long ago, and what webhooks were told.

The rows of runs, their steps and outputs stay.
"""

from __future__ import annotations

from datetime import timedelta

import structlog
from django.conf import settings
from django.utils import timezone

from genisys import FolderBlobs
from runs.models import Archive
from runs.webhooks.models import WebhookDelivery

AT_ONCE = 500
KEEP_DELIVERIES = timedelta(days=30)

log = structlog.get_logger("runs.retention")


async def remove_old_history(keep: timedelta | None = None) -> int:
    """Remove archives that are older than `keep` (GENISYS_KEEP_HISTORY_DAYS; 0 keeps them for ever); gives how many.

    With the history of a run go the bytes that it had received (GENISYS_BLOBS).

    Who follows such a run gets its `end` alone, and its page is drawn from its row.
    """
    keep = timedelta(days=settings.GENISYS_KEEP_HISTORY_DAYS) if keep is None else keep
    if not keep:
        return 0
    removed = 0
    while True:
        old = Archive.objects.filter(created_at__lt=timezone.now() - keep).order_by("pk").values_list("pk", flat=True)
        ids = [run_id async for run_id in old[:AT_ONCE]]
        if not ids:
            break
        for run_id in ids:
            await FolderBlobs(settings.GENISYS_BLOBS).forget(str(run_id))
        count, _ = await Archive.objects.filter(pk__in=ids).adelete()
        removed += count
    if removed:
        log.info("history.removed", runs=removed)
    return removed


async def remove_old_deliveries(keep: timedelta = KEEP_DELIVERIES) -> int:
    """Remove the deliveries of webhooks that are older than `keep`, sent or not; gives how many."""
    removed, _ = await WebhookDelivery.objects.filter(created_at__lt=timezone.now() - keep).adelete()
    return removed
