"""What is forgotten when: the history of runs that ended long ago, old deliveries of webhooks, sessions that ran out.

The rows of runs, their steps and outputs stay. However much is due, it goes in short transactions.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta
from functools import partial
from typing import Any

import structlog
from django.conf import settings
from django.contrib.sessions.models import Session
from django.db.models import Model, QuerySet
from django.utils import timezone

from genisys.host import FolderBlobs, apart
from runs.engines import engine
from runs.models import FORGOTTEN, Archive, Run, ShareLink, Step
from runs.record.refused import set_aside
from runs.record.refused.refusals import is_passing
from runs.record.refused.set_aside import What
from runs.webhooks.models import WebhookDelivery

AT_ONCE = 100
"""So few that no lock lasts: SQLite has one for all writers, and a row of history may be a megabyte."""
BETWEEN_S = 0.02
"""Others come first: without a pause, the next piece would have SQLite's lock again before who waits for it looks."""
KEEP_DELIVERIES = timedelta(days=30)

log = structlog.get_logger("runs.control_plane.retention")


async def remove_old_history(keep: timedelta | None = None, stopping: asyncio.Event | None = None) -> int:
    """Remove archives that are older than `keep` (GENISYS_KEEP_HISTORY_DAYS; 0 keeps them for ever); return how many.

    With the history of a run go the bytes that it had received (GENISYS_BLOBS). Whoever follows such a run gets its
    `end` alone, and its page is drawn from its row.
    """
    keep = timedelta(days=settings.GENISYS_KEEP_HISTORY_DAYS) if keep is None else keep
    if not keep:
        return 0
    aside = await set_aside.all_of(What.HISTORY)
    old = Archive.objects.filter(created_at__lt=timezone.now() - keep).order_by("created_at")

    async def remove(run_ids: Sequence[str]) -> int:
        _, refused = await apart(run_ids, _forgotten, is_passing)
        for run_id, error in refused.items():
            aside.add(run_id)
            await set_aside.aput(run_id, What.HISTORY, error)
        return len(run_ids) - len(refused)

    removed = await _piece_by_piece(lambda: old.exclude(pk__in=aside), remove, stopping)
    if removed:
        log.info("history.removed", runs=removed)
    return removed


async def _piece_by_piece(
    left: Callable[[], QuerySet[Any]], remove: Callable[[Sequence[Any]], Awaitable[int]], stopping: asyncio.Event | None
) -> int:
    """Remove what is left in transactions of AT_ONCE rows, until nothing is or we are to stop; return how many went."""
    removed = 0
    stopping = stopping or asyncio.Event()
    while not stopping.is_set() and (keys := [key async for key in left().values_list("pk", flat=True)[:AT_ONCE]]):
        removed += await remove(keys)
        await asyncio.sleep(BETWEEN_S)
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


async def remove_old_deliveries(keep: timedelta = KEEP_DELIVERIES, stopping: asyncio.Event | None = None) -> int:
    """Remove the deliveries of webhooks that are older than `keep`, sent or not; return how many."""
    old = WebhookDelivery.objects.filter(created_at__lt=timezone.now() - keep).order_by("created_at")
    return await _piece_by_piece(lambda: old, partial(_deleted, WebhookDelivery), stopping)


async def remove_ended_sessions(stopping: asyncio.Event | None = None) -> int:
    """Remove the sessions that have run out, of which one is left by each sign-in; return how many."""
    ended = Session.objects.filter(expire_date__lt=timezone.now()).order_by("expire_date")
    return await _piece_by_piece(lambda: ended, partial(_deleted, Session), stopping)


async def _deleted(model: type[Model], keys: Sequence[Any]) -> int:
    removed, _ = await model._default_manager.filter(pk__in=keys).adelete()
    return removed
