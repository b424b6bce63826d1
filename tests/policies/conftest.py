"""Stores under test: the real one over a real Redis, and the one that ships for tests."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from genisys.testing import MemoryStore
from genisys.testing.redis import Store
from tests.conftest import Process


@pytest.fixture(params=["memory", "redis"])
async def store(request: pytest.FixtureRequest) -> AsyncIterator[Store | MemoryStore]:
    if request.param == "memory":
        yield MemoryStore()
        return
    real = Store(request.getfixturevalue("redis_url"))
    yield real
    await real.close()


@pytest.fixture
def workers(redis_url: str, tmp_path: Path) -> Iterator[list[Process]]:
    """Two real worker processes with the workflows of `flows`."""
    import sys

    argv = [sys.executable, "-m", "genisys", "worker", "tests.policies.flows", "--no-spare", "--redis", redis_url]
    environment = {"GENISYS_SECRET": "the workers' secret"}
    started = [
        Process(name, [*argv, "--deployment", "test"], tmp_path / f"{name}.log", environment) for name in ("a", "b")
    ]
    for process in started:
        process.start()
    yield started
    for process in started:
        process.kill()
