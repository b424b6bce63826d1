"""The world that the table is held against."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator

import pytest
from asgiref.sync import sync_to_async

from runs import following, service
from tests.rights.world import World


@pytest.fixture
async def world(redis_url: str, transactional_db: None, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[World]:
    # Hundreds of refusals are meant, and each would be written out with its traceback.
    monkeypatch.setattr(logging.getLogger("django.request"), "disabled", True)
    made = World()
    await sync_to_async(made.fill)()
    yield made
    await following.close_hub()
    await service.close_engine()
