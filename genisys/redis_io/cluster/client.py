"""redis-py's client of a cluster, as the library takes a client: one that is away raises what one server raises."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import redis.asyncio
from redis.asyncio.cluster import ClusterNode, ClusterPipeline
from redis.asyncio.connection import AbstractConnection
from redis.asyncio.retry import Retry
from redis.backoff import ExponentialWithJitterBackoff
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.maint_notifications import MaintNotificationsConfig

from ..errors import as_store_error

_OF_THE_CLIENT = ("max_connections", "response_callbacks", "himport_registry", "event_dispatcher")
RETRIES = 3

Place = tuple[str, int]
"""The host and port of one server."""


class _Pipeline(ClusterPipeline):
    async def execute(self, raise_on_error: bool = True, allow_redirections: bool = True) -> list[Any]:
        try:
            return await super().execute(raise_on_error, allow_redirections)
        except Exception as error:
            raise as_store_error(error) from error


class Cluster(redis.asyncio.RedisCluster):
    """A cluster. Commands raise redis-py's ConnectionError or TimeoutError while the part that they need is away.

    A pipeline is cut by servers, each part sent at once; a transaction and a script have all their keys in one slot.
    """

    def __init__(self, hosts: Sequence[Place], **options: Any) -> None:
        options.pop("db", None)
        options.pop("maint_notifications_config", None)
        super().__init__(
            startup_nodes=[ClusterNode(host, port) for host, port in hosts],
            retry=Retry(ExponentialWithJitterBackoff(base=0.1, cap=1), RETRIES),
            maint_notifications_config=MaintNotificationsConfig(enabled=False),
            **options,
        )

    def use(self, made: Callable[[Any], Any]) -> None:
        """Have connections made of the class that `made` returns for redis-py's."""
        kind = made(self.connection_kwargs["connection_class"])
        self.connection_kwargs["connection_class"] = kind
        for node in self.nodes_manager.startup_nodes.values():
            node.connection_class = kind

    async def initialize(self, *arguments: Any, **options: Any) -> Any:
        try:
            return await super().initialize(*arguments, **options)
        except Exception as error:
            raise as_store_error(error) from error

    async def execute_command(self, *args: Any, **kwargs: Any) -> Any:
        try:
            return await super().execute_command(*args, **kwargs)
        except Exception as error:
            raise as_store_error(error) from error

    def pipeline(self, transaction: Any = None, shard_hint: Any = None) -> ClusterPipeline:
        return _Pipeline(self, transaction)  # type: ignore[abstract] # redis-py does the same with its own

    async def learn(self) -> None:
        """Ask which server has which slots, now. Raises redis-py's ConnectionError where none can be reached."""
        if self._initialize:
            await self.initialize()
            return
        try:
            await self.nodes_manager.initialize()
        except Exception as error:
            raise as_store_error(error) from error

    def masters(self) -> list[Place]:
        """Return the servers that take writes, as of the last look."""
        return [(node.host, int(node.port)) for node in self.get_primaries()]

    def master_of(self, slot: int) -> Place:
        """Return the server of a slot as of the last look."""
        nodes = self.nodes_manager.slots_cache.get(slot)
        if not nodes:
            raise RedisConnectionError(f"no server of the cluster has slot {slot}")
        return nodes[0].host, int(nodes[0].port)

    def connection_to(self, host: str, port: int, **options: Any) -> AbstractConnection:
        """Return a connection to one server, not yet connected, that no pool knows."""
        given = self._given(options)
        made: AbstractConnection = given.pop("connection_class")(host=host, port=port, **given)
        return made

    def one_server(self, host: str, port: int, **options: Any) -> redis.asyncio.Redis:
        """Return a client of one server of the cluster, to be closed by the caller."""
        pool = redis.asyncio.ConnectionPool(host=host, port=port, **self._given(options))
        return redis.asyncio.Redis.from_pool(pool)

    def _given(self, options: dict[str, Any]) -> dict[str, Any]:
        given = {name: value for name, value in self.connection_kwargs.items() if name not in _OF_THE_CLIENT}
        return {**given, **options}
