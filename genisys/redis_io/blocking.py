"""The servers behind an address, for a thread that may block: the keeper of leases has one of its own."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from typing import Any, cast

import redis
from redis.backoff import NoBackoff
from redis.cluster import ClusterNode, RedisCluster
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import MovedError, RedisClusterException
from redis.maint_notifications import MaintNotificationsConfig
from redis.retry import Retry

from .address import RedisAddress
from .cluster.pipe import slot_of
from .connection import NOTICE_CLOSED, given_options, sync_client
from .errors import STORE_ERRORS

Command = tuple[str, Callable[[Any], Any]]
"""A key, and what adds the command about it to a pipeline."""


class BlockingServers:
    """One client for each server. Connects when it is first used. For one thread."""

    def __init__(self, address: RedisAddress, **options: Any) -> None:
        self._address = address
        self._options = options
        self._one = None if address.kind == "cluster" else sync_client(address, **options)
        self._cluster: RedisCluster | None = None
        self._stale = True
        self._clients: dict[tuple[str, int], redis.Redis] = {}

    def of(self, key: str) -> redis.Redis:
        """Return the client of the server that has the key. Raises STORE_ERRORS where that is not known."""
        return self._one if self._one is not None else self._client(self._place(key))

    def each(
        self, commands: Sequence[Command], on_answer: Callable[[int, Any], None] = lambda number, answer: None
    ) -> list[Any]:
        """Send commands, those to one server in one pipeline; return their answers in order.

        `on_answer` gets each answer with its command's place as soon as it is there.

        In a cluster the answers of a server that is away are exceptions, unless all of them are: then it is raised.
        """
        if self._one is not None:
            pipe = self._one.pipeline(transaction=False)
            for _, add in commands:
                add(pipe)
            answers = pipe.execute()
            for number, answer in enumerate(answers):
                on_answer(number, answer)
            return answers
        by_place: dict[Hashable, list[int]] = {}
        for number, (key, _) in enumerate(commands):
            by_place.setdefault(self._place(key), []).append(number)
        answers = [None] * len(commands)
        faults: list[Exception] = []
        for place, numbers in by_place.items():
            try:
                found = self._of_one(place, [commands[number][1] for number in numbers])
            except STORE_ERRORS as error:
                self._stale = True
                faults.append(error)
                found = [error] * len(numbers)
            for number, answer in zip(numbers, found, strict=True):
                answers[number] = answer
                on_answer(number, answer)
        if faults and len(faults) == len(by_place):
            raise faults[0]
        return answers

    def close(self) -> None:
        for client in (self._one, *self._clients.values(), self._cluster):
            if client is not None:
                client.close()

    def _of_one(self, place: Any, adds: Sequence[Callable[[Any], Any]]) -> list[Any]:
        pipe = self._client(place).pipeline(transaction=False)
        for add in adds:
            add(pipe)
        try:
            return pipe.execute()
        except MovedError as error:
            raise RedisConnectionError(f"a slot is on another server by now: {error}") from error

    def _place(self, key: str) -> tuple[str, int]:
        if self._stale:
            self._look()
        assert self._cluster is not None
        nodes = self._cluster.nodes_manager.slots_cache.get(slot_of(key))
        if not nodes:
            raise RedisConnectionError(f"no server of the cluster has the slot of {key}")
        return nodes[0].host, int(nodes[0].port)

    def _look(self) -> None:
        try:
            if self._cluster is None:
                self._cluster = RedisCluster(
                    startup_nodes=[cast(Any, ClusterNode)(host, port) for host, port in self._address.hosts],
                    maint_notifications_config=MaintNotificationsConfig(enabled=False),
                    **self._given(),
                )
            else:
                self._cluster.nodes_manager.initialize()
        except RedisClusterException as error:
            raise RedisConnectionError(str(error)) from error
        finally:
            if self._cluster is not None:
                # It has asked. What it left open to a server that goes, only the garbage collector would close.
                cast(Any, self._cluster).disconnect_connection_pools()
        self._stale = False
        for place in set(self._clients) - {
            (node.host, int(node.port)) for node in cast(Any, self._cluster).get_primaries()
        }:
            self._clients.pop(place).close()

    def _client(self, place: Any) -> redis.Redis:
        if place not in self._clients:
            host, port = place
            self._clients[place] = redis.Redis(host=host, port=port, **self._given(), **NOTICE_CLOSED)
        return self._clients[place]

    def _given(self) -> dict[str, Any]:
        # Tried once: redis-py tries ten times more, in which one silent server holds the others up for half a minute.
        once = {"retry": Retry(NoBackoff(), 0), "ssl": self._address.scheme.startswith("rediss")}
        return {**self._options, **given_options(self._address), **once}
