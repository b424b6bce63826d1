"""Stores under test: the real one over a real Redis, and the one that ships for tests."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from genisys._store import Store
from genisys.testing import MemoryStore


@pytest.fixture(params=["memory", "redis"])
async def store(request: pytest.FixtureRequest) -> AsyncIterator[Store | MemoryStore]:
    if request.param == "memory":
        yield MemoryStore()
        return
    real = Store(request.getfixturevalue("redis_url"))
    yield real
    await real.close()
