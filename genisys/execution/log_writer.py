"""The writer of one attempt: gathers the run's events and step results into batches and appends them in order.

Deltas wait up to 40 ms or 4 KB, so that a token stream makes some 25 entries a second; the first piece of a block is
sent at once, and so is everything that a step awaits: the step sends it itself unless a batch is under way. Only one
batch is under way at a time: a slow Redis makes batches larger, not queues longer. A batch whose answer was lost is
sent again under its number; the script drops one that it has already. Batches of the last 5 s are kept, and sent again
to a Redis that lost them in a restart.
"""

from __future__ import annotations

import asyncio
import time
from collections import Counter, deque
from collections.abc import Callable
from typing import Any

from ..core.clock import now_ms
from ..core.logs import Logger
from ..errors import BatchRefused, LeaseLost, RunBroken
from ..log.fold import utf16_length
from ..redis_io import errors as store_errors
from ..secrets.run_secrets import RunSecrets
from ..store.protocol import RunStore
from ..store.records import Append, Appended, Lease

FLUSH_AFTER_S = 0.04
FLUSH_OVER_CHARS = 4096
DELTA_CHARS = 32 * 1024
"""Characters of one delta at most: as JSON they are below 256 KB, whatever they are."""
KEEP_SENT_S = 5.0
"""With `appendfsync everysec` a Redis that dies loses a second or two of what it had confirmed."""
RETRY_FIRST_S, RETRY_CAP_S = 0.05, 1.0

log = Logger("genisys.writer")


class LogWriter:
    """Appends for one lease. Not for use from several event loops.

    `on_lost` is called once when the lease turns out to be another's (or the run is gone or closed), `on_cancel` when
    the run's state carries a cancel, `on_signal` when the run was sent something more. A batch that cannot be written
    through a fault of its own is dropped whole: whoever waits for it gets RunBroken from `commit`, and where nobody
    does `on_broken` is called. After a loss every `commit` raises LeaseLost. `counted` is what this attempt has added
    to the run's counters so far.
    """

    def __init__(
        self,
        store: RunStore,
        lease: Lease,
        *,
        on_lost: Callable[[], None] = lambda: None,
        on_cancel: Callable[[], None] = lambda: None,
        on_signal: Callable[[int], None] = lambda signals: None,
        on_broken: Callable[[RunBroken], None] = lambda broken: None,
    ) -> None:
        self._store = store
        self._lease = lease
        self._on_lost = on_lost
        self._on_cancel = on_cancel
        self._on_signal = on_signal
        self._on_broken = on_broken
        self._signals = lease.meta.signals
        self._open = Append()
        self._waiters: list[asyncio.Future[None]] = []
        self._chars = 0
        self._number = 0
        self._sent: deque[tuple[int, Append, float]] = deque()
        self.counted: Counter[str] = Counter()
        self._lost = False
        self._sending = False
        self._late = False  # whether something came due while a step was sending a batch of its own
        self._unsure: int | None = None  # the batch whose sending was cancelled: Redis may have it or not
        self._cancel_seen = False
        self._wake = asyncio.Event()
        self._timer: asyncio.TimerHandle | None = None
        self._task: asyncio.Task[None] | None = None
        self.last_mark_ms = now_ms()
        self.secrets: RunSecrets | None = None

    def emit(self, type_: str, *, now: bool = False, **fields: Any) -> None:
        """Add an event to the next batch; with `now` the batch is sent as soon as it can be."""
        self.last_mark_ms = now_ms()
        if self.secrets is not None:
            fields = self.secrets.redactor.fields(fields)
        self._open.events.append({"type": type_, "at": self.last_mark_ms, **fields})
        self._plan(now)

    def delta(self, block: str, off: int, txt: str, *, now: bool, **fields: Any) -> None:
        """Add text to a block: at most DELTA_CHARS. Pieces that follow each other become one event."""
        self.last_mark_ms = now_ms()
        last = self._open.events[-1] if self._open.events else None
        self._chars += len(txt)
        if (
            last is not None
            and last["type"] == "text.delta"
            and last["block"] == block
            and len(last["txt"]) + len(txt) <= DELTA_CHARS
            and last["off"] + utf16_length(last["txt"]) == off
        ):
            last["txt"] += txt
            self._plan(now or self._chars >= FLUSH_OVER_CHARS)
            return
        self.emit("text.delta", now=now or self._chars >= FLUSH_OVER_CHARS, block=block, off=off, txt=txt, **fields)

    def record(self, name: str, packed: bytes) -> None:
        """Put a journal field into the next batch."""
        self._open.journal[name] = packed
        self._plan(False)

    def count(self, **amounts: int) -> None:
        """Add to the run's counters in the next batch."""
        for name, amount in amounts.items():
            if amount:
                self._open.increments[name] = self._open.increments.get(name, 0) + amount
                self.counted[name] += amount

    def begin(self, status: str) -> None:
        """Set the run's status with the next batch."""
        self._open.status = status

    async def commit(self) -> None:
        """Wait until all that was added so far is in Redis. Raises LeaseLost, RunBroken."""
        if self._lost:
            raise LeaseLost
        if self._sending or self._unsure is not None:
            waiter: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            self._waiters.append(waiter)
            self._wake_up()
            await waiter
            return
        # Nothing is under way: sending it here, not in the task, saves two turns of the loop for every step.
        batch, self._open, self._chars = self._open, Append(), 0
        if batch.empty():
            return
        self._sending = True
        try:
            await self._send(batch)
        except asyncio.CancelledError:
            # Whether Redis has it is not known; the task sends it again under its number.
            self._unsure = self._number
            raise
        except LeaseLost:
            self._lost = True
            raise
        finally:
            self._sending = False
            if self._waiters or self._late or self._lost or self._unsure is not None:
                self._late = False
                self._wake_up()

    async def close_with(
        self,
        *,
        status: str,
        terminal: bool,
        release: bool,
        meta: dict[str, str],
        due_ms: int | None = None,
        signals_known: int | None = None,
    ) -> None:
        """Write the attempt's last batch: the end of the run, or the release of its lease until `due_ms`."""
        self._open.status = status
        self._open.terminal = terminal
        self._open.release = self._lease.worker if release else ""
        self._open.meta.update(meta)
        if release:
            self._open.due_ms = now_ms() if due_ms is None else due_ms
            self._open.signals_known = signals_known
        await self.commit()

    async def stop(self) -> None:
        """End the writer's task. What was not committed is not written; what was sent is forgotten."""
        if self._timer:
            self._timer.cancel()
        self._lost = True
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        for waiter in self._waiters:
            if not waiter.done():
                waiter.set_exception(LeaseLost())
        self._sent.clear()
        # The callbacks refer back to the attempt: without this cycle it is freed at once, not when the collector runs.
        self._on_lost = self._on_cancel = lambda: None
        self._on_signal = lambda signals: None
        self._on_broken = lambda broken: None

    def _wake_up(self) -> None:
        """Have the task send what there is. Most runs never need the task: their steps await what they write."""
        if self._task is None:
            self._task = asyncio.create_task(self._run(), name=f"writer {self._lease.run_id}")
        self._wake.set()

    def _plan(self, now: bool) -> None:
        if now:
            self._late = self._sending
            self._wake_up()
        elif self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(FLUSH_AFTER_S, self._timer_rang)

    def _timer_rang(self) -> None:
        self._timer = None
        if not self._open.empty():
            self._late = self._sending
            self._wake_up()

    async def _run(self) -> None:
        while not self._lost:
            await self._wake.wait()
            self._wake.clear()
            if self._sending:
                continue  # The step that is sending wakes this again.
            self._sending = True
            batch, waiters = self._open, self._waiters
            self._open, self._waiters, self._chars = Append(), [], 0
            try:
                if self._unsure is not None:
                    # First, because the script takes batches in the order of their numbers only.
                    await self._send_from(self._unsure)
                    self._unsure = None
                if not batch.empty():
                    await self._send(batch)
            except LeaseLost:
                self._lost = True
                # No batch comes after this one: those who came meanwhile are answered too.
                self._waiters, waiters = [], waiters + self._waiters
            except RunBroken as broken:
                self._unsure = None
                self._break(waiters, broken)
            finally:
                self._sending = False
            self._answer(waiters)
        self._on_lost()

    def _answer(self, waiters: list[asyncio.Future[None]]) -> None:
        """End the wait of those who have not heard of a broken batch already."""
        for waiter in waiters:
            if waiter.done():
                continue
            if self._lost:
                waiter.set_exception(LeaseLost())  # one each: raising adds to an exception's traceback
            else:
                waiter.set_result(None)

    def _break(self, waiters: list[asyncio.Future[None]], broken: RunBroken) -> None:
        """Raise RunBroken in all that wait for the batch; where nothing does, report it to the attempt."""
        waiting = [waiter for waiter in waiters if not waiter.done()]
        for waiter in waiting:
            waiter.set_exception(_again(broken))
        if not waiting:
            self._on_broken(broken)

    async def _send(self, batch: Append) -> None:
        self._number += 1
        self._sent.append((self._number, batch, time.monotonic()))
        await self._send_one(self._number, batch)
        # The newest is kept however old it is: a cancelled `commit` sends it again.
        while self._sent and self._sent[0][2] < time.monotonic() - KEEP_SENT_S and self._sent[0][0] < self._number:
            self._sent.popleft()

    async def _send_from(self, number: int) -> None:
        for position, batch, _ in [entry for entry in self._sent if entry[0] >= number]:
            if not await self._send_one(position, batch):
                return

    async def _send_one(self, number: int, batch: Append) -> bool:
        """Send one batch; return False where it and those before it were sent again to fill a gap."""
        answer = await self._deliver(number, batch)
        if answer.cancelled and not self._cancel_seen:
            self._cancel_seen = True
            self._on_cancel()
        if answer.code == "ok" and answer.signals != self._signals:
            self._signals = answer.signals
            self._on_signal(answer.signals)
        if answer.code == "gap":
            await self._fill_gap(answer.batch)
            return False
        # "closed" in answer to a last batch: an earlier sending of it was written, and only its answer was lost.
        if answer.code not in ("ok", "duplicate") and not (batch.terminal and answer.code == "closed"):
            log.warning("append.refused", run_id=self._lease.run_id, code=answer.code)
            raise LeaseLost
        return True

    async def _fill_gap(self, held: int) -> None:
        """Send again what Redis lost in a restart. Raises LeaseLost where that is more than was kept."""
        if not self._sent or self._sent[0][0] > held + 1:
            log.warning("log.gap", run_id=self._lease.run_id, held=held)
            raise LeaseLost
        log.info("log.resent", run_id=self._lease.run_id, held=held)
        await self._send_from(held + 1)

    async def _deliver(self, number: int, batch: Append) -> Appended:
        delay = RETRY_FIRST_S
        while True:  # Without an end: a lease that runs out meanwhile ends it, as the attempt is interrupted.
            try:
                answer = await self._store.append(self._lease, number, batch)
            except store_errors.STORE_ERRORS as error:
                log.info("append.waiting", run_id=self._lease.run_id, error=str(error))
                await asyncio.sleep(delay)
                delay = min(delay * 2, RETRY_CAP_S)
            except Exception as error:
                self._drop(number)
                raise RunBroken from error
            else:
                if answer.code == "refused":
                    self._drop(number)
                    raise RunBroken from BatchRefused(f"A batch of this run could not be written: {_summary(batch)}.")
                return answer

    def _drop(self, number: int) -> None:
        """Forget a batch that cannot be written, so that the next one can take its number."""
        if self._sent and self._sent[-1][0] == number:
            self._sent.pop()
            self._number = number - 1


def _summary(batch: Append) -> str:
    """Return what can be wrong in a batch: not its events and results, which were checked before."""
    return f"counters {batch.increments!r:.200}, due {batch.due_ms!r:.40}"


def _again(broken: RunBroken) -> RunBroken:
    # Each waiter gets an exception of its own: raising one adds to its traceback.
    each = RunBroken()
    each.__cause__ = broken.__cause__
    return each
