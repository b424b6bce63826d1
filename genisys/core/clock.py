"""The time as the library sees it: Redis's, or a test's own.

Hosts' clocks differ, Redis has one. Leases, gates, windows and places are judged in Redis. Other times that hosts write
or compare (when a sleep ends, when a step began) are Redis's time by `now_ms`: the host's, corrected by what exchanges
with Redis have shown. Each exchange proves that the difference lies between two bounds, a round trip apart, and the
correction is moved just into them. So the error is at most one round trip of the last exchange. A host whose clock is
right is never corrected; after a host's clock was set, the correction follows within a second in workers
(`LeaseStore.beat`), at the next sweep in control, and elsewhere at the next start or signal of a run.

A process talks to one Redis. A test's clock is in a context variable, so that two tests never share one and no other
thread sees it.
"""

from __future__ import annotations

import asyncio
import time
from contextvars import ContextVar
from typing import Protocol


class Clock(Protocol):
    """A time that replaces the real one. `genisys.testing.Clock` is the one for tests."""

    def now_ms(self) -> int: ...
    async def sleep(self, seconds: float) -> None: ...


current: ContextVar[Clock | None] = ContextVar("genisys_clock", default=None)


SET_ANEW_NS = 1_000_000_000
"""The time goes back only where it must by so much; for less it stands still, so that no effect precedes its cause."""

_ahead_ns = 0
_latest_ns = 0


def host_ns() -> int:
    """Return this host's own time, epoch nanoseconds: only for differences, and for `compare`."""
    return time.time_ns()


def compare(sent_ns: int, server_ns: int, received_ns: int, *, unit_ns: int = 1_000) -> None:
    """Learn from an exchange with Redis, which was at `server_ns` (in units of `unit_ns`) some time in between.

    `sent_ns` and `received_ns` are `host_ns` before and after it.
    """
    global _ahead_ns
    if current.get() is not None:
        return  # A script that is told a test's time answers with it.
    if received_ns >= sent_ns:  # else the host's clock was set meanwhile: this says nothing
        _ahead_ns = min(max(_ahead_ns, server_ns - received_ns), server_ns + unit_ns - sent_ns)


def stated_ms() -> int:
    """Return the time that scripts are given: 0, for Redis's own, or the time that a test has set."""
    clock = current.get()
    return 0 if clock is None else clock.now_ms()


def now_ms() -> int:
    """Return Redis's time by this host's clock and what is known of their difference: epoch milliseconds."""
    return now_ns() // 1_000_000


def now_ns() -> int:
    """Return what `now_ms` does, in epoch nanoseconds."""
    global _latest_ns
    clock = current.get()
    if clock is not None:
        return clock.now_ms() * 1_000_000
    now = host_ns() + _ahead_ns
    if now < _latest_ns < now + SET_ANEW_NS:
        return _latest_ns
    _latest_ns = now
    return now


async def sleep(seconds: float) -> None:
    """Sleep outside a run; a test's clock is advanced by that time instead."""
    clock = current.get()
    await (asyncio.sleep(seconds) if clock is None else clock.sleep(seconds))
