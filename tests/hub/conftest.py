"""A hub on the engine of all tests; a module that wants it otherwise has its own."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from genisys.host import Engine, Hub


@pytest.fixture
async def hub(engine: Engine) -> AsyncIterator[Hub]:
    hub = Hub(engine)
    await hub.start()
    yield hub
    await hub.stop()
