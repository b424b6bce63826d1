"""The frames that readers of a run get, the same over WebSocket, SSE and NDJSON, and how they are encoded.

    batch   run, log_id, first, last, events     events of the log, in order; contiguous with what came before.
                                                 History comes compacted: an event with `covers` stands for that many
    live    run, seq, log_id, key                all there is has been sent; what follows is new. `key` is a number
                                                 by which this process names the run in `text` frames
    text    key, seq, block, off, txt            a piece of text, for readers who asked for brief news: the one event
                                                 `text.delta` of a batch, without what a fold does not need
    resync  run, log_id, reason, seq, state      start again: from `state` at `seq`, or where there is no `state`
                                                 from an empty one at 0. What follows begins behind that
    end     run, seq, status                     the log is closed and all of it has been sent
    ping    run, seq                             nothing new; all up to `seq` has been sent
    error   run, code, message                   the run cannot be read

Reasons of a resync: `log_id` (this is another log), `ahead` (the log lost its end), `trimmed` (the log lost
what comes next). A reader drops what it has, asks again on a gap, and stops only on `end`.
"""

from __future__ import annotations

import json
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from pydantic_core import from_json, to_json

from .compaction import compacted, first_seq
from .fold import State

_IN_BRIEF = ("seq", "block", "off", "txt")
_PIECE = {"type", "at", "attempt", *_IN_BRIEF}
BATCH_BYTES = 256 * 1024
"""A batch carries at most this many bytes of events, or one event that is larger."""
UNREADABLE = (
    "The log of this run cannot be read. What it made is kept; whoever runs this site sees the cause in the log."
)


def _encoded(data: Any) -> bytes:
    """Return the data as JSON that every browser reads, whatever a log holds: NaN and infinities become null."""
    return to_json(data, inf_nan_mode="null")


class Frame(Mapping[str, Any]):
    """One frame. Reads like the dict it stands for; `text` is its JSON, made once for all who send it.

    A batch holds only its encoded events, and is decoded when it is first read as a dict, which no sender does.
    """

    __slots__ = ("_data", "_text", "log_id", "run", "seq", "t")

    def __init__(self, data: dict[str, Any]) -> None:
        self.t: str = data["t"]
        self.run: str = data["run"]
        self.seq: int = data.get("seq", 0)
        self.log_id: str = data.get("log_id", "")
        self._text = ""
        self._data: dict[str, Any] | None = data

    @classmethod
    def unreadable(cls, run: str) -> Frame:
        """Return the frame that ends a stream where the run's log cannot be read."""
        return cls({"t": "error", "run": run, "code": 410, "message": UNREADABLE})

    @property
    def text(self) -> str:
        if not self._text:
            self._text = _encoded(self._data).decode()
        return self._text

    def _decoded(self) -> dict[str, Any]:
        if self._data is None:
            self._data = json.loads(self.text)
        return self._data

    def __getitem__(self, name: str) -> Any:
        return self._decoded()[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._decoded())

    def __len__(self) -> int:
        return len(self._decoded())

    def __repr__(self) -> str:
        return f"<{self.t} of {self.run} to {self.seq}>"


class BatchFrame(Frame):
    """Events `first` to `seq` of a log, each encoded once. `seqs` are the events' own."""

    __slots__ = ("__weakref__", "_brief", "events", "first", "key", "piece", "seqs", "size")

    def __init__(self, run: str, log_id: str, first: int, seqs: Sequence[int], events: Sequence[bytes]) -> None:
        super().__init__({"t": "batch", "run": run, "seq": seqs[-1], "log_id": log_id})
        self._data = None
        self.first = first
        self.seqs = seqs
        self.events = events
        self.size = sum(map(len, events))
        self.key = 0
        self.piece: dict[str, Any] | None = None
        self._brief = ""

    @property
    def brief(self) -> str:
        """The JSON for readers who had `live` and asked for brief news; made once, too."""
        if self.piece is None:  # Only a single delta has a brief form.
            return self.text
        if not self._brief:
            piece = {name: self.piece[name] for name in _IN_BRIEF}
            self._brief = _encoded({"t": "text", "key": self.key, **piece}).decode()
        return self._brief

    @property
    def text(self) -> str:
        if not self._text:
            head = {
                "t": self.t,
                "run": self.run,
                "log_id": self.log_id,
                "first": self.first,
                "last": self.seq,
            }
            start = json.dumps(head, separators=(",", ":"))[:-1]
            self._text = f'{start},"events":[{b",".join(self.events).decode()}]}}'
        return self._text

    def copy(self) -> BatchFrame:
        """Return the same batch without its cached text."""
        return BatchFrame(self.run, self.log_id, self.first, self.seqs, self.events)

    def behind(self, cursor: int) -> BatchFrame:
        """Return the part after `cursor`, which lies in this batch or just before it."""
        had = bisect_right(self.seqs, cursor)
        if had == 0:
            return self
        return BatchFrame(self.run, self.log_id, self.seqs[had - 1] + 1, self.seqs[had:], self.events[had:])


def batches(run: str, log_id: str, events: Iterable[dict[str, Any]]) -> list[BatchFrame]:
    """Encode events that follow one another into batches of at most BATCH_BYTES."""
    made: list[BatchFrame] = []
    seqs: list[int] = []
    part: list[bytes] = []
    size = first = 0
    for event in events:
        encoded = _encoded(event)
        if part and size + len(encoded) > BATCH_BYTES:
            made.append(BatchFrame(run, log_id, first, seqs, part))
            seqs, part, size = [], [], 0
        if not part:
            first = first_seq(event)
        seqs.append(event["seq"])
        part.append(encoded)
        size += len(encoded)
    if part:
        made.append(BatchFrame(run, log_id, first, seqs, part))
    return made


def news(run: str, log_id: str, key: int, events: Sequence[dict[str, Any]]) -> list[BatchFrame]:
    """Encode events that were read as they came. A single piece of text can be sent in brief."""
    made = batches(run, log_id, events)
    if len(events) == 1 and events[0]["type"] == "text.delta" and events[0].keys() == _PIECE:
        made[0].key, made[0].piece = key, events[0]
    return made


def merged(frames: Sequence[BatchFrame]) -> BatchFrame:
    """Join batches that follow one another, as many as fit into BATCH_BYTES; at least the first."""
    size = 0
    seqs: list[int] = []
    events: list[bytes] = []
    for frame in frames:
        if events and size + frame.size > BATCH_BYTES:
            break
        seqs.extend(frame.seqs)
        events.extend(frame.events)
        size += frame.size
    if len(events) == len(frames[0].events):
        return frames[0]
    return BatchFrame(frames[0].run, frames[0].log_id, frames[0].first, seqs, events)


def compact(frame: BatchFrame) -> BatchFrame:
    """Return the batch without what its own events supersede."""
    events = compacted(from_json(encoded) for encoded in frame.events)
    if len(events) == len(frame.events):
        return frame
    seqs = [event["seq"] for event in events]
    return BatchFrame(frame.run, frame.log_id, frame.first, seqs, [_encoded(event) for event in events])


def live(run: str, seq: int, log_id: str, key: int) -> Frame:
    return Frame({"t": "live", "run": run, "seq": seq, "log_id": log_id, "key": key})


def ping(run: str, seq: int) -> Frame:
    return Frame({"t": "ping", "run": run, "seq": seq})


def end(run: str, seq: int, status: str) -> Frame:
    return Frame({"t": "end", "run": run, "seq": seq, "status": status})


def resync(run: str, log_id: str, reason: str, state: State | None = None) -> Frame:
    frame: dict[str, Any] = {"t": "resync", "run": run, "log_id": log_id, "reason": reason, "seq": 0}
    if state is not None:
        frame |= {"seq": state["seq"], "state": state}
    return Frame(frame)
