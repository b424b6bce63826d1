"""A counted piece of work: how far it is, and how long it still takes at the pace of what was done last. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from runs.presentation import words

PACE_FROM = 5
"""With fewer pieces done there is no pace yet."""

LAST = 25
"""So many of the last ones make the pace: the first wait for caches and models to warm up."""


@dataclass(frozen=True, slots=True)
class ProgressView:
    """A counted piece of work; only where the whole is known. `left` says how long it takes, where a pace is known."""

    done: int
    total: int
    unit: str
    text: str
    left: str = ""


def progress_view(mark: dict[str, Any] | None, ended_ms: Iterable[int] = ()) -> ProgressView | None:
    """Return a progress mark with its words; None where the whole is not known.

    `ended_ms` are the ends of the pieces that it counts, in ms, from which the pace is taken.
    """
    if not mark or mark["total"] <= 0:
        return None
    unit = f" {mark['unit']}" if mark["unit"] else ""
    text = f"{mark['done']:,} of {mark['total']:,}{unit}"
    return ProgressView(mark["done"], mark["total"], mark["unit"], text, _left(mark["total"] - mark["done"], ended_ms))


def _left(to_come: int, ended_ms: Iterable[int]) -> str:
    ended = sorted(at for at in ended_ms if at)[-LAST:]
    if to_come <= 0 or len(ended) < PACE_FROM:
        return ""
    return words.time_left(to_come * (ended[-1] - ended[0]) / (len(ended) - 1) / 1000)
