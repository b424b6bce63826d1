"""Handing work out through docket: a wakeup says that a run is ready, and carries nothing but its id.

A wakeup may be lost, doubled or late: the lease in Redis is the truth, and the watch sends another for every run
that is due. One docket for each deployment. The queue is the `pydocket` package (Redis Streams consumer groups).
"""

from __future__ import annotations

from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta
from importlib import import_module
from typing import TYPE_CHECKING

from ..core.clock import now_ns
from ..core.lazy import LazyModule
from ..redis_io.connection import url_for_docket
from ..redis_io.errors import as_store_error

if TYPE_CHECKING:
    import docket as docket  # the worker has it from here
else:
    docket = LazyModule("docket")  # a third of what all of the library takes to import

TASK = "genisys_run"
SAME_WAKEUP_S = 5


async def genisys_run(run_id: str) -> None:
    """Take the place of the workers' task in processes that only send wakeups."""
    raise RuntimeError(f"the wakeup for run {run_id} reached a process that runs nothing")


async def open_docket(deployment: str, redis_url: str) -> docket.Docket:
    """Return the deployment's docket, in which the records of a wakeup expire after a minute. Raises STORE_ERRORS."""
    url = await url_for_docket(redis_url)
    return docket.Docket(name=f"genisys-{deployment}", url=url, execution_ttl=timedelta(minutes=1))


def preload() -> None:
    """Import what is imported when it is first used, so that no run and no request waits for that."""
    import_module("docket")


class Wakeups:
    """Sends wakeups, over one docket connection for each deployment."""

    def __init__(self, redis_url: str) -> None:
        self._url = redis_url
        self._dockets: dict[str, docket.Docket] = {}
        self._stack = AsyncExitStack()

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
        opened = self._dockets.get(deployment)
        if opened is None:
            opened = await open_docket(deployment, self._url)
            opened.register(genisys_run)
            self._dockets[deployment] = await self._stack.enter_async_context(opened)
        when = None if at_ms is None else datetime.fromtimestamp(at_ms / 1000, UTC)
        # docket adds a key only once: the key is what makes wakeups equal.
        moment = str(now_ns()) if anew else now_ns() // 1_000_000_000 // SAME_WAKEUP_S
        key = f"{run_id}:{attempt}:{moment}{'' if at_ms is None else f':{at_ms}'}"
        await opened.add(genisys_run, when=when, key=key)(run_id)

    async def close(self) -> None:
        await self._stack.aclose()
        self._dockets.clear()
