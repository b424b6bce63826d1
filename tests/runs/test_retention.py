"""What is old goes in small pieces, and a control that is told to stop leaves the rest."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.contrib.sessions.models import Session
from django.db import connection
from django.utils import timezone

from runs.control_plane import retention
from runs.models import Archive, Run

OLD = timedelta(days=9)
KEEP = timedelta(days=1)


@pytest.fixture
def histories(people: Any, monkeypatch: pytest.MonkeyPatch) -> list[Run]:
    """Five old ones, and one that is kept; two go at once."""
    monkeypatch.setattr(retention, "AT_ONCE", 2)
    monkeypatch.setattr(retention, "BETWEEN_S", 0)
    runs = [Run.objects.create(workflow="w", owner=people.owner, deployment="dev", input={}) for _ in range(6)]
    bare: dict[str, Any] = {"log_id": "L", "last_seq": 1, "state": b"", "events": b"", "journal": b""}
    for age, run in enumerate(runs):
        Archive.objects.create(run=run, created_at=timezone.now() - (OLD if age else timedelta()), **bare)
    return runs


async def test_histories_go_in_transactions_of_few_rows(histories: list[Run]) -> None:
    deleted = []

    def counted(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        if sql.startswith("DELETE"):
            deleted.append(len(params))
        return execute(sql, params, many, context)

    await sync_to_async(lambda: connection.execute_wrappers.append(counted))()
    try:
        assert await retention.remove_old_history(KEEP) == 5
    finally:
        await sync_to_async(lambda: connection.execute_wrappers.remove(counted))()
    assert deleted == [2, 2, 1]
    assert (await Archive.objects.aget()).pk == histories[0].pk


async def test_whoever_is_told_to_stop_leaves_the_rest(histories: list[Run], monkeypatch: pytest.MonkeyPatch) -> None:
    stopping = asyncio.Event()
    forget = retention.FolderBlobs.forget

    async def forget_and_stop(self: Any, run_id: str) -> None:
        stopping.set()
        await forget(self, run_id)

    monkeypatch.setattr(retention.FolderBlobs, "forget", forget_and_stop)
    assert await retention.remove_old_history(KEEP, stopping) == 2
    assert await Archive.objects.acount() == 4


async def test_sessions_that_ran_out_are_removed(histories: list[Run]) -> None:
    for number, ends in enumerate((-3, -2, -1, 1)):
        await Session.objects.acreate(pk=f"s{number}", expire_date=timezone.now() + timedelta(hours=ends))
    assert await retention.remove_ended_sessions() == 3
    assert [each.pk async for each in Session.objects.all()] == ["s3"]
