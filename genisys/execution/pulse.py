"""Signs of life of the code that runs: marks that reach every limit on silence around it.

Whatever a step emits, starts, ends or waits for marks it and the steps around it as alive. A wait is no silence.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar


class Pulse:
    """What one limit on silence knows of the code inside it. `on_mark(resting)` is called at every mark."""

    __slots__ = ("_on_mark", "_resting", "outer")

    def __init__(self, outer: Pulse | None, on_mark: Callable[[bool], None]) -> None:
        self.outer = outer
        self._on_mark = on_mark
        self._resting = 0

    def mark(self, rests: int = 0) -> None:
        self._resting += rests
        self._on_mark(self._resting > 0)


current: ContextVar[Pulse | None] = ContextVar("genisys_pulse", default=None)


def mark(rests: int = 0) -> None:
    """Mark the code here as alive; `rests` counts waits that begin (1) or end (-1)."""
    pulse = current.get()
    while pulse is not None:
        pulse.mark(rests)
        pulse = pulse.outer


@contextmanager
def rest() -> Iterator[None]:
    """Count what is inside as a wait: no silence, however long it takes."""
    mark(1)
    try:
        yield
    finally:
        mark(-1)
