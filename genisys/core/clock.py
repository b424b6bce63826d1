"""The time as the library sees it: Redis's, or a test's own.

Hosts' clocks differ, Redis has one. Whatever judges a lease, a gate, a window or a place does so in Redis. What hosts
write or compare beside that (when a sleep ends, when a step began) is Redis's time by `now_ms`: the host's, corrected
by what exchanges with Redis have shown. Each exchange proves that the difference lies between two bounds, a round trip
apart, and the correction is moved no further than into them. So the error is at most one round trip of the last
exchange; a host whose clock is right is never corrected, and one whose clock is set anew is within a second in workers
(`LeaseStore.beat`), at the next sweep in control and at the next start or signal of a run elsewhere.

A process speaks to one Redis. A test's clock stands in a context variable, so that two tests never share one and no
other thread sees it.
"""

from __future__ import annotations

import asyncio
import time
from contextvars import ContextVar
from typing import Protocol


class Clock(Protocol):
    """What stands for the time. `genisys.testing.Clock` is the one that tests set."""

    def now_ms(self) -> int: ...
    async def sleep(self, seconds: float) -> None: ...


current: ContextVar[Clock | None] = ContextVar("genisys_clock", default=None)


SET_ANEW_NS = 1_000_000_000
"""By how much the time must go back to be followed. Below that it stands still, so that nothing is before its cause."""

_ahead_ns = 0
_latest_ns = 0


def host_ns() -> int:
    """Return this host's own time, epoch nanoseconds: only to be compared with itself, or by `compare`."""
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
    """Return what scripts are told of the time: 0, for Redis's own, or the time that a test has set."""
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
    """Sleep outside a run; a test's clock goes on by that time instead."""
    clock = current.get()
    await (asyncio.sleep(seconds) if clock is None else clock.sleep(seconds))
