"""The threads on which requests do what is sync, each with its database connection, and what long waits give back.

Django gives each request a thread of its own, and with it a new connection to the database, which in a start over the
API is a sixth of the time (and more where the database is elsewhere). Here a request is lent a thread, and the next one
gets it as it is: with the connection that is open there.
"""

from __future__ import annotations

from concurrent.futures import Executor, ThreadPoolExecutor
from typing import Any

from asgiref.sync import SyncToAsync, ThreadSensitiveContext
from channels.db import aclose_old_connections
from django.db import connections

MOST_IDLE = 4
"""So many threads are kept, and as many connections, when nobody needs them."""
KEEP_CONNECTION_S = 60
WAIT_FOR_CONNECTION_S = 5.0
"""For how long a request waits for a connection, or for a database that is away, before it fails."""

_idle: list[Executor] = []


def keep_connections() -> None:
    """Let this process's connections stay open from one request, step or look to the next.

    For servers, workers and control.
    """
    for settings in connections.settings.values():
        settings["CONN_MAX_AGE"] = KEEP_CONNECTION_S
        settings["CONN_HEALTH_CHECKS"] = True


def share_connections(most: int) -> None:
    """Keep connections, and let this process hold at most so many to a PostgreSQL, where there would be one for each
    request in flight, and a server takes only some hundred. Requests beyond them wait. For servers; 0: no such limit.

    To be called before the first connection.
    """
    keep_connections()
    for settings in connections.settings.values():
        if most and settings["ENGINE"].endswith("postgresql"):
            lent = {"min_size": 0, "max_size": most, "max_idle": KEEP_CONNECTION_S, "timeout": WAIT_FOR_CONNECTION_S}
            settings["OPTIONS"]["pool"] = lent
            settings["CONN_MAX_AGE"] = 0  # at its end a request gives its connection back to the pool


class LentThread(ThreadSensitiveContext):
    """The thread of one request. What is sync in it is done there, one call after another."""

    def __init__(self) -> None:
        super().__init__(executor=_idle.pop() if _idle else ThreadPoolExecutor(1, thread_name_prefix="request"))

    async def __aexit__(self, exc: Any, value: Any, tb: Any) -> None:
        thread = SyncToAsync.context_to_thread_executor.get(self)
        await super().__aexit__(exc, value, tb)  # type: ignore[no-untyped-call]
        if thread is not None:
            # A cancelled request may still be at work there, in the way of the next.
            _put_back(thread, busy=exc is not None)


async def release_resources() -> None:
    """Give back this request's thread, and its database connection, before a long wait; it gets new ones when needed.

    A thousand streams would be a thousand threads that do nothing.
    """
    await aclose_old_connections()
    context = SyncToAsync.thread_sensitive_context.get(None)
    thread = SyncToAsync.context_to_thread_executor.pop(context, None) if context is not None else None
    if thread is not None:
        _put_back(thread, busy=False)


def _put_back(thread: Executor, *, busy: bool) -> None:
    if len(_idle) < MOST_IDLE and not busy:
        _idle.append(thread)
        return
    thread.submit(connections.close_all)
    thread.shutdown(wait=False)
