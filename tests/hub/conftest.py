"""An engine over a real Redis, and a hub on it; a module that wants them otherwise has its own."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from genisys import Engine
from genisys._hub import Hub


@pytest.fixture
async def engine(redis_url: str) -> AsyncIterator[Engine]:
    async with Engine(redis_url) as engine:
        yield engine


@pytest.fixture
async def hub(engine: Engine) -> AsyncIterator[Hub]:
    hub = Hub(engine)
    await hub.start()
    yield hub
    await hub.stop()
