"""Compaction: the same history in fewer events.

A text that was streamed is some hundred deltas, and then one `text.final` that repeats it all. Readers of history need
neither the pieces nor what was overwritten. What is left out or joined is accounted for: an event that stands for
several carries their number in `covers`, so a reader still sees every hole, and folding gives the same state.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from .fold import utf16_length

Event = dict[str, Any]


def first_seq(event: Event) -> int:
    """Return the first of the events that this one stands for."""
    return int(event["seq"] - event.get("covers", 1) + 1)


def contiguous(events: Iterable[Event], after: int) -> list[Event]:
    """Return the events that follow `after` one by one, up to the first hole."""
    run: list[Event] = []
    for event in events:
        if event["seq"] <= after:
            continue
        if first_seq(event) > after + 1:
            break
        run.append(event)
        after = event["seq"]
    return run


def compacted(events: Iterable[Event]) -> list[Event]:
    """Return events that follow one another without what later ones supersede. Changes none of them; may be repeated.

    Deltas of a block that continue each other become one, at the place of the last, or several where one would be too
    large for an event; those before a `text.reset` of their block go, and before a `text.final` that has the whole
    text. The first event of a block stays where it is: it gives the block its place.
    """
    kept: dict[int, Event | _Pieces] = {}
    last: dict[str, list[_Pieces]] = {}
    after = -1
    for event in events:
        if after < 0:
            after = first_seq(event) - 1
        kept[event["seq"]] = event
        kind = event["type"]
        if not kind.startswith("text."):
            continue
        block = event["block"]
        if block not in last:
            last[block] = []
        elif kind == "text.delta":
            _join(event, last[block], kept)
        elif kind == "text.final" and "off" in event:
            last[block] = []  # It only ends the text: the deltas before it are still needed.
        else:
            # A reset, or a final with the whole text: what the block had before is not seen any more.
            for superseded in last[block]:
                del kept[superseded.seq]
            last[block] = []
    return _covering(kept, after)


def _join(delta: Event, pieces: list[_Pieces], kept: dict[int, Event | _Pieces]) -> None:
    """Put a delta to its block's last pieces, or begin new ones where it does not fit to them."""
    if pieces and pieces[-1].takes(delta):
        del kept[pieces[-1].seq]
    else:
        pieces.append(_Pieces(delta["off"]))
    pieces[-1].add(delta)
    kept[pieces[-1].seq] = pieces[-1]


def _covering(kept: Mapping[int, Event | _Pieces], after: int) -> list[Event]:
    """Return the events that are kept, each covering those since the one before that are not."""
    compact: list[Event] = []
    for seq, held in kept.items():
        event = held.event() if isinstance(held, _Pieces) else held
        if event.get("covers", 1) != seq - after:
            event = {**event, "covers": seq - after}
        compact.append(event)
        after = seq
    return compact


JOINED_UNITS = 40_000
"""UTF-16 units of text in one joined delta at most: as JSON they are below 256 KB, whatever they are."""


class _Pieces:
    """Deltas of one block that continue each other, the last of them at `seq`."""

    def __init__(self, start: int) -> None:
        self._start = self.end = start
        self._last: Event = {}
        self._texts: list[str] = []

    def takes(self, event: Event) -> bool:
        """Return whether the delta continues these, and there is room for it."""
        return self.end == event["off"] and self.end - self._start + utf16_length(event["txt"]) <= JOINED_UNITS

    def add(self, event: Event) -> None:
        self._last = event
        self._texts.append(event["txt"])
        self.end += utf16_length(event["txt"])

    @property
    def seq(self) -> int:
        return int(self._last["seq"])

    def event(self) -> Event:
        return {**self._last, "off": self._start, "txt": "".join(self._texts)}
