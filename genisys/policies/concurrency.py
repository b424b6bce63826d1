"""The concurrency policy: a limit on a component's bodies at once over the whole fleet, for each key by itself."""

from __future__ import annotations

import functools
import random
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any, ClassVar

from ..core.clock import now_ms
from ..core.definitions import check_function, count
from ..execution.scope import Scope, wait
from ..limits.slots import Ticket, patiently
from .policy import Call, Proceed

ASK_FIRST_MS, ASK_CAP_MS = 50, 500

_inside: ContextVar[frozenset[str]] = ContextVar("genisys_slots", default=frozenset())


@dataclass(frozen=True, slots=True)
class Concurrency:
    """Run at most `limit` bodies at once over the whole fleet; with `key(*args)`, for each key.

    First come, first served. The slot is held over all tries of a call, and comes free 10 s after its worker died; a
    run that leaves its worker, or whose worker died, takes the slot again when it goes on. A component must not call
    itself inside its slot. Outside a run there is no fleet: the body just runs.
    """

    rank: ClassVar[int] = 30

    limit: int
    key: Callable[..., str] | None = None

    def __post_init__(self) -> None:
        count(self.limit, where="Concurrency: limit", why="nothing would ever run")
        check_function(self.key, where="Concurrency: key", write="key=lambda page: page.site")

    async def run(self, call: Call, proceed: Proceed) -> Any:
        scope = call.step.scope
        if scope is None:
            return await proceed()
        key = self.key(*call.args, **call.kwargs) if self.key is not None else ""
        async with slot(scope, ["concurrency", call.component.name, str(key)], self.limit):
            return await proceed()


@asynccontextmanager
async def slot(
    scope: Scope,
    named: list[str],
    limit: int,
    *,
    reason: str = "slot",
    given_up: Callable[[], Any] | None = None,
) -> AsyncIterator[bool]:
    """Hold one of `limit` slots of that name while the block runs; waits for one.

    Where `given_up`, an async function that is called before each try, returns something true, the block runs without a
    slot. Yields whether there is one.
    """
    execution = scope.execution
    name = execution.shared_digest(named)
    _check_not_inside(name, named[1], reason)
    ticket = Ticket(name, f"{execution.lease.run_id}:{scope.key}", execution.lease.attempt)
    token = _inside.set(_inside.get() | {name})  # seen by whatever the block calls, in tasks of its own too
    try:
        yield await _taken(scope, ticket, limit, reason, given_up)
    finally:
        _inside.reset(token)
        # Also when the run only leaves its worker: nobody may wait for a run that waits.
        await execution.store.slots.free(ticket)


def _check_not_inside(name: str, called: str, reason: str) -> None:
    if name in _inside.get():
        raise ValueError(
            f"{called!r} calls itself while it holds its own place ({reason}), and would wait for itself for ever. "
            "Give the inner call another key, or another name with .named(...)."
        )


async def _taken(scope: Scope, ticket: Ticket, limit: int, reason: str, given_up: Callable[[], Any] | None) -> bool:
    """Wait for the ticket's slot; return False where it was given up before."""
    take = functools.partial(scope.execution.store.slots.take, ticket, limit)
    pause = float(ASK_FIRST_MS)
    while given_up is None or not await given_up():
        if not await patiently(take):
            return True
        # The queue is Redis's: asking again keeps the place in it, and jitter keeps the askers apart.
        jittered = now_ms() + round(random.uniform(0.5, 1.0) * pause)  # noqa: S311 - jitter, not a secret
        await wait(scope, reason=reason, until_ms=jittered)
        pause = min(pause * 1.5, ASK_CAP_MS)
    return False
