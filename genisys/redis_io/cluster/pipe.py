"""A pipe to each server of a cluster: each command goes to the one that has its key's slot."""

from __future__ import annotations

import asyncio
import binascii
from collections.abc import Awaitable, Callable, Coroutine, Iterable, Sequence
from functools import lru_cache
from typing import Any

from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import ResponseError
from redis.exceptions import TimeoutError as RedisTimeoutError

from ..pipe import NotReplicated, Pipe
from .client import Cluster, Place

SLOTS = 16384
ANY_SLOT = -1  # where a command has no key
LOOK_AGAIN_S = 0.25
"""While a server is away, the others are asked this often who has its slots by now."""
_REDIRECTIONS = 4
_AWAY = (RedisConnectionError, RedisTimeoutError, OSError)


class SlotMoved(RedisConnectionError):
    """The slot is on another server by now. What was to be written was not."""


@lru_cache(maxsize=8192)
def slot_of(key: str) -> int:
    """Return the slot of a key: CRC-16 of what stands between its first braces, or of all of it."""
    begin = key.find("{")
    end = key.find("}", begin + 1)
    tag = key[begin + 1 : end] if begin >= 0 and end > begin + 1 else key
    return binascii.crc_hqx(tag.encode(), 0) % SLOTS


class ClusterPipe:
    """`Pipe`s to a cluster's servers, made by `pipe_to` when they are first needed. For one event loop.

    Raises what a pipe raises. A server that is away holds up only what is asked of its own slots; once another has
    them, the next call finds it.
    """

    def __init__(self, cluster: Cluster, pipe_to: Callable[[str, int], Pipe]) -> None:
        self._cluster = cluster
        self._pipe_to = pipe_to
        self._pipes: dict[Place, Pipe] = {}
        self._by_slot: dict[int, tuple[Place, Pipe]] = {}  # of the slots asked for since the last look
        self._known = False  # whether the last look is good enough
        self._looked = False
        self._looked_at = float("-inf")
        self._looking = asyncio.Lock()

    async def ready(self, key: str = "") -> Place:
        """Connect to the server that has the key, unless that is done; return which one that is."""
        if not self._known:
            await self.look()
        place, pipe = self._at(key)
        if not pipe.connected:
            await self._asked(pipe.ready())
        return place

    async def call(self, *command: Any) -> Any:
        return await self._ask(_key_of(command), lambda pipe: pipe.call(*command), again=True)

    async def call_all(self, commands: Iterable[Sequence[Any]]) -> list[Any]:
        """Send commands, each to its server, all at once; return their answers in order."""
        return await asyncio.gather(*[self.call(*command) for command in commands])

    async def call_each(self, commands: Iterable[Sequence[Any]]) -> list[Any]:
        """Send commands, each to its server; where one is away, the answers of its commands are exceptions."""
        if not self._known:
            await self.look()
        answers = await asyncio.gather(*[self.call(*command) for command in commands], return_exceptions=True)
        faults = [answer for answer in answers if isinstance(answer, BaseException)]
        for fault in faults:
            if len(faults) == len(answers) or not isinstance(fault, _AWAY):
                raise fault
        return answers

    def script(self, name: str, *arguments: Any, replicas: int = 0, within_ms: int = 0) -> Coroutine[Any, Any, Any]:
        """Call a script on the server that has its keys.

        Raises SlotMoved for one that is to be replicated or names its server (`append`): its caller sends it anew.
        """

        def call(pipe: Pipe) -> Awaitable[Any]:
            return pipe.script(name, *arguments, replicas=replicas, within_ms=within_ms)

        return self._ask(arguments[1], call, again=name != "append")

    async def close(self) -> None:
        pipes, self._pipes, self._by_slot = self._pipes, {}, {}
        await asyncio.gather(*[pipe.close() for pipe in pipes.values()])

    async def look(self) -> None:
        """Learn who has which slots, unless that was done a moment ago. Raises what a pipe raises."""
        async with self._looking:
            loop = asyncio.get_running_loop()
            if self._looked and loop.time() - self._looked_at < LOOK_AGAIN_S:
                self._known = True
                return
            self._looked_at = loop.time()
            await self._cluster.learn()
            self._known = self._looked = True
            self._by_slot.clear()
        gone = set(self._pipes) - set(self._cluster.masters())
        await asyncio.gather(*[self._pipes.pop(place).close() for place in gone])

    def _at(self, key: str) -> tuple[Place, Pipe]:
        """Return the server that has the key, as of the last look, and the pipe to it."""
        slot = slot_of(key) if key else ANY_SLOT
        found = self._by_slot.get(slot)
        if found is None:
            place = self._cluster.master_of(slot) if key else self._cluster.masters()[0]
            found = self._by_slot[slot] = place, self._pipe(place)
        return found

    def _pipe(self, place: Place) -> Pipe:
        if place not in self._pipes:
            self._pipes[place] = self._pipe_to(*place)
        return self._pipes[place]

    async def _asked(self, answer: Awaitable[Any]) -> Any:
        """Return the answer; where the server is away, have the next call look who has its slots."""
        try:
            return await answer
        except _AWAY as error:
            self._doubt(error)
            raise

    def _doubt(self, error: Exception) -> None:
        """Have the next call look who has its slots, unless the server did answer."""
        if not isinstance(error, NotReplicated):
            self._known = False

    async def _ask(self, key: str, call: Callable[[Pipe], Awaitable[Any]], *, again: bool) -> Any:
        for _ in range(_REDIRECTIONS):
            if not self._known:
                await self.look()
            try:
                return await call(self._at(key)[1])
            except _AWAY as error:
                self._doubt(error)
                raise
            except ResponseError as error:
                kind, *where = str(error).split(" ")
                if kind == "ASK":  # The slot is on its way: this key is there already.
                    return await self._ask_there(where[1], call)
                if kind != "MOVED":
                    raise
                self._known, self._looked_at = False, float("-inf")
                if not again:
                    raise SlotMoved(f"slot {where[0]} is on another server") from error
        raise RedisConnectionError("the servers of the cluster do not agree who has a slot")

    async def _ask_there(self, where: str, call: Callable[[Pipe], Awaitable[Any]]) -> Any:
        host, _, port = where.rpartition(":")
        pipe = self._pipe((host, int(port)))
        await self._asked(pipe.ready())
        # Both leave in one turn of the loop, so nothing comes between them.
        _, answer = await self._asked(asyncio.gather(pipe.call("ASKING"), call(pipe)))
        return answer


def _key_of(command: Sequence[Any]) -> str:
    return str(command[1]) if len(command) > 1 else ""
