"""When a site is read again: every day, week or month, at the hour of its last reading. The times alone; pure."""

from __future__ import annotations

from calendar import monthrange
from datetime import datetime, timedelta

_DAYS = {"day": 1, "week": 7}


def next_time(schedule: str, after: datetime) -> datetime | None:
    """Return when a site is to be read again, after a reading at that time; None where it is not.

    A month later is the same day of the next month, or its last one where it has no such day.
    """
    if schedule in _DAYS:
        return after + timedelta(days=_DAYS[schedule])
    if schedule != "month":
        return None
    year, month = (after.year, after.month + 1) if after.month < 12 else (after.year + 1, 1)
    return after.replace(year=year, month=month, day=min(after.day, monthrange(year, month)[1]))
