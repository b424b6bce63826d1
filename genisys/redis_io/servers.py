"""The servers behind an address, opened for one event loop: a client, a pipe for scripts, doorbells.

Knows which server each script was last sent to, so that what is written can name it: who meets another one than wrote
before knows that the last second may be gone.
"""

from __future__ import annotations

import asyncio
import secrets
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, cast

import redis.asyncio

from ..core import clock
from .address import parse_address
from .cluster.client import Cluster
from .cluster.doorbells import sharded_messages
from .cluster.pipe import ClusterPipe
from .connection import FAILOVER_CONNECT_S, AnyRedis, blocking_pool, client_of, cluster_of
from .lua import script
from .pipe import SILENCE_S, AnyPipe, Pipe

FAILOVER_SILENCE_S = 4.0
"""Where another server may take over: less than the 5 s and more after which Sentinels and clusters usually have it do
so, so that a server that is silent has been given up by then.
"""
CONNECT_S = 5.0
SETTLE_S = 3.0
"""Three beats of the workers, which find the new server in the first and renew their leases there."""
READ_S = 10.0  # more than the longest blocking read, that of the lifecycle


@dataclass(frozen=True, slots=True)
class Met:
    """A server: its `run_id`, of which Redis has a new one after every start, and the name of logs begun on it anew."""

    server: str
    log_id: str
    at_s: float = 0.0


class Servers:
    """Clients over one address. Nothing is connected before it is used."""

    def __init__(self, url: str, scripts: Sequence[str], *, connections: int) -> None:
        self.address = address = parse_address(url)
        self._met: dict[Any, Met] = {}
        self.in_cluster = address.kind == "cluster"
        self._connect_s = CONNECT_S if address.kind == "one" else FAILOVER_CONNECT_S
        texts = {name: script(name, in_cluster=self.in_cluster) for name in scripts}
        silence_s = SILENCE_S if address.kind == "one" else FAILOVER_SILENCE_S
        options: dict[str, Any] = {"socket_connect_timeout": self._connect_s}
        self.client: AnyRedis
        self.pipe: AnyPipe
        if address.kind == "cluster":
            cluster = cluster_of(address, max_connections=connections, socket_timeout=silence_s, **options)

            def pipe_to(host: str, port: int) -> Pipe:
                def connect() -> Any:
                    return cluster.connection_to(host, port, redis_connect_func=self._meet)

                return Pipe(connect, texts, silence_s=silence_s)

            self.client, self.pipe = cluster, ClusterPipe(cluster, pipe_to)
        else:
            # Blocking: more commands at once than connections wait for one, where redis-py's other pool raises.
            options |= {"max_connections": connections, "timeout": 20, "socket_timeout": READ_S}
            pool = blocking_pool(address, redis_connect_func=self._greet, **options)

            def connect_pipe() -> Any:
                connection = cast(Any, pool).make_connection()
                connection.redis_connect_func = self._meet
                return connection

            self.client = redis.asyncio.Redis.from_pool(pool)
            self.pipe = Pipe(connect_pipe, texts, silence_s=silence_s, watched=address.kind == "sentinel")

    async def _meet(self, connection: Any) -> None:
        """Learn which server this is, so that `append` notices a restarted one: it may have lost a part of the log.

        Of the pipe's connection only: another one may be to another server, while one takes over.
        """
        await self._greet(connection)
        await connection.send_command("INFO", "server")
        for line in _text(await connection.read_response()).splitlines():
            if line.startswith("run_id:"):
                place = (connection.host, int(connection.port)) if self.in_cluster else None
                self._meets(place, line[7:].strip())

    async def _greet(self, connection: Any) -> None:
        await connection.on_connect()
        sent = clock.host_ns()
        await connection.send_command("TIME")
        seconds, micros = await connection.read_response()
        clock.compare(sent, int(seconds) * 1_000_000_000 + int(micros) * 1_000, clock.host_ns())

    def _meets(self, place: Any, server: str) -> None:
        known = self._met.get(place)
        at_s = known.at_s if known is not None and known.server == server else time.monotonic()
        self._met[place] = Met(server, secrets.token_hex(8), at_s)

    async def settles(self, key: str) -> bool:
        """Return whether the server that has the key may have taken over a moment ago: then leases that have run out
        may only not have been renewed yet.
        """
        if self.address.kind == "one":
            return False
        return time.monotonic() - (await self.met(key)).at_s < SETTLE_S

    async def met(self, key: str) -> Met:
        """Return the server that has the key. Connects first where that is not done."""
        return self._met[await self.pipe.ready(key)]

    @asynccontextmanager
    async def messages(self, channels: Sequence[str]) -> AsyncIterator[AsyncIterator[Any]]:
        """Listen to doorbells over connections of their own; yield what rings until one of them is lost."""
        # Without a time-out: no doorbell rings while nothing happens.
        client = client_of(self.address, socket_timeout=None, socket_connect_timeout=self._connect_s)
        try:
            if isinstance(client, Cluster):
                async with sharded_messages(client, channels) as messages:
                    yield messages
            else:
                async with _subscribed(client, channels) as messages:
                    yield messages
        finally:
            # Shielded, as the listener is stopped by a cancel: the connection must not stay open.
            await asyncio.shield(client.aclose())

    async def close(self) -> None:
        await self.pipe.close()
        await self.client.aclose()


@asynccontextmanager
async def _subscribed(client: redis.asyncio.Redis, channels: Sequence[str]) -> AsyncIterator[AsyncIterator[Any]]:
    pubsub: Any = client.pubsub(ignore_subscribe_messages=True)
    try:
        await pubsub.subscribe(*channels)

        async def messages() -> AsyncIterator[Any]:
            async for message in pubsub.listen():
                yield message["data"]

        yield messages()
    finally:
        await asyncio.shield(pubsub.aclose())


def _text(value: Any) -> str:
    return value.decode() if isinstance(value, bytes) else str(value or "")
