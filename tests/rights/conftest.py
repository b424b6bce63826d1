"""The world that the table is held against."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator
from typing import Any

import pytest
from asgiref.sync import sync_to_async

from runs.engines import close_engine
from runs.live import following
from tests.rights.world import World


@pytest.fixture
async def world(
    redis_url: str, transactional_db: None, monkeypatch: pytest.MonkeyPatch, settings: Any
) -> AsyncIterator[World]:
    # Hundreds of refusals are meant, and each would be written out with its traceback.
    monkeypatch.setattr(logging.getLogger("django.request"), "disabled", True)
    # So are hundreds of requests in a minute, and runs that nobody runs.
    settings.GENISYS_API_REQUESTS_PER_MINUTE = 0
    settings.GENISYS_API_LONGEST_WAIT_SECONDS = 0
    made = World()
    await sync_to_async(made.fill)()
    yield made
    await following.close_hub()
    await close_engine()
