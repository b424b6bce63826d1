"""Connections to Redis, of whichever kind its address names.

They can be cancelled at any moment, and are not used again once Redis has closed them. Where Sentinels watch the
server, each new connection asks them which one is the master now.
"""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from typing import Any, NamedTuple, cast

import redis
import redis.asyncio
from redis.asyncio.connection import AbstractConnection, BlockingConnectionPool, ConnectionPool, parse_url
from redis.asyncio.connection import Connection as AsyncConnection
from redis.asyncio.connection import SSLConnection as AsyncSSLConnection
from redis.asyncio.retry import Retry as AsyncRetry
from redis.backoff import NoBackoff
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import RedisError, ResponseError
from redis.exceptions import TimeoutError as RedisTimeoutError
from redis.maint_notifications import MaintNotificationsConfig
from redis.retry import Retry

from .address import RedisAddress, parse_address
from .cluster.client import Cluster
from .errors import NO_REPLICAS, is_not_in_charge, is_silence

NOTICE_CLOSED: dict[str, Any] = {"maint_notifications_config": MaintNotificationsConfig(enabled=False)}
"""Arguments for each pool. While a pool may be notified of maintenance (only Redis's own cloud does so, redis-py 8.1
expects it of all), it takes a connection that Redis has closed for one that holds a notification, and uses it: after a
restart of Redis each pooled connection would fail one command."""
_MASTER = ("master", b"master")
FAILOVER_CONNECT_S = 2.0
SENTINEL_S = 1.0
"""How long one Sentinel may take to answer where they are asked one after the other."""
SENTINELS_S = 3.0
"""The same where all are asked at once: it passes only where none answers, as on a host that is very busy."""
IDLE_S = 60.0
OTHERS_S = 0.3
"""How long the other Sentinels may still take once one has answered."""

AnyRedis = redis.asyncio.Redis | Cluster
"""A client of one server, or of a cluster: the same commands, as far as their keys share a hash tag."""


class _Named(NamedTuple):
    """What a Sentinel says: the number of the last failover that it knows of, the master since then, and after how long
    without an answer it takes that for gone.
    """

    epoch: int
    master: tuple[str, int]
    down_after_ms: int


async def _send_packed_command(
    self: AbstractConnection, command: bytes | str | Iterable[bytes], check_health: bool = True
) -> None:
    """Write as redis-py's connections do, and time that by `asyncio.timeout`.

    redis-py times it by `asyncio.wait_for`, which in Python 3.11 swallows a cancellation that comes just as the write
    ends (https://github.com/python/cpython/issues/86296): of cancelled tasks that only send commands, a third went on.
    """
    # First, since connecting may set the timeout anew.
    if not self.is_connected:
        await self.connect_check_health(check_health=False)
    if check_health:
        await cast(Any, self).check_health()
    seconds, self.socket_timeout = self.socket_timeout, None
    try:
        async with asyncio.timeout(seconds):
            await _REDIS_SENDS(self, command, check_health=False)
    except TimeoutError as error:
        raise RedisTimeoutError(f"Redis took nothing for {seconds} s") from error
    finally:
        self.socket_timeout = seconds


_REDIS_SENDS = AbstractConnection.send_packed_command
if sys.version_info < (3, 12):
    # For all connections of the process: docket makes some of its own, several layers down.
    AbstractConnection.send_packed_command = _send_packed_command  # type: ignore[method-assign]


class _Guarded(AbstractConnection):
    """Takes a write that too few replicas could confirm for one that met no server in charge."""

    async def read_response(self, *arguments: Any, **options: Any) -> Any:
        try:
            return await super().read_response(*arguments, **options)
        except ResponseError as error:
            if str(error).startswith(NO_REPLICAS):
                raise RedisConnectionError(str(error)) from error
            raise


def guarded(kind: Any) -> Any:
    """Return the class of connections that say so where replicas are missing, for one of redis-py's."""
    return type(f"Guarded{kind.__name__}", (_Guarded, kind), {})


@dataclass(frozen=True, slots=True)
class Sentinels:
    """Those who know which server is the master now.

    All are asked, and the one who knows of the latest failover is believed: for some seconds the others still name the
    old master, which may be back by then and takes itself for the master until a Sentinel has told it otherwise.
    """

    address: RedisAddress

    async def master(self) -> tuple[str, int]:
        """Raises redis-py's ConnectionError where none knows."""
        return max(await self._all()).master

    async def down_after_ms(self) -> int:
        """Return after how long without an answer the quickest takes the master for gone. Raises the same."""
        return min(each.down_after_ms for each in await self._all())

    async def _all(self) -> list[_Named]:
        asking = [asyncio.create_task(self._ask(*place)) for place in self.address.hosts]
        try:
            for each in asyncio.as_completed(asking):
                if await each is not None:
                    break
            await asyncio.wait(asking, timeout=OTHERS_S)
            return self._known([each.result() for each in asking if each.done()])
        finally:
            for each in asking:
                each.cancel()
            await asyncio.gather(*asking, return_exceptions=True)

    async def _ask(self, host: str, port: int) -> _Named | None:
        kind = AsyncSSLConnection if _has_tls(self.address) else AsyncConnection
        # No client: that could be cancelled while it closes its connection, and leave it open.
        asked: Any = kind(**self._options(host, port, SENTINELS_S), retry=AsyncRetry(NoBackoff(), 0), protocol=2)
        try:
            await asked.connect()
            # In this order: where the failover comes between the two, the new master is named with the old number.
            await asked.send_command("SENTINEL MASTER", self.address.service)
            state = await asked.read_response()
            await asked.send_command("SENTINEL GET-MASTER-ADDR-BY-NAME", self.address.service)
            return _named(dict(zip(state[::2], state[1::2], strict=True)), await asked.read_response())
        except (RedisError, OSError):
            return None
        finally:
            await asked.disconnect(nowait=True)

    def master_now(self) -> tuple[str, int]:
        """Return the master, blocking."""
        named: list[_Named | None] = []
        met: Exception | None = None
        for host, port in self.address.hosts:
            seconds = OTHERS_S if any(named) else SENTINEL_S
            try:
                options = {**self._options(host, port, seconds), "ssl": _has_tls(self.address)}
                with redis.Redis(**options, retry=Retry(NoBackoff(), 0)) as asked:
                    state = asked.sentinel_master(self.address.service)
                    named.append(_named(state, asked.sentinel_get_master_addr_by_name(self.address.service)))
            except (RedisError, OSError) as error:
                met = met if is_silence(met) else error
        return max(self._known(named, met)).master

    def _known(self, named: Iterable[_Named | None], met: Exception | None = None) -> list[_Named]:
        known = [each for each in named if each is not None]
        if not known:
            raise RedisConnectionError(f"no Sentinel of {self.address.named()} knows a master") from met
        return known

    def _options(self, host: str, port: int, seconds: float) -> dict[str, Any]:
        tls = {name: value for name, value in given_options(self.address).items() if name.startswith("ssl_")}
        return {
            "host": host,
            "port": port,
            **tls,
            "username": self.address.sentinel_username or None,
            "password": self.address.sentinel_password or None,
            "decode_responses": True,
            "socket_timeout": seconds,
            "socket_connect_timeout": seconds,
            **NOTICE_CLOSED,
        }


def _named(state: dict[str, Any], found: Any) -> _Named | None:
    if not found:
        return None
    return _Named(
        int(state["config-epoch"]), (str(found[0]), int(found[1])), int(state.get("down-after-milliseconds", 0))
    )


class SentinelsOfPool:
    """`Sentinels` as a pool of redis-py's own asks them, in place of its `Sentinel`.

    That believes the first one who answers, and loses one of its list for ever where two ask at once: it moves who has
    answered to the front by an exchange of places that may be others by then.
    """

    sentinels = ()
    """Clients to be closed with the pool."""

    def __init__(self, url: str) -> None:
        self._sentinels = Sentinels(parse_address(url))

    async def discover_master(self, service: str) -> tuple[str, int]:
        return await self._sentinels.master()


class _OfMaster(AsyncConnection):
    """A connection to whichever server the Sentinels name when it is made."""

    def __init__(self, *, sentinels: Sentinels, **options: Any) -> None:
        super().__init__(**options)
        self._sentinels = sentinels

    async def _connect(self) -> None:
        self.host, self.port = await self._sentinels.master()
        await cast(Any, super())._connect()

    async def on_connect_check_health(self, check_health: bool = True) -> None:
        await super().on_connect_check_health(check_health)
        await self.send_command("ROLE", check_health=False)
        role = await self.read_response()
        if role[0] not in _MASTER:  # A Sentinel that has not heard of the failover yet names the old one.
            await self.disconnect()
            raise RedisConnectionError(f"{self.host}:{self.port} is not the master")

    async def read_response(self, *arguments: Any, **options: Any) -> Any:
        try:
            return await super().read_response(*arguments, **options)
        except ResponseError as error:
            if not is_not_in_charge(error):
                raise
            await self.disconnect()  # The next connection goes to whichever is the master by then.
            raise RedisConnectionError(f"the server may no longer be the master: {error}") from error


class _OfMasterTLS(_OfMaster, AsyncSSLConnection):
    pass


class _OfMasterNow(redis.Connection):
    def __init__(self, *, sentinels: Sentinels, **options: Any) -> None:
        cast(Any, super()).__init__(**options)
        self._sentinels = sentinels

    def _connect(self) -> Any:
        self.host, self.port = self._sentinels.master_now()
        return cast(Any, super())._connect()

    def on_connect_check_health(self, check_health: bool = True) -> None:
        cast(Any, super()).on_connect_check_health(check_health)
        cast(Any, self).send_command("ROLE", check_health=False)
        role = self.read_response()
        if role[0] not in _MASTER:
            cast(Any, self).disconnect()
            raise RedisConnectionError(f"{self.host}:{self.port} is not the master")

    def read_response(self, *arguments: Any, **options: Any) -> Any:
        try:
            return super().read_response(*arguments, **options)
        except ResponseError as error:
            if not is_not_in_charge(error):
                raise
            cast(Any, self).disconnect()
            raise RedisConnectionError(f"the server may no longer be the master: {error}") from error


class _OfMasterNowTLS(_OfMasterNow, redis.SSLConnection):
    pass


def given_options(address: RedisAddress) -> dict[str, Any]:
    """Return what the address says of connections, as redis-py's arguments, without a place."""
    given: dict[str, Any] = dict(parse_url(address.one_server))
    for name in ("host", "port", "connection_class") if address.kind != "one" else ():
        given.pop(name, None)
    return given


def _has_tls(address: RedisAddress) -> bool:
    return address.scheme.startswith("rediss")


class _Pool(BlockingConnectionPool):
    """Who finds all in use waits for one; what a burst has opened is closed once nobody has needed it for IDLE_S."""

    async def release(self, connection: Any) -> None:
        connection.released_s = now = time.monotonic()
        await super().release(connection)
        free: list[Any] = self._available_connections  # who takes one takes the last: the first was idle for longest
        while free and now - free[0].released_s > IDLE_S:
            await free.pop(0).disconnect(nowait=True)


def blocking_pool(address: RedisAddress, **options: Any) -> ConnectionPool:
    """Return a pool of one server, or of the master that Sentinels name."""
    options = {**NOTICE_CLOSED, **options}
    if address.kind == "sentinel":
        kind = _OfMasterTLS if _has_tls(address) else _OfMaster
        options |= given_options(address)
        pool = _Pool(connection_class=kind, sentinels=Sentinels(address), **options)
    else:
        pool = _Pool.from_url(address.one_server, **options)
    pool.connection_class = guarded(pool.connection_class)
    return pool


def cluster_of(address: RedisAddress, **options: Any) -> Cluster:
    """Return the client of a cluster, which connects when it is first used."""
    cluster = Cluster(address.hosts, ssl=_has_tls(address), **{**options, **given_options(address)})
    cluster.use(guarded)
    return cluster


def notice_closed(pool: ConnectionPool) -> None:
    """Do what NOTICE_CLOSED does for a pool that somebody else has made, and that has not connected so far."""
    cast(Any, pool)._maint_notifications_pool_handler = None
    pool.connection_kwargs.pop("maint_notifications_pool_handler", None)
    pool.connection_kwargs |= NOTICE_CLOSED


def client_of(address: RedisAddress, **options: Any) -> AnyRedis:
    """Return a client for a few commands or for subscriptions, with connections of its own."""
    if address.kind == "cluster":
        return cluster_of(address, **options)
    pool = blocking_pool(address, **options)
    return redis.asyncio.Redis.from_pool(pool)


@asynccontextmanager
async def opened(url: str, **options: Any) -> AsyncIterator[AnyRedis]:
    """Open a client for a few commands. Raises ValueError where the address is none."""
    client = client_of(parse_address(url), **options)
    try:
        yield client
    finally:
        await client.aclose()


async def url_for_docket(url: str, silence_s: float) -> str:
    """Return the address as docket takes it: of a cluster one server, which is there now. Raises STORE_ERRORS.

    A server that has not answered for `silence_s` counts as lost there, whatever the address says of that.
    """
    given = parse_address(url)
    # The first of equal names counts.
    address = replace(given, query=(("socket_timeout", f"{silence_s:g}"), *given.query))
    if address.kind != "cluster":
        return address.without_own_options
    cluster = cluster_of(given, socket_timeout=FAILOVER_CONNECT_S, socket_connect_timeout=FAILOVER_CONNECT_S)
    try:
        await cluster.learn()
        return address.with_host(*cluster.masters()[0])
    finally:
        await cluster.aclose()


def sync_client(address: RedisAddress, **options: Any) -> redis.Redis:
    """Return a blocking client of one server, or of the master that Sentinels name."""
    if address.kind != "sentinel":
        return redis.Redis.from_url(address.one_server, **options, **NOTICE_CLOSED)
    kind = _OfMasterNowTLS if _has_tls(address) else _OfMasterNow
    options = {"retry": Retry(NoBackoff(), 0), **NOTICE_CLOSED, **options, **given_options(address)}
    return redis.Redis.from_pool(redis.ConnectionPool(connection_class=kind, sentinels=Sentinels(address), **options))
