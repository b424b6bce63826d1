"""What a reader of a run may rightly see: each event once, in order, to the end, and the text that was written.

One `Reader` is one viewer's view of one run. It folds the one text that the benchmark's writer writes into a digest,
so that a thousand viewers cost no memory, and counts every breach of the wire's promises in `Faults`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import asdict, dataclass, fields
from typing import Any

BLOCK = "text"
"""The block that holds what the writer writes, and whose digest is compared."""


@dataclass(slots=True)
class Faults:
    """How often a promise was broken, each counted in events, gaps or viewers."""

    lost: int = 0
    doubled: int = 0
    reordered: int = 0
    silent_gaps: int = 0
    after_end: int = 0
    wrong_text: int = 0
    unended: int = 0
    refused: int = 0

    def add(self, other: Faults) -> None:
        for each in fields(self):
            setattr(self, each.name, getattr(self, each.name) + getattr(other, each.name))

    def total(self) -> int:
        return sum(asdict(self).values())

    def sentence(self) -> str:
        return ", ".join(f"{count} {name}" for name, count in asdict(self).items() if count) or "none"


@dataclass(frozen=True, slots=True)
class Written:
    """What the writer wrote to one run: the number of its events and the SHA-256 of its text."""

    last: int
    digest: str


def digest_of(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


class Reader:
    """One viewer of one run, with the rules of the wire for a cursor. Text is counted in characters of the BMP."""

    __slots__ = ("_compacted", "_hash", "_length", "_missing", "cursor", "ended", "faults", "live", "log_id", "resyncs")

    def __init__(self) -> None:
        self.cursor = 0
        self.log_id: str | None = None
        self.faults = Faults()
        self.resyncs = 0
        self.live = False
        self.ended = False
        self._compacted = False
        self._missing: set[int] = set()
        self._begin("")

    @property
    def digest(self) -> str:
        return self._hash.hexdigest()

    def batch(self, log_id: str, first: int, events: Iterable[dict[str, Any]]) -> None:
        """Take a batch. `first` is what its head says; a head that its events do not bear out is a gap."""
        if self.ended:
            self.faults.after_end += 1
            return
        if self.log_id is not None and log_id != self.log_id:
            self.faults.silent_gaps += 1  # another log, and nobody said so
        self.log_id = log_id
        begun = False
        for event in events:
            seq, covers = event["seq"], event.get("covers", 1)
            if not begun and first != seq - covers + 1:
                self.faults.silent_gaps += 1
            begun = True
            if seq <= self.cursor:
                self._late(seq)
                continue
            if seq - covers > self.cursor:
                self.faults.silent_gaps += 1
                missed = range(self.cursor + 1, seq - covers + 1)
                self.faults.lost += len(missed)
                self._missing.update(missed)
            self.cursor = seq
            self._compacted = self._compacted or covers > 1
            self._apply(event)

    def _late(self, seq: int) -> None:
        if seq in self._missing:
            self._missing.remove(seq)
            self.faults.lost -= 1
            self.faults.reordered += 1
        else:
            self.faults.doubled += 1

    def _apply(self, event: dict[str, Any]) -> None:
        if event.get("block") != BLOCK:
            return
        kind = event["type"]
        if kind == "text.delta":
            had = self._length - event["off"]
            if had < 0:
                self.faults.wrong_text += 1
            news = event["txt"][had:] if had > 0 else event["txt"]
            self._hash.update(news.encode())
            self._length += len(news)
        elif kind == "text.reset":
            self._begin("")
        elif kind == "text.final":
            # Of history that came compacted, pieces may be left out that this one stands for.
            if self._length and not self._compacted and self.digest != digest_of(event["txt"]):
                self.faults.wrong_text += 1
            self._begin(event["txt"])

    def _begin(self, text: str) -> None:
        self._hash = hashlib.sha256(text.encode())
        self._length = len(text)

    def resync(self, frame: dict[str, Any]) -> None:
        """Begin anew, from the server's state where it gives one. A resync is no fault: it says what it does."""
        if self.ended:
            self.faults.after_end += 1
            return
        self.resyncs += 1
        self.log_id = frame["log_id"]
        self.live = False
        self._missing.clear()
        state = frame.get("state")
        self.cursor = frame["seq"] if state else 0
        self._begin(state["blocks"].get(BLOCK, {"txt": ""})["txt"] if state else "")

    def end(self, seq: int) -> None:
        if self.ended:
            self.faults.after_end += 1
            return
        self.ended = True
        if seq > self.cursor:
            self.faults.silent_gaps += 1
            self.faults.lost += seq - self.cursor
            self.cursor = seq

    def closing_account(self, written: Written) -> Faults:
        """Return all that went wrong, once the run has ended and this viewer has had the time to see it."""
        faults = Faults()
        faults.add(self.faults)
        if not self.ended:
            faults.unended += 1
            faults.lost += max(0, written.last - self.cursor)
        elif self.cursor < written.last:
            faults.lost += written.last - self.cursor
        if self.digest != written.digest:
            faults.wrong_text += 1
        return faults
