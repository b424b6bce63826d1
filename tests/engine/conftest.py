"""Stores under test: the real one over a real Redis, and the one that ships for tests."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import pytest

from genisys._store import Store
from genisys.testing import MemoryStore
from tests.conftest import Process, RedisServer


@pytest.fixture
def make_process(tmp_path: Path) -> Callable[[str, list[str]], Process]:
    return lambda name, argv: Process(name, argv, tmp_path / f"{name}.log")


@pytest.fixture
def own_redis(tmp_path: Path) -> Iterator[RedisServer]:
    """A Redis of one test alone, which it may restart."""
    folder = tmp_path / "redis"
    folder.mkdir()
    server = RedisServer(folder)
    server.start()
    yield server
    server.process.kill()


@pytest.fixture(params=["memory", "redis"])
async def store(request: pytest.FixtureRequest) -> AsyncIterator[Store | MemoryStore]:
    if request.param == "memory":
        yield MemoryStore()
        return
    real = Store(request.getfixturevalue("redis_url"))
    yield real
    await real.close()
