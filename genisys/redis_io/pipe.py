"""One connection with many commands under way at once: Redis answers them in order.

For the commands that a step waits for. A pooled client takes a connection out, wraps the read in a timeout and puts it
back, for each command; here a command is bytes on the wire and a future in a queue. While an answer is due, and where
several left together the last time, all that the loop writes in one turn is one system call, and wakes Redis once.
hiredis packs and parses, redis-py connects.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, Protocol, cast

import hiredis
from redis.asyncio.connection import AbstractConnection
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import ResponseError
from redis.exceptions import TimeoutError as RedisTimeoutError

from .errors import NOT_IN_CHARGE, NOT_NOW, READ_ONLY

SILENCE_S = 10.0


class NotReplicated(RedisTimeoutError):
    """What was written stands on too few servers so far. It counts as not written: whoever asks again waits again."""


class AnyPipe(Protocol):
    """The commands of a `Pipe`, to one server or to each server of a cluster (`ClusterPipe`).

    A command's key is its first argument, a script's the first of its keys; all others share its hash tag.
    """

    async def ready(self, key: str = "") -> object: ...
    async def call(self, *command: Any) -> Any: ...
    async def call_all(self, commands: Iterable[Sequence[Any]]) -> list[Any]: ...
    async def call_each(self, commands: Iterable[Sequence[Any]]) -> list[Any]: ...
    async def script(self, name: str, *arguments: Any, replicas: int = 0, within_ms: int = 0) -> Any: ...
    async def close(self) -> None: ...


class Pipe:
    """Commands over one connection that `connect` makes. For one event loop.

    `call` raises redis-py's ConnectionError or TimeoutError where the connection is lost or silent, ResponseError where
    Redis refuses; whether a command was carried out before that is not known. The next call connects again. Where it is
    silent for `silence_s` it counts as lost; so it does where the server is a replica by now, and, of servers that are
    `watched` by Sentinels, where its replicas have left it: they may follow a new master.
    """

    def __init__(
        self,
        connect: Callable[[], AbstractConnection],
        scripts: dict[str, str],
        *,
        silence_s: float = SILENCE_S,
        watched: bool = False,
    ) -> None:
        self._make = connect
        self._silence_s = silence_s
        self._leaves_at = NOT_IN_CHARGE if watched else (READ_ONLY,)
        self._scripts = scripts
        self._shas = {name: hashlib.sha1(text.encode()).hexdigest() for name, text in scripts.items()}  # noqa: S324 - Redis names scripts by it
        self._connection: AbstractConnection | None = None
        self._connecting = asyncio.Lock()
        self._waiting: deque[asyncio.Future[Any]] = deque()
        self._out: list[bytes] = []
        self._together = False  # whether several left in one turn of the loop the last time
        self._transport: asyncio.WriteTransport | None = None
        self._answers: _Answers | None = None
        self._watching: asyncio.TimerHandle | None = None
        self._answered = 0.0
        self._closing: set[asyncio.Task[None]] = set()

    @property
    def connected(self) -> bool:
        """Whether a command would leave at once."""
        return self._transport is not None

    async def ready(self, key: str = "") -> None:
        """Connect, unless that is done."""
        if self._transport is None:
            async with self._connecting:
                await self._connect()

    async def _connect(self) -> None:
        if self._transport is not None:
            return
        connection = self._make()
        await connection.connect()  # type: ignore[no-untyped-call]
        writer = cast(Any, connection)._writer
        if writer is None:
            raise RedisConnectionError("the connection to Redis was lost")
        # Answers bypass redis-py's streams, which cost a turn of the loop each.
        self._answers = _Answers(self)
        writer.transport.set_protocol(self._answers)
        self._connection, self._transport = connection, writer.transport
        # Before any other command. An error here is raised again by the first call.
        loaded = [self._send("SCRIPT", "LOAD", text) for text in self._scripts.values()]
        await asyncio.gather(*loaded, return_exceptions=True)

    async def call(self, *command: Any) -> Any:
        """Send a command and return its answer."""
        await self.ready()
        return await self._send(*command)

    async def call_all(self, commands: Iterable[Sequence[Any]]) -> list[Any]:
        """Send commands together and return their answers in order."""
        await self.ready()
        return await asyncio.gather(*[self._send(*command) for command in commands])

    async def call_each(self, commands: Iterable[Sequence[Any]]) -> list[Any]:
        """Do the same with commands of which, in a cluster, some may be answered while others are not: an answer is an
        exception then. Raises where none is.
        """
        return await self.call_all(commands)

    async def script(self, name: str, *arguments: Any, replicas: int = 0, within_ms: int = 0) -> Any:
        """Call one of the scripts: the number of its keys, the keys, the arguments.

        With `replicas`, so many must have what it wrote within that time, else NotReplicated is raised.
        """
        if self._transport is None:
            await self.ready()
        try:
            if replicas:
                return await self._replicated(name, arguments, replicas, within_ms)
            return await self._send("EVALSHA", self._shas[name], *arguments)
        except ResponseError as error:
            if not str(error).startswith("NOSCRIPT"):
                raise
            # SCRIPT FLUSH, or a failover to a server that never had it.
            await self._send("SCRIPT", "LOAD", self._scripts[name])
            if replicas:
                return await self._replicated(name, arguments, replicas, within_ms)
            return await self._send("EVALSHA", self._shas[name], *arguments)

    async def _replicated(self, name: str, arguments: Sequence[Any], replicas: int, within_ms: int) -> Any:
        # WAIT right behind the script, on the same connection: it asks about what this connection has written.
        sent = self._send("EVALSHA", self._shas[name], *arguments), self._send("WAIT", replicas, within_ms)
        done, have = await asyncio.gather(*sent)
        if have < replicas:
            raise NotReplicated(f"{have} of {replicas} replicas have it after {within_ms} ms")
        return done

    async def close(self) -> None:
        """End the connection; commands under way fail."""
        self.lost(RedisConnectionError("the connection was closed"))
        await asyncio.gather(*self._closing)

    def _send(self, *command: Any) -> asyncio.Future[Any]:
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[Any] = loop.create_future()
        if self._transport is None:
            answer.set_exception(RedisConnectionError("the connection to Redis was lost"))
            return answer
        packed = hiredis.pack_command(command)
        if self._waiting or self._together:
            if not self._out:
                loop.call_soon(self._flush)
            self._out.append(packed)
        else:
            self._transport.write(packed)  # It is alone: it leaves at once, not with the loop's next turn.
        if self._watching is None:
            self._answered = loop.time()
            self._watching = loop.call_later(self._silence_s, self._watch)
        self._waiting.append(answer)
        return answer

    def _flush(self) -> None:
        self._together = len(self._out) > 1
        data, self._out = b"".join(self._out), []
        if self._transport is not None:
            self._transport.write(data)

    def answered(self, answers: Iterable[Any]) -> None:
        """Hand the answers to the waiting calls, in order."""
        self._answered = asyncio.get_running_loop().time()
        elsewhere = False
        for answer in answers:
            waiting = self._waiting.popleft()
            failed = isinstance(answer, hiredis.ReplyError)
            if failed:
                elsewhere = elsewhere or str(answer).startswith(self._leaves_at)
            if waiting.done():
                continue  # Its call was cancelled; the answer still takes its place in the order.
            if failed:
                waiting.set_exception(_error(str(answer)))
            else:
                waiting.set_result(answer)
        if elsewhere:  # The next connection goes to whichever is the master by then.
            self.lost(RedisConnectionError("the server may no longer be the master"))

    def _watch(self) -> None:
        """Give a connection up that has been silent for too long while answers were due."""
        self._watching = None
        if not self._waiting:
            return
        loop = asyncio.get_running_loop()
        silent = loop.time() - self._answered
        if silent < self._silence_s:
            self._watching = loop.call_later(self._silence_s - silent, self._watch)
        else:
            self.lost(RedisTimeoutError(f"Redis has not answered for {self._silence_s:g} s"))

    def lost(self, error: Exception) -> None:
        """Let all that is under way fail; the next call connects again."""
        connection, self._connection, self._transport = self._connection, None, None
        if self._answers is not None:
            self._answers.leave()
        if self._watching is not None:
            self._watching.cancel()
            self._watching = None
        self._out.clear()
        waiting, self._waiting = self._waiting, deque()
        for answer in waiting:
            if not answer.done():
                answer.set_exception(error)
        if connection is not None:
            closing = asyncio.get_running_loop().create_task(connection.disconnect(nowait=True))
            self._closing.add(closing)
            closing.add_done_callback(self._closing.discard)


def _error(said: str) -> Exception:
    """Return the error; a server that is not ready, or no longer in charge, counts as a lost connection to retry."""
    kind = RedisConnectionError if said.partition(" ")[0] in NOT_NOW else ResponseError
    return kind(said)


class _Answers(asyncio.Protocol):
    """What the pipe's connection receives."""

    def __init__(self, pipe: Pipe) -> None:
        self._pipe: Pipe | None = pipe
        self._parser = hiredis.Reader()

    def data_received(self, data: bytes) -> None:
        self._parser.feed(data)
        if self._pipe is not None:
            self._pipe.answered(self._whole())

    def _whole(self) -> Iterator[Any]:
        # hiredis returns False where the next answer is not complete. `is`, as an answer of 0 equals False.
        while (answer := self._parser.gets()) is not False:
            yield answer

    def leave(self) -> None:
        """Report nothing more to the pipe, which has given this connection up."""
        self._pipe = None

    def connection_lost(self, exc: Exception | None) -> None:
        if self._pipe is not None:
            self._pipe.lost(RedisConnectionError(f"the connection to Redis was lost{f': {exc}' if exc else ''}"))
