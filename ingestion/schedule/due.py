"""Sites whose schedule says that it is time: the control plane's clock has them read again.

Several clocks may tick at once: each site is taken by the one that moves its time on.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import structlog
from django.utils import timezone

from genisys import UserError
from ingestion.models import Site
from ingestion.schedule.starting import read_again, under_way
from ingestion.schedule.times import next_time

AT_ONCE = 100
TRY_AGAIN_AFTER = timedelta(hours=1)
"""Where the owner has started as many runs as one person may."""

log = structlog.get_logger("ingestion.schedule")


def start_due(**_: Any) -> int:
    """Receive `clock_ticked`: start the readings that are due, and return how many were started."""
    now = timezone.now()
    due = Site.objects.filter(next_reading_at__lte=now, owner__is_active=True).select_related("owner")
    return sum(_start(site) for site in due.order_by("next_reading_at", "pk")[:AT_ONCE])


def _start(site: Site) -> bool:
    now = timezone.now()
    taken = Site.objects.filter(pk=site.pk, next_reading_at=site.next_reading_at)
    if not taken.update(next_reading_at=next_time(site.schedule, now)) or under_way(site) is not None:
        return False
    assert site.owner is not None
    try:
        run = read_again(site.owner, site)
    except UserError as error:
        later = now + TRY_AGAIN_AFTER
        Site.objects.filter(pk=site.pk).exclude(next_reading_at=None).update(next_reading_at=later)
        log.warning("site.not_read_again", site=str(site.pk), why=error.message)
        return False
    log.info("site.read_again", site=str(site.pk), run_id=run.pk)
    return True


def set_schedule(site: Site, schedule: str) -> None:
    """Say how often the site is read again, counted from its last reading; one that is overdue is read soon."""
    site.schedule = schedule
    site.next_reading_at = next_time(schedule, site.read_at or timezone.now())
    site.save(update_fields=["schedule", "next_reading_at"])
