"""Epoch milliseconds, as logs have them, and the aware times of the rows."""

from __future__ import annotations

from datetime import UTC, datetime


def moment(ms: int) -> datetime | None:
    """Turn epoch milliseconds into an aware time; 0 means not yet."""
    return datetime.fromtimestamp(ms / 1000, UTC) if ms else None


def epoch_ms(at: datetime | None) -> int:
    """Return a time in epoch milliseconds; 0 for none."""
    return int(at.timestamp() * 1000) if at else 0
