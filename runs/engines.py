"""The process's hold on the engine: one Engine for each event loop, connected when it is first used."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from contextvars import ContextVar
from typing import ParamSpec, TypeVar
from weakref import WeakKeyDictionary

from asgiref.sync import async_to_sync
from django.conf import settings

from genisys.host import STORE_ERRORS, Engine, SealedInput
from runs.models import Run

P = ParamSpec("P")
T = TypeVar("T")

SHARED_CONNECTIONS = 1
"""With the doorbell's and the scripts', a web process holds three connections, however many people watch."""

_engines: WeakKeyDictionary[asyncio.AbstractEventLoop, Engine] = WeakKeyDictionary()
_borrowed: ContextVar[Engine | None] = ContextVar("runs_engine", default=None)


def engine() -> Engine:
    """Return the engine of the running event loop."""
    borrowed = _borrowed.get()
    if borrowed is not None:
        return borrowed
    loop = asyncio.get_running_loop()
    if loop not in _engines:
        _engines[loop] = new_engine(connections=SHARED_CONNECTIONS)
    return _engines[loop]


def new_engine(*, connections: int = 16) -> Engine:
    """Return an engine of one's own, to be closed by the caller."""
    return Engine(
        settings.REDIS_URL,
        connections=connections,
        deployment=settings.GENISYS_DEPLOYMENT,
        secret=settings.GENISYS_SECRETS,
        per_owner=settings.GENISYS_RUNS_PER_PERSON,
    )


async def start_recorded(engine: Engine, run: Run, *, unknown: bool = False) -> None:
    """Hand a recorded run to the engine; doing it again only sends another wakeup. Raises STORE_ERRORS.

    With `unknown`, where Redis should know it and does not, the run says so; one that was never handed out goes where
    new runs go now, since the deployment of its row may have ended meanwhile. A fork raises RunNotFound or StepNotFound
    where what it was to go on from has left Redis.
    """
    deployment = None if unknown and not run.log_id else run.deployment or None
    if run.parent_kind == "fork":
        await engine.fork(
            run.parent_id or "",
            step=run.fork_step or None,
            input=engine.ring.open(run.fork_input) if run.fork_input else None,
            new_id=run.pk,
            owner=str(run.owner_id or ""),
            title=run.title,
            deployment=deployment,
            unknown=unknown,
        )
        return
    await engine.start(
        run.workflow,
        SealedInput(run.input, run.title, run.sealed_input),
        run_id=run.pk,
        owner=str(run.owner_id or ""),
        title=run.title,
        deployment=deployment,
        unknown=unknown,
    )


async def nudge_control() -> None:
    """Tell control that a request has left work for it. With Redis away, control finds it by itself, seconds later."""
    with contextlib.suppress(*STORE_ERRORS):
        await engine().nudge()


async def close_engine() -> None:
    """Close this event loop's engine, if it has one. Processes call it on their way out."""
    found = _engines.pop(asyncio.get_running_loop(), None)
    if found is not None:
        await found.close()


def sync(function: Callable[P, Awaitable[T]]) -> Callable[P, T]:
    """Make the sync twin of an async function that uses `engine()`.

    Each call has an engine of its own: a sync caller may be on a loop that lives for this one call, and
    connections must not outlive their loop.
    """

    async def with_own_engine(*args: P.args, **kwargs: P.kwargs) -> T:
        own = new_engine()
        token = _borrowed.set(own)
        try:
            return await function(*args, **kwargs)
        finally:
            _borrowed.reset(token)
            await own.close()

    return async_to_sync(with_own_engine)


nudge_control_sync = sync(nudge_control)
