"""What an attempt holds in memory of its run's steps: what a body may look up again, and no more of a long run.

A body runs again from its start where it is retried or goes back to a checkpoint, and then finds the results of the
steps right below it. What stands below a finished step is never looked up again. Of the records that may be, those
beyond MOST_HELD_BYTES stay in the store alone.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from ..core.codec import unpack
from .fields import is_step, memory_of

MOST_HELD_BYTES = 8 * 1024 * 1024
_IN_STORE = b""
"""Stands in the journal for a record that only the store has."""


class HeldSteps:
    """The steps' records in an attempt's `journal`, which this changes. `finished` counts those of this attempt."""

    def __init__(self, journal: dict[str, bytes]) -> None:
        self._journal = journal
        self._bytes = sum(len(packed) for name, packed in journal.items() if is_step(name))
        self.finished = 0

    def finish(self, key: str, packed: bytes, below: Iterable[str]) -> None:
        """Hold the record of a step that has finished in place of what it remembered and of the steps below it."""
        for each in below:
            self._bytes -= len(self._journal.pop(each, b""))
        self._journal.pop(memory_of(key), None)
        self.finished += 1
        if self._bytes + len(packed) > MOST_HELD_BYTES:
            packed = _IN_STORE
        self._journal[key] = packed
        self._bytes += len(packed)

    def record(self, key: str) -> Any:
        """Return the record of a finished step, None where only the store has it.

        Of a long run it is held until it was asked for, and no longer.
        """
        packed = self._journal[key]
        if packed == _IN_STORE:
            return None
        if self._bytes > MOST_HELD_BYTES:
            self._journal[key] = _IN_STORE
            self._bytes -= len(packed)
        return unpack(packed)

    def drop(self, key: str) -> None:
        """Forget a record, so that its step runs again."""
        self._bytes -= len(self._journal.pop(key))
