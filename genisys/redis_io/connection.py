"""Connections to Redis that can be cancelled at any moment, and that are not used again once Redis has closed them."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from typing import Any

from redis.asyncio.connection import AbstractConnection, ConnectionPool
from redis.exceptions import TimeoutError as RedisTimeoutError
from redis.maint_notifications import MaintNotificationsConfig

NOTICE_CLOSED: dict[str, Any] = {"maint_notifications_config": MaintNotificationsConfig(enabled=False)}
"""Arguments for each pool. While a pool may be notified of maintenance (only Redis's own cloud does so, redis-py 8.1
expects it of all), it takes a connection that Redis has closed for one that holds a notification, and uses it: after a
restart of Redis each pooled connection would fail one command."""


class _Cancellable(AbstractConnection):
    """Times a write by `asyncio.timeout`.

    redis-py times it by `asyncio.wait_for`, which in Python 3.11 swallows a cancellation that comes just as the write
    ends (https://github.com/python/cpython/issues/86296): of cancelled tasks that only send commands, a third went on.
    """

    async def send_packed_command(self, command: bytes | str | Iterable[bytes], check_health: bool = True) -> None:
        seconds, self.socket_timeout = self.socket_timeout, None
        try:
            async with asyncio.timeout(seconds):
                await super().send_packed_command(command, check_health)
        except TimeoutError as error:
            raise RedisTimeoutError(f"Redis took nothing for {seconds} s") from error
        finally:
            self.socket_timeout = seconds


def keep_cancellations(pool: ConnectionPool) -> None:
    """Have the pool make connections that lose no cancellation, of whichever kind its address asks for."""
    kind: Any = pool.connection_class
    pool.connection_class = type(f"Cancellable{kind.__name__}", (_Cancellable, kind), {})
