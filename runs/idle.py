"""What a request gives back before it waits for long: its database connection, and the thread that it was used in."""

from __future__ import annotations

from asgiref.sync import SyncToAsync
from channels.db import aclose_old_connections


async def give_back() -> None:
    """Close this request's database connection and end its thread. Both are there again when they are needed.

    Under ASGI each request has a thread of its own for what is sync (asgiref's ThreadSensitiveContext), which otherwise
    lives as long as the request: a thousand streams would be a thousand threads that do nothing.
    """
    await aclose_old_connections()
    context = SyncToAsync.thread_sensitive_context.get(None)
    executor = SyncToAsync.context_to_thread_executor.pop(context, None) if context is not None else None
    if executor is not None:
        executor.shutdown(wait=False)
