"""What the control plane's clock does each minute: look, judge, follow the episodes, and tell."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from asgiref.sync import sync_to_async
from django.conf import settings
from django.utils import timezone

from staff.alerts import episodes, sending
from staff.alerts.facts import facts_at
from staff.alerts.rules import Limits, judged


def limits() -> Limits:
    """Return from when on something is wrong, as the settings have it."""
    return Limits(
        queue=timedelta(minutes=settings.GENISYS_ALERT_QUEUE_MINUTES),
        silence=timedelta(minutes=settings.GENISYS_ALERT_SILENT_MINUTES),
        spend_times=settings.GENISYS_ALERT_SPEND_TIMES,
        spend_usd=settings.GENISYS_ALERT_SPEND_USD,
        failures=settings.GENISYS_ALERT_FAILURES,
    )


async def tick(**_: Any) -> None:
    """Receive `clock_ticked`: judge what is so now, and send what is due."""
    now = timezone.now()
    found = judged(await facts_at(now), limits())
    await sync_to_async(episodes.follow)(found, now)
    await sending.send_due(now)
    await sync_to_async(episodes.forget_old)()
