"""What the library uses of redis-py, docket and openai beneath their public face: versions, and the parts by name."""

from __future__ import annotations

import asyncio
import errno
import inspect
import tomllib
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest
import redis.asyncio
from packaging.requirements import Requirement
from redis.asyncio.connection import (
    AbstractConnection,
    Connection,
    ConnectionPool,
    SSLConnection,
    UnixDomainSocketConnection,
)
from redis.exceptions import BusyLoadingError
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import TimeoutError as RedisTimeoutError

from genisys.engine import wakeups  # stands on docket's private parts, which are held here
from genisys.host import Engine
from genisys.redis_io import connection as connections  # stands on redis-py's private parts, which are held here
from genisys.redis_io.errors import is_silence  # stands on how redis-py words what it meets
from tests.waits import until

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize("name", ["openai", "pydocket", "redis"])
def test_no_later_version_is_allowed_than_the_one_whose_parts_are_known(name: str) -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    [needed] = [each for each in map(Requirement, project["dependencies"]) if each.name == name]
    assert any(each.operator == "<" for each in needed.specifier), str(needed)
    major, minor, *_ = map(int, version(name).split(".")[:2])
    assert needed.specifier.contains(version(name))
    for later in (f"{major}.{minor + 1}.0", f"{major + 1}.0.0"):
        assert not needed.specifier.contains(later), later
    pinned = {
        each.name: each
        for line in (ROOT / "requirements.txt").read_text().splitlines()
        if line and not line.startswith("#")
        for each in [Requirement(line)]
    }
    assert str(pinned[name].specifier) == f"=={version(name)}"


@pytest.mark.parametrize("kind", [Connection, SSLConnection, UnixDomainSocketConnection])
def test_a_connection_of_redis_writes_and_is_timed_where_ours_takes_over(kind: type[AbstractConnection]) -> None:
    assert issubclass(kind, AbstractConnection)
    sent = inspect.signature(kind.send_packed_command)
    assert list(sent.parameters) == ["self", "command", "check_health"]
    assert inspect.iscoroutinefunction(kind.send_packed_command)
    assert "socket_timeout" in inspect.signature(AbstractConnection.__init__).parameters
    assert "check_health" in inspect.signature(kind.connect_check_health).parameters
    assert kind.send_packed_command is AbstractConnection.send_packed_command
    for name in ("connect_check_health", "check_health", "disconnect", "on_connect", "send_command", "read_response"):
        assert inspect.iscoroutinefunction(getattr(kind, name)), name


async def test_what_a_burst_has_opened_is_closed_once_nobody_has_needed_it(
    redis_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    client: Any = connections.client_of(
        connections.parse_address(redis_url), client_name="burst", max_connections=8, timeout=20
    )

    async def open_now() -> int:
        return sum(each["name"] == "burst" for each in await client.client_list())

    async with client:
        await asyncio.gather(*(client.blpop("nothing comes here", 0.3) for _ in range(8)))
        assert await open_now() == 8, "used a moment ago: they stay"
        monkeypatch.setattr(connections, "IDLE_S", 0.0)
        await client.ping()

        async def is_one() -> bool:
            return await open_now() == 1

        await until(is_one, "what nobody needs stays open")
        monkeypatch.undo()
        await asyncio.gather(*(client.blpop("nothing comes here", 0.1) for _ in range(9)))
        assert await open_now() == 8, "as many as before can be made again"


async def test_a_deployment_that_nobody_wakes_any_more_holds_no_connections(
    own_redis: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with Engine(own_redis.url, deployment="test") as engine, redis.asyncio.from_url(own_redis.url) as client:

        async def wake(*deployments: str) -> None:
            await asyncio.gather(*(engine.wake_anew("a run", name) for name in deployments for _ in range(3)))

        async def connections() -> int:
            return len(await client.client_list())

        await wake("v1", "v2")
        with_two = await connections()
        monkeypatch.setattr(wakeups, "UNUSED_S", 0.5)
        for number in range(3, 6):
            await asyncio.sleep(0.6)
            await wake(f"v{number}")

        async def are_closed() -> bool:
            return await connections() < with_two

        await until(are_closed, "what is unused stays open")
        await wake("v1")


async def test_the_stream_beneath_a_connection_of_redis_can_be_taken_over(redis_url: str) -> None:
    pool: ConnectionPool = ConnectionPool.from_url(redis_url)
    assert isinstance(pool.connection_class, type)
    pool.connection_class = connections.guarded(pool.connection_class)
    assert issubclass(pool.connection_class, AbstractConnection)
    client: Any = redis.asyncio.Redis.from_pool(pool)
    connection: Any = client.connection_pool.make_connection()
    await connection.connect()
    try:
        assert isinstance(connection._writer, asyncio.StreamWriter)
        for seconds in (None, 5.0):
            connection.socket_timeout = seconds
            assert connection.socket_timeout == seconds, "it can be put aside for a write"
        received: asyncio.Queue[bytes] = asyncio.Queue()

        class Ours(asyncio.Protocol):
            def data_received(self, data: bytes) -> None:
                received.put_nowait(data)

        connection._writer.transport.set_protocol(Ours())
        connection._writer.transport.write(b"*1\r\n$4\r\nPING\r\n")
        assert await asyncio.wait_for(received.get(), 20) == b"+PONG\r\n"
    finally:
        await connection.disconnect(nowait=True)
        await client.aclose()


def _met(error: Exception, cause: BaseException | None = None) -> Exception:
    error.__context__ = cause
    return error


@pytest.mark.parametrize(
    ("error", "silent"),
    [
        (RedisTimeoutError("Timeout reading from socket"), True),
        (_met(RedisConnectionError("Error 113"), OSError(errno.EHOSTUNREACH, "No route to host")), True),
        (_met(RedisConnectionError("Error"), TimeoutError()), True),
        (_met(RedisConnectionError("Error 111"), ConnectionRefusedError(errno.ECONNREFUSED, "refused")), False),
        (RedisConnectionError("Connection closed by server."), False),
        (BusyLoadingError("Redis is loading the dataset in memory"), False),
    ],
)
def test_whoever_refuses_is_not_silent(error: Exception, silent: bool) -> None:
    assert is_silence(error) is silent


# Wakeups for later: workers send them where whoever gave them has gone, and look no oftener than needed.


class Queue:
    """A deployment's docket, and the connection that a worker asks over."""

    def __init__(self, opened: Any, redis: Any) -> None:
        self._opened = opened
        self._redis = redis

    async def give(self, run_id: str, in_s: float) -> None:
        when = datetime.fromtimestamp(wakeups.now_ms() / 1000 + in_s, UTC)
        await self._opened.add(wakeups.genisys_run, when=when, key=run_id)(run_id)

    async def remind(self) -> float:
        return await wakeups._remind_of_due(self._opened, self._redis)

    async def sent(self) -> int:
        return int(await self._redis.xlen(self._opened.stream_key))


@pytest.fixture
async def queue(redis_url: str) -> AsyncIterator[Queue]:
    async with wakeups.open_docket("reminders", redis_url) as opened, opened.redis() as redis:
        opened.register(wakeups.genisys_run)
        yield Queue(opened, redis)
        await opened.clear()


async def test_with_nothing_to_come_workers_look_seldom(queue: Queue) -> None:
    assert await queue.remind() == wakeups.REMIND_AT_REST_S


async def test_a_wakeup_far_away_is_looked_for_as_seldom(queue: Queue) -> None:
    await queue.give("later", 3600)
    assert await queue.remind() == wakeups.REMIND_AT_REST_S
    assert await queue.sent() == 0


async def test_the_next_look_is_when_the_next_wakeup_is_due(queue: Queue) -> None:
    await queue.give("later", 3600)
    await queue.give("soon", wakeups.REMIND_AT_REST_S - 1)
    assert wakeups.REMIND_EVERY_S <= await queue.remind() < wakeups.REMIND_AT_REST_S
    assert await queue.sent() == 0


async def test_what_has_come_due_is_sent_once(queue: Queue, monkeypatch: pytest.MonkeyPatch) -> None:
    await queue.give("soon", 2)
    await queue.give("later", 3600)
    at = wakeups.now_ms() + 3000
    monkeypatch.setattr(wakeups, "now_ms", lambda: at)
    assert await queue.remind() == wakeups.REMIND_AT_REST_S
    await queue.remind()
    assert await queue.sent() == 1


async def test_a_redis_that_is_away_ends_no_worker(queue: Queue, monkeypatch: pytest.MonkeyPatch) -> None:
    async def away(*_: Any, **__: Any) -> None:
        raise ConnectionError("refused")

    monkeypatch.setattr(wakeups.docket.worker, "_stream_due_tasks", away)
    assert await queue.remind() == wakeups.REMIND_EVERY_S
