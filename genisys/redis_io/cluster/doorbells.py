"""Listening to doorbells in a cluster: each rings on the server that has its partition (sharded channels)."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

import redis.asyncio
from redis.asyncio.client import PubSub
from redis.exceptions import ConnectionError as RedisConnectionError

from .client import Cluster, Place
from .pipe import slot_of


@asynccontextmanager
async def sharded_messages(cluster: Cluster, channels: Sequence[str]) -> AsyncIterator[AsyncIterator[Any]]:
    """Subscribe to the channels, each on its own server; yield the data of messages until one of them is lost.

    Raises redis-py's ConnectionError, also where a channel moves to another server: its listener subscribes anew.
    """
    await cluster.learn()
    by_place: dict[Place, list[str]] = {}
    for channel in channels:
        by_place.setdefault(cluster.master_of(slot_of(channel)), []).append(channel)
    queue: asyncio.Queue[Any] = asyncio.Queue()
    async with AsyncExitStack() as stack:
        for place, its in by_place.items():
            subscribed = await stack.enter_async_context(_subscribed(cluster, place, its))
            listening = asyncio.create_task(_listen(subscribed, queue))
            stack.push_async_callback(_end, listening)

        async def messages() -> AsyncIterator[Any]:
            while True:
                message = await queue.get()
                if isinstance(message, Exception):
                    raise message
                yield message

        yield messages()


@asynccontextmanager
async def _subscribed(cluster: Cluster, place: Place, channels: Sequence[str]) -> AsyncIterator[PubSub]:
    client = cluster.one_server(*place, socket_timeout=None)
    pubsub = client.pubsub()
    try:
        for channel in channels:  # One by one: a command's channels have to be in one slot.
            await pubsub.execute_command("SSUBSCRIBE", channel)
        yield pubsub
    finally:
        await asyncio.shield(_close(pubsub, client))


async def _listen(pubsub: PubSub, queue: asyncio.Queue[Any]) -> None:
    try:
        while True:
            # Not `listen` nor `get_message`: they take an end of a subscription that nobody asked for in silence.
            kind, _, data = await pubsub.parse_response(block=True)
            if kind == b"smessage":
                queue.put_nowait(data)
            elif kind != b"ssubscribe":
                raise RedisConnectionError(f"a doorbell is on another server by now ({kind!r})")
    except Exception as error:
        queue.put_nowait(error)


async def _end(task: asyncio.Task[None]) -> None:
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


async def _close(pubsub: Any, client: redis.asyncio.Redis) -> None:
    await pubsub.aclose()
    await client.aclose()
