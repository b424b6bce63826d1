"""Times and lengths of time as people write them in an address: "24h", "7d", an ISO date or time. Pure."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta

from runs.presentation import words

_LENGTH = re.compile(r"(\d{1,6})(m|h|d|w)")
_UNITS = {"m": timedelta(minutes=1), "h": timedelta(hours=1), "d": timedelta(days=1), "w": timedelta(weeks=1)}
_DAYS_FROM = timedelta(days=2)
_LONGEST = timedelta(days=36_500)


def length_of(text: str) -> timedelta | None:
    """Return the length of time that "30m", "1h", "2d" or "3w" is; None for anything else."""
    found = _LENGTH.fullmatch(text)
    return min(int(found[1]) * _UNITS[found[2]], _LONGEST) if found else None


def moment_of(text: str, now: datetime) -> datetime | None:
    """Return the aware time that `text` is: that long before `now`, or an ISO date (its start) or time.

    A time without an offset is one of `now`'s zone. None for anything else.
    """
    if (before := length_of(text)) is not None:
        return now - before
    try:
        at = _iso(text)
        return (at if at.tzinfo else at.replace(tzinfo=now.tzinfo)).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _iso(text: str) -> datetime:
    if len(text) == 10:
        return datetime.combine(date.fromisoformat(text), time.min)
    # A plus sign in an address is a space, unless whoever wrote it knew.
    return datetime.fromisoformat(text.replace(" ", "+") if text.count(":") > 1 and "T" in text else text)


def spoken(length: timedelta) -> str:
    """Return a length of time in words, as finely as it matters: "0.8 s", "42 s", "31 min", "3 h 5 min", "2 d 4 h"."""
    seconds = max(length.total_seconds(), 0)
    if 60 <= seconds < 3600:
        return f"{int(seconds // 60)} min"
    if seconds < _DAYS_FROM.total_seconds():
        return words.duration(seconds)
    hours = int(seconds // 3600)
    return f"{hours // 24} d {hours % 24} h"
