"""Durations in the public face: a timedelta, or a bare number of seconds."""

from __future__ import annotations

from datetime import timedelta
from typing import overload


@overload
def seconds(value: float | timedelta) -> float: ...
@overload
def seconds(value: float | timedelta | None) -> float | None: ...
def seconds(value: float | timedelta | None) -> float | None:
    """Give the duration in seconds."""
    return value.total_seconds() if isinstance(value, timedelta) else value
