"""How long a reading will still take, from the pace of the pages it has read. Pure."""

from __future__ import annotations

from typing import Any

from runs.presentation import words

PACE_FROM = 5
"""With fewer pages behind it a reading has no pace yet."""
LAST = 25
"""So many of the last pages make the pace: the first ones wait for a model to wake up."""


def words_for_time_left(state: dict[str, Any]) -> str:
    """Return “about 3 minutes left”, or "" where that cannot be told. The same in every tab, for the same events."""
    seconds = seconds_left(state)
    return "" if seconds is None else words.time_left(seconds)


def seconds_left(state: dict[str, Any]) -> float | None:
    """Return the seconds that the pages to come will take at the pace of the last ones; None without a pace."""
    stages = [page["stage"] for page in state["items"].get("page", {}).values()]
    to_come = sum(stage in ("chosen", "reading") for stage in stages)
    steps = state["steps"].values()
    ended = sorted(
        step["ended_at"] for step in steps if step["name"] in ("read_page", "mark_failed") and step["ended_at"]
    )
    if not to_come or len(ended) < PACE_FROM:
        return None
    last = ended[-LAST:]
    took_ms: int = last[-1] - last[0]
    return to_come * took_ms / (len(last) - 1) / 1000
