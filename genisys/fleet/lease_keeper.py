"""The thread that keeps leases and the heartbeat, so that a busy or blocked event loop does not lose them."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from ..core.logs import Logger
from ..limits.redis_slots import RedisSlots
from ..redis_io.errors import is_silence, store_is_away
from ..redis_io.keys import LEASE_S, SHORTEST_LEASE_S
from ..store.leases import LeaseStore
from ..store.records import Lease, WorkerInfo

EVERY_S = 1.0  # ten tries within a lease
ENDING_S = 0.5
"""So long before its lease may run out a run is given up: its code takes a moment to end."""
LOOK_AGAIN_S = 0.25

log = Logger("genisys.keeper")


def checked_lease(seconds: float) -> float:
    """Return the seconds of a lease. Raises ValueError where a renewal that hangs could not be tried again in time."""
    if not seconds >= SHORTEST_LEASE_S:
        raise ValueError(f"A lease of {seconds:g} s: it must be {SHORTEST_LEASE_S:g} s or more")
    return seconds


@dataclass(slots=True)
class _Hold:
    """A lease, and the moment (monotonic) from which it is ours for its whole length. `silent`: nobody has answered
    since, not even to refuse.
    """

    lease: Lease
    since_s: float
    silent: bool = True


class LeaseKeeper:
    """Once a second renews every held lease and slot and sends the heartbeat. Callbacks are called in its thread.

    A lease that could not be renewed in time is given up, `on_lost`, before another worker can take the run: this host
    alone may be cut off from Redis. Not so where Redis refuses, or is gone: it is so for all, and a run whose lease has
    run out meanwhile is nearly always still ours when it is back.

    With `places`, runs of an owner also hold one of the owner's places, which is renewed with the lease. While the loop
    `is_blocked`, nothing reaches the runs' code: a run that is to be cancelled is then ended in Redis. Its code can
    write nothing from then on, and is stopped when the loop turns again. `on_drain` is called when the worker is asked
    to take no more runs, and when that is taken back.
    """

    def __init__(
        self,
        redis_url: str,
        *,
        lease_s: float = LEASE_S,
        describe: Callable[[], WorkerInfo],
        on_lost: Callable[[Lease], None],
        on_cancel: Callable[[Lease], None],
        on_signal: Callable[[Lease, int], None],
        slots: RedisSlots,
        places: bool = False,
        is_blocked: Callable[[], bool] = lambda: False,
        on_drain: Callable[[bool], None] = lambda drains: None,
    ) -> None:
        self._store = LeaseStore(redis_url, lease_ms=round(lease_s * 1000))
        self._describe = describe
        self._on_lost = on_lost
        self._on_cancel = on_cancel
        self._on_signal = on_signal
        self._places = places
        self._is_blocked = is_blocked
        self._on_drain = on_drain
        self._drains = False
        self._wake = threading.Event()
        self._slots = slots
        self._lasts_s = lease_s - ENDING_S
        self._held: dict[str, _Hold] = {}  # shared with the loop's thread: single dict operations only, they are atomic
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="lease-keeper", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._stop.set()
        self._wake.set()
        self._thread.join(timeout=5)  # a command under way takes 3 s at most
        self._store.close()

    def hurry(self) -> None:
        """Send a heartbeat now, not only when it is due."""
        self._wake.set()

    def hold(self, lease: Lease, asked_s: float) -> None:
        """Keep a lease that was asked for at that time (monotonic)."""
        self._held[lease.run_id] = _Hold(lease, asked_s)

    def drop(self, lease: Lease) -> None:
        self._held.pop(lease.run_id, None)

    async def give_up_in_time(self) -> None:
        """Give up, until cancelled, each lease that may run out before it is renewed. On the loop: the thread may be
        waiting for an answer just then.
        """
        while True:
            now_s, ends = time.monotonic(), [time.monotonic() + self._lasts_s]
            for hold in list(self._held.values()):
                end_s = hold.since_s + self._lasts_s
                if end_s > now_s or not hold.silent:
                    ends.append(max(end_s, now_s + LOOK_AGAIN_S))
                    continue
                log.warning("lease.given_up", run_id=hold.lease.run_id, why="Redis has not answered for so long")
                self.drop(hold.lease)
                self._on_lost(hold.lease)
            await asyncio.sleep(min(ends) - now_s)

    def _run(self) -> None:
        compared = False
        while True:
            try:
                if not compared:  # Later beats compare the clocks themselves; the first one needs the time already.
                    self._store.compare_clocks()
                    compared = True
                self._round()
            except Exception as error:
                if not store_is_away(error):
                    raise
                log.info("keeper.waiting", error=str(error))
                for hold in list(self._held.values()):
                    hold.silent = is_silence(error)
            self._wake.wait(EVERY_S)
            self._wake.clear()
            if self._stop.is_set():
                return

    def _round(self) -> None:
        holds = list(self._held.values())
        answers = self._store.beat(self._describe(), [hold.lease for hold in holds], self._renewed)
        for hold, answer in zip(holds, answers, strict=True):
            lease = hold.lease
            if self._held.get(lease.run_id) is not hold:
                continue  # Given up while the answer was on its way: not ours any more, and no loss.
            if isinstance(answer, Exception):
                hold.silent = is_silence(answer)
                continue  # Its server is away: the next beat tries again.
            ours, cancelled, signals = answer
            if not ours:
                self.drop(lease)
                self._on_lost(lease)
            elif cancelled:
                self._on_cancel(lease)
                if self._is_blocked() and self._store.end_cancelled(lease):
                    log.warning("run.cancelled_behind_a_block", run_id=lease.run_id)
            elif signals != lease.meta.signals:
                self._on_signal(lease, signals)
        if self._store.asked_to_drain != self._drains:
            self._drains = self._store.asked_to_drain
            self._on_drain(self._drains)
        self._store.also(self._slots.keep)
        if self._places:
            self._keep_places()

    def _renewed(self, lease: Lease, asked_s: float) -> None:
        hold = self._held.get(lease.run_id)
        if hold is not None and hold.lease == lease:
            hold.since_s, hold.silent = asked_s, True

    def _keep_places(self) -> None:
        owned = [hold.lease for hold in list(self._held.values()) if hold.lease.meta.owner]
        for lease in self._store.hold_places(owned):
            # Asked again: a run that has just been dropped has given its place up, and must not get it back.
            if lease.run_id in self._held:
                self._store.take_place(lease)
