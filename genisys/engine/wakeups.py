"""Handing work out through docket: a wakeup says that a run is ready, and carries nothing but its id.

A wakeup may be lost, doubled or late: the lease in Redis is the truth, and the watch sends another for every run
that is due. One docket for each deployment. The queue is the `pydocket` package (Redis Streams consumer groups).
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from importlib import import_module
from typing import TYPE_CHECKING, Any, cast

from ..core.clock import now_ms, now_ns
from ..core.lazy import LazyModule
from ..core.logs import Logger
from ..redis_io.address import parse_address
from ..redis_io.connection import SentinelsOfPool, notice_closed, url_for_docket
from ..redis_io.errors import as_store_error, store_is_away

if TYPE_CHECKING:
    import docket as docket  # the worker has it from here
else:
    docket = LazyModule("docket")  # a third of what all of the library takes to import

log = Logger("genisys.wakeups")

TASK = "genisys_run"
SAME_WAKEUP_S = 5
PROMPT_S = 600.0
"""Whoever gave a wakeup sends it when it is due, where that is no further away; the workers do so for all."""
REMIND_EVERY_S, REMIND_AT_REST_S = 1.0, 5.0
"""How soon and how late workers look for wakeups that have come due; between these, when the next one is due."""
LISTEN_S = 5.0
"""How long one read of the queue waits while nothing is under way. What comes meanwhile is there at once."""
LOOK_AGAIN_S = 0.05
"""The same while wakeups are under way, and the pause where they are as many as may be."""
MOST_AT_ONCE = 50
"""Wakeups under way in one process: each takes a connection, and docket raises where it has a hundred."""
UNUSED_S = PROMPT_S + 60.0
"""After so long without a wakeup for a deployment its docket is closed when another one is opened: it has nothing left
to send. Each holds connections, and a process may see hundreds of deployments come and go.
"""
SILENCE_S = 65.0
"""After so long without an answer docket connects again. It reads its strikes for a minute at a time, and sets no limit
of its own: where the host of a Redis is gone unseen, the system gives the connection up after a quarter of an hour.
"""
BEAT = timedelta(seconds=30)
"""Docket's own list of workers, which nobody here reads: ours is `genisys:workers`."""


async def genisys_run(run_id: str) -> None:
    """Take the place of the workers' task in processes that only send wakeups."""
    raise RuntimeError(f"the wakeup for run {run_id} reached a process that runs nothing")


@asynccontextmanager
async def open_docket(deployment: str, redis_url: str) -> AsyncIterator[docket.Docket]:
    """Open the deployment's docket, in which the records of a wakeup expire after a minute. Raises STORE_ERRORS."""
    url = await url_for_docket(redis_url, SILENCE_S)
    opened = docket.Docket(
        name=f"genisys-{deployment}", url=url, execution_ttl=timedelta(minutes=1), heartbeat_interval=BEAT
    )
    async with AsyncExitStack() as stack:
        # Before it is entered: where that fails half way, docket leaves open what it has opened by then.
        stack.push_async_exit(opened)
        await opened.__aenter__()
        _connect_as_all_do(opened, redis_url)
        yield opened


def _connect_as_all_do(opened: docket.Docket, redis_url: str) -> None:
    """Have docket notice closed connections, and ask Sentinels for the master, as everything here does.

    It has not connected so far. In a cluster it has redis-py's client of one, which tries again by itself.
    """
    kind = parse_address(redis_url).kind
    for connection in (opened._redis, opened.strike_list._redis) if kind != "cluster" else ():
        for pool in () if connection is None else (connection._connection_pool, connection._pubsub_pool):
            assert pool is not None
            notice_closed(pool)
            if kind == "sentinel":
                cast(Any, pool).sentinel_manager = SentinelsOfPool(redis_url)


class _Patience(timedelta):
    """How long docket waits: it asks before each read, and before it pauses since it has no room."""

    heard: docket.Worker | None = None

    def total_seconds(self) -> float:
        return LOOK_AGAIN_S if self.heard is not None and self.heard._tasks_by_key else LISTEN_S


def listener(opened: docket.Docket, name: str, at_once: int) -> docket.Worker:
    """Return what hears the docket's wakeups, so many at once. It costs next to nothing while there are none.

    We cancel no wakeup, and a run that is cancelled reads it in its own state. docket would ask ten times a second; for
    wakeups that have come due it would ask as often as one of them may be late.
    """
    patience = _Patience()
    patience.heard = heard = docket.Worker(
        opened,
        name=name,
        concurrency=max(2, min(at_once, MOST_AT_ONCE)),
        redelivery_timeout=timedelta(seconds=10),
        minimum_check_interval=patience,
        reconnection_delay=timedelta(seconds=1),
        schedule_automatic_tasks=False,
    )

    async def no_cancels() -> None:
        if (session := heard._processing_session) is not None:
            session.cancellation_ready.set()
            await session.stopping.wait()

    async def remind(redis: Any) -> None:
        stopping = cast(Any, heard._processing_session).stopping
        while not stopping.is_set():
            in_s = await _remind_of_due(opened, redis)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(stopping.wait(), in_s)

    heard._cancellation_listener = no_cancels  # type: ignore[method-assign]
    heard._scheduler_loop = remind  # type: ignore[method-assign]
    return heard


async def _remind_of_due(opened: docket.Docket, redis: Any) -> float:
    """Send what has come due; return in how many seconds to look again."""
    try:
        waiting, _ = await docket.worker._stream_due_tasks(
            redis,
            queue_key=opened.queue_key,
            stream_key=opened.stream_key,
            now_timestamp=now_ms() / 1000,
            docket_prefix=opened.prefix,
        )
        first = await redis.zrange(opened.queue_key, 0, 0, withscores=True) if waiting else []
    except Exception as error:
        if not store_is_away(error):
            log.exception("wakeups.not_reminded")
        return REMIND_EVERY_S
    in_s = first[0][1] - now_ms() / 1000 if first else REMIND_AT_REST_S
    return min(max(in_s, REMIND_EVERY_S), REMIND_AT_REST_S)


def preload() -> None:
    """Import what is imported when it is first used, so that no run and no request waits for that."""
    import_module("docket")


@dataclass(slots=True)
class _Open:
    docket: docket.Docket
    close: Callable[[], Awaitable[None]]
    used_s: float


class Wakeups:
    """Sends wakeups, over a docket of its own for each deployment that there are wakeups for."""

    def __init__(self, redis_url: str) -> None:
        self._url = redis_url
        self._open: dict[str, _Open] = {}
        self._due: dict[str, asyncio.TimerHandle] = {}
        self._sending: set[asyncio.Task[None]] = set()

    async def give(
        self, run_id: str, *, deployment: str, attempt: int, at_ms: int | None = None, anew: bool = False
    ) -> None:
        """Announce that the run is ready, or will be at `at_ms`. Equal wakeups within SAME_WAKEUP_S seconds are one.

        `anew` makes it another wakeup: something has changed since the last one, which a worker may just be dropping.
        """
        try:
            await self._give(run_id, deployment, attempt, at_ms, anew)
        except Exception as error:
            raise as_store_error(error) from error

    async def _give(self, run_id: str, deployment: str, attempt: int, at_ms: int | None, anew: bool) -> None:
        opened = await self._opened(deployment)
        if at_ms is not None:
            key = f"{run_id}:{attempt}:at:{at_ms}"
            await opened.add(genisys_run, when=datetime.fromtimestamp(at_ms / 1000, UTC), key=key)(run_id)
            self._remember(opened, run_id, key, (at_ms - now_ms()) / 1000)
            return
        # docket adds a key only once: the key is what makes wakeups equal.
        moment = str(now_ns()) if anew else now_ns() // 1_000_000_000 // SAME_WAKEUP_S
        await opened.add(genisys_run, key=f"{run_id}:{attempt}:{moment}")(run_id)

    async def _opened(self, deployment: str) -> docket.Docket:
        found = self._open.get(deployment)
        if found is None:
            new = await self._new(deployment)
            found = self._open.setdefault(deployment, new)
            if found is not new:  # somebody else was opening it too
                await new.close()
            await self._close_unused()
        found.used_s = time.monotonic()
        return found.docket

    async def _new(self, deployment: str) -> _Open:
        stack = AsyncExitStack()
        opened = await stack.enter_async_context(open_docket(deployment, self._url))
        opened.register(genisys_run)
        return _Open(opened, stack.aclose, time.monotonic())

    async def _close_unused(self) -> None:
        now = time.monotonic()
        unused = [name for name, each in self._open.items() if now - each.used_s > UNUSED_S]
        await _close_all(self._open.pop(deployment) for deployment in unused)

    def _remember(self, opened: docket.Docket, run_id: str, key: str, in_s: float) -> None:
        """Send the wakeup when it is due. Where this process has ended by then, docket does, up to a second later."""
        if 0 < in_s <= PROMPT_S and key not in self._due:
            self._due[key] = asyncio.get_running_loop().call_later(in_s, self._remind, opened, run_id, key)

    def _remind(self, opened: docket.Docket, run_id: str, key: str) -> None:
        del self._due[key]
        task = asyncio.create_task(self._send(opened, run_id, key))
        self._sending.add(task)
        task.add_done_callback(self._sending.discard)

    async def _send(self, opened: docket.Docket, run_id: str, key: str) -> None:
        try:
            await opened.replace(genisys_run, when=datetime.fromtimestamp(now_ms() / 1000, UTC), key=key)(run_id)
        except Exception as error:
            if not store_is_away(error):
                raise
            log.info("wakeup.lost", run_id=run_id, error=str(error), then="the watch sends another")

    async def close(self) -> None:
        for timer in self._due.values():
            timer.cancel()
        self._due.clear()
        await asyncio.gather(*self._sending, return_exceptions=True)
        opened, self._open = self._open, {}
        await _close_all(opened.values())


async def _close_all(opened: Iterable[_Open]) -> None:
    """Close them all, even where one of them raises."""
    async with AsyncExitStack() as stack:
        for each in opened:
            stack.push_async_callback(each.close)
