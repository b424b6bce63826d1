"""Durations in the public face: a timedelta, or a bare number of seconds."""

from __future__ import annotations

import math
from datetime import timedelta
from typing import overload

LONGEST_WAIT = timedelta(days=28)
"""The longest that a run may wait at a time: a run's keys expire in Redis 30 days after the last write."""


@overload
def seconds(value: float | timedelta) -> float: ...
@overload
def seconds(value: float | timedelta | None) -> float | None: ...
def seconds(value: float | timedelta | None) -> float | None:
    """Return the duration in seconds."""
    return value.total_seconds() if isinstance(value, timedelta) else value


def waitable(value: object, *, where: str) -> float:
    """Return the seconds of a duration for which a run can wait. Raises TypeError or ValueError that name `where`."""
    if isinstance(value, timedelta):
        value = value.total_seconds()
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise TypeError(f"{where}: give seconds or a timedelta; this is of type {type(value).__name__}")
    if math.isnan(value) or value < 0:
        raise ValueError(f"{where}: {value!r:.40} is no duration; give seconds, 0 or more")
    if value > LONGEST_WAIT.total_seconds():
        raise ValueError(
            f"{where}: {value!r:.40} seconds are more than a run can wait at a time, {LONGEST_WAIT.days} days. "
            "Wait several times, one after the other."
        )
    return float(value)
