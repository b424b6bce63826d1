"""Writing down what was confirmed: the act and every run that it is about, so that nothing is added later."""

from __future__ import annotations

from uuid import UUID

from asgiref.sync import async_to_sync
from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import QuerySet

from runs.engines import nudge_control_sync
from runs.models import Run
from runs.rules import audit
from runs.rules.audit import Actor, Via
from staff.bulk.preview import MOST, acted_on
from staff.models import BulkAct, BulkItem

AT_ONCE = 1000


@transaction.atomic
def ask(person: User, action: str, runs: QuerySet[Run], *, key: UUID, query: str = "", why: str = "") -> BulkAct:
    """Write down that the act is to be done to these runs, those of them that it does something to; at most MOST.

    The same key gives the same act: a form that is sent twice asks for it once.
    """
    known = BulkAct.objects.filter(pk=key, by=person).first()
    if known is not None:
        return known
    run_ids = list(acted_on(action, runs).order_by("-created_at", "-id").values_list("pk", flat=True)[:MOST])
    act = BulkAct.objects.create(
        id=key,
        action=action,
        by=person,
        by_name=(person.email or person.get_username())[:254],
        why=why.strip()[:500],
        query=query,
        runs=len(run_ids),
    )
    BulkItem.objects.bulk_create((BulkItem(act=act, run_id=run_id) for run_id in run_ids), batch_size=AT_ONCE)
    async_to_sync(audit.record)(
        Actor(person, Via.PAGE, why), f"bulk {action}", None, act=str(act.pk), runs=len(run_ids), query=query
    )
    transaction.on_commit(nudge_control_sync)
    return act
