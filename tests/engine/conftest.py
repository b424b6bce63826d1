"""Stores under test: the real one over a real Redis, and the one that ships for tests."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from genisys.host import Worker
from genisys.testing import MemoryStore
from genisys.testing.redis import Store
from tests.conftest import Process, RedisServer


@pytest.fixture
def make_process(tmp_path: Path) -> Iterator[Callable[[str, list[str]], Process]]:
    """Makes processes that end with the test, also where it fails: the Redis they know is the next test's, too."""
    made: list[Process] = []

    def make(name: str, argv: list[str]) -> Process:
        made.append(Process(name, argv, tmp_path / f"{name}.log"))
        return made[-1]

    yield make
    for process in made:
        process.kill()


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


@pytest.fixture
async def work_here(redis_url: str) -> AsyncIterator[Callable[..., Worker]]:
    """Starts workers in the test's own process, which stop with it."""
    running: list[tuple[Worker, asyncio.Task[None]]] = []

    def start(**options: Any) -> Worker:
        worker = Worker(redis_url, hand_over_s=0.2, **options)
        running.append((worker, asyncio.create_task(worker.run())))
        return worker

    yield start
    for worker, _ in running:
        worker.stop()
    await asyncio.gather(*(task for _, task in running))
