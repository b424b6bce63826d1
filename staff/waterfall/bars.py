"""Bars over time: where on the axis each try, wait and group of steps stands, in percent. Pure.

A page may have no inline style, so a bar is a rectangle of an SVG whose attributes say where it is.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from runs.presentation import words
from staff.waterfall.node import OPEN, Node

LEAST_PERCENT = 0.3
TICKS = 5
MOST_TICKS_OF_A_GROUP = 60
_WAITS = ("backoff", "wait", "queued")
_NARROW_Y, _NARROW_HEIGHT = 9, 4
_Y, _HEIGHT = 5, 12


@dataclass(frozen=True, slots=True)
class Bar:
    """A rectangle: left edge and width in percent of the axis, upper edge and height in pixels of a row of 22."""

    kind: str
    x: float
    width: float
    y: int
    height: int


@dataclass(frozen=True, slots=True)
class Axis:
    """The stretch of time that is drawn, in epoch milliseconds; never empty."""

    from_ms: int
    to_ms: int

    def x(self, at_ms: int) -> float:
        share = (at_ms - self.from_ms) / (self.to_ms - self.from_ms)
        return round(100 * min(max(share, 0.0), 1.0), 2)

    def bar(self, kind: str, from_ms: int, to_ms: int) -> Bar:
        x = min(self.x(from_ms), 100 - LEAST_PERCENT)
        width = max(round(self.x(to_ms) - x, 2), LEAST_PERCENT)
        narrow = kind in _WAITS
        return Bar(kind, x, width, _NARROW_Y if narrow else _Y, _NARROW_HEIGHT if narrow else _HEIGHT)

    def ticks(self) -> list[str]:
        """Return what stands at equal distances under the axis."""
        whole = (self.to_ms - self.from_ms) / 1000
        return [words.duration(whole * part / (TICKS - 1)) if part else "0 s" for part in range(TICKS)]


def axis_of(nodes: Sequence[Node], spans: Sequence[Any], now_ms: int) -> Axis:
    """Return the axis on which all of these fit."""
    begins = [node.started_ms for node in nodes if node.started_ms] + [span[1] for span in spans if span[1]]
    first = min(begins, default=now_ms)
    ends = [end_of(node, now_ms) for node in nodes] + [span[2] or now_ms for span in spans]
    last = max(ends, default=first)
    return Axis(first, max(last, first + 1))


def end_of(node: Node, now_ms: int) -> int:
    """Return when the step ended; of one that goes on, now; of one that was cut off, when its last try was."""
    if node.ended_ms:
        return node.ended_ms
    if node.spans and node.spans[-1][2]:
        return int(node.spans[-1][2])
    return max(now_ms, node.started_ms) if node.status in OPEN else node.started_ms


def bars_of(node: Node, axis: Axis, now_ms: int) -> list[Bar]:
    """Return the bars of one step, its waits first, so that what it did lies over them."""
    kind = {"completed": "done", "failed": "failed", "stopped": "stopped"}.get(node.status, "work")
    if node.cached_from:
        kind = "cached"
    spans = node.spans or ((kind, node.started_ms, end_of(node, now_ms), ""),)
    if node.cached_from:
        spans = tuple(("cached" if span[0] == "done" else span[0], *span[1:]) for span in spans)
    return bars_of_spans(spans, axis, now_ms)


def bars_of_spans(spans: Iterable[Any], axis: Axis, now_ms: int) -> list[Bar]:
    """Return the bars of tries and waits; a try is left out where it only waited."""
    timed = [(kind, begin, end or max(now_ms, begin)) for kind, begin, end, _ in spans]
    waits = sorted((begin, end) for kind, begin, end in timed if kind in _WAITS)
    bars = [axis.bar(kind, begin, end) for kind, begin, end in timed if kind in _WAITS]
    for kind, begin, end in timed:
        if kind not in _WAITS:
            bars.extend(axis.bar(kind, *piece) for piece in _between(begin, end, waits))
    return bars


def _between(begin: int, end: int, waits: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """Return what is left of a stretch of time without those waits, which are in order; all of it if nothing is."""
    pieces = []
    at = begin
    for wait_begin, wait_end in waits:
        if wait_begin >= end or wait_end <= at:
            continue
        if wait_begin > at:
            pieces.append((at, wait_begin))
        at = wait_end
    if at < end:
        pieces.append((at, end))
    return pieces or [(begin, end)]


def bars_of_group(members: Sequence[Node], axis: Axis, now_ms: int) -> list[Bar]:
    """Return one bar from the first beginning to the last end, with a mark for each that failed, up to some."""
    first = min(node.started_ms for node in members)
    last = max(end_of(node, now_ms) for node in members)
    failed = [node for node in members if node.status == "failed"]
    step = max(1, len(failed) // MOST_TICKS_OF_A_GROUP)
    return [
        axis.bar("group", first, last),
        *(axis.bar("failed", node.started_ms, end_of(node, now_ms)) for node in failed[::step]),
    ]
