"""Wakeups for later are sent by the workers where whoever gave them has gone, and looked for no oftener than needed."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import pytest

from genisys.core.clock import now_ms
from genisys.engine import wakeups
from genisys.engine.wakeups import REMIND_AT_REST_S, REMIND_EVERY_S, genisys_run, open_docket


class Queue:
    """A deployment's docket, and the connection that a worker asks over."""

    def __init__(self, opened: Any, redis: Any) -> None:
        self._opened = opened
        self._redis = redis

    async def give(self, run_id: str, in_s: float) -> None:
        when = datetime.fromtimestamp(now_ms() / 1000 + in_s, UTC)
        await self._opened.add(genisys_run, when=when, key=run_id)(run_id)

    async def remind(self) -> float:
        return await wakeups._remind_of_due(self._opened, self._redis)

    async def sent(self) -> int:
        return int(await self._redis.xlen(self._opened.stream_key))


@pytest.fixture
async def queue(redis_url: str) -> AsyncIterator[Queue]:
    async with open_docket("reminders", redis_url) as opened, opened.redis() as redis:
        opened.register(genisys_run)
        yield Queue(opened, redis)
        await opened.clear()


async def test_with_nothing_to_come_workers_look_seldom(queue: Queue) -> None:
    assert await queue.remind() == REMIND_AT_REST_S


async def test_a_wakeup_far_away_is_looked_for_as_seldom(queue: Queue) -> None:
    await queue.give("later", 3600)
    assert await queue.remind() == REMIND_AT_REST_S
    assert await queue.sent() == 0


async def test_the_next_look_is_when_the_next_wakeup_is_due(queue: Queue) -> None:
    await queue.give("later", 3600)
    await queue.give("soon", REMIND_AT_REST_S - 1)
    assert REMIND_EVERY_S <= await queue.remind() < REMIND_AT_REST_S
    assert await queue.sent() == 0


async def test_what_has_come_due_is_sent_once(queue: Queue, monkeypatch: pytest.MonkeyPatch) -> None:
    await queue.give("soon", 2)
    await queue.give("later", 3600)
    at = now_ms() + 3000
    monkeypatch.setattr(wakeups, "now_ms", lambda: at)
    assert await queue.remind() == REMIND_AT_REST_S
    await queue.remind()
    assert await queue.sent() == 1


async def test_a_redis_that_is_away_ends_no_worker(queue: Queue, monkeypatch: pytest.MonkeyPatch) -> None:
    async def away(*_: Any, **__: Any) -> None:
        raise ConnectionError("refused")

    monkeypatch.setattr(wakeups.docket.worker, "_stream_due_tasks", away)
    assert await queue.remind() == REMIND_EVERY_S
