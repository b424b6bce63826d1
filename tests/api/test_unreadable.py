"""A run that cannot be read, and a name that cannot be looked up, are the matter of whoever asked for them."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

import pytest
from django.db import OperationalError
from django.test import AsyncClient

from genisys.testing.redis import run_key
from runs.live import viewer_slots
from runs.live.query_batcher import QueryBatcher
from runs.service.starting import start_run
from tests.api.test_sockets import connect  # noqa: F401 - a fixture
from tests.api.test_streams import NDJSON


async def spoil(engine: Any, run_id: str) -> None:
    key = run_key(run_id, "log")
    (entry,) = await engine.store._redis.xrevrange(key, count=1)
    await engine.store._redis.xdel(key, entry[0])
    await engine.store._redis.xadd(key, {**entry[1], b"b": b"[{"}, id=b"%d-1" % int(entry[0].split(b"-")[0]))


async def test_a_run_that_cannot_be_read_is_told_of_with_a_sentence_on_every_way(
    owner: Any, people: Any, async_client: AsyncClient, live_run: Any, engine: Any
) -> None:
    await live_run.say("one")
    await spoil(engine, live_run.id)

    page = await owner.get(f"{live_run.url}/events")
    assert page.status_code == 410
    assert "cannot be read" in page.json()["detail"]
    stream = await owner.get(f"{live_run.url}/events", **NDJSON)
    told = b"".join([part async for part in stream.streaming_content])
    assert b'"t":"error"' in told
    assert b"cannot be read" in told
    assert (await owner.get(live_run.url)).status_code == 200
    await async_client.aforce_login(people.owner)
    assert "cannot be read" in (await async_client.get(f"/runs/{live_run.id}/")).content.decode()


async def test_one_socket_shows_the_other_runs_where_one_cannot_be_read(
    connect: Any,  # noqa: F811
    people: Any,
    live_run: Any,
    engine: Any,
) -> None:
    other = await start_run(user=people.owner, workflow="api-test", input={"topic": "wasps"})
    await live_run.say("one")
    await spoil(engine, other.pk)
    socket = await connect(people.owner)
    await socket.say(t="sub", run=other.pk)
    assert (await socket.hear_until("error"))[-1]["run"] == other.pk
    await socket.say(t="sub", run=live_run.id)
    await socket.hear_until("live")
    await live_run.finish()
    assert (await socket.hear_until("end"))[-1]["run"] == live_run.id


async def test_a_lookup_that_fails_fails_alone() -> None:
    async def answer(keys: Sequence[str]) -> dict[str, str]:
        if "wrong" in keys:
            raise ValueError("This cannot be looked up.")
        return {key: key.upper() for key in keys}

    batcher = QueryBatcher(answer)
    names = ["a", "wrong", "b", *(f"name {at}" for at in range(20))]
    found = await asyncio.gather(*map(batcher.ask, names), return_exceptions=True)
    assert isinstance(found[1], ValueError)
    assert [*found[:1], *found[2:]] == [name.upper() for name in names if name != "wrong"]


async def test_a_lookup_that_the_database_cannot_answer_now_fails_for_all() -> None:
    async def answer(keys: Sequence[str]) -> dict[str, str]:
        raise OperationalError("database is locked")

    with pytest.raises(OperationalError):
        await QueryBatcher(answer).ask("a")


async def test_a_seat_that_cannot_be_checked_is_lost_and_the_others_are_checked(
    people: Any, monkeypatch: Any, live_run: Any
) -> None:
    lost: dict[str, Any] = {}

    def slot(name: str, session: str) -> viewer_slots.ViewerSlot:
        return viewer_slots.take(people.owner, session_key=session, on_lost=lambda what: lost.setdefault(name, what))

    async def session_of(user: Any) -> str:
        client = AsyncClient()
        await client.aforce_login(user)
        return str(client.session.session_key)

    people_of = viewer_slots.people_of

    def refuses(keys: Any) -> Any:
        keys = list(keys)
        if "spoilt" in keys:
            raise ValueError("This session cannot be decoded.")
        return people_of(keys)

    monkeypatch.setattr(viewer_slots, "people_of", refuses)
    session = await session_of(people.owner)
    taken = [slot("good", session), slot("spoilt", "spoilt"), slot("signed out", "unknown"), slot("good too", session)]
    try:
        await viewer_slots.recheck()
        assert lost == {"spoilt": None, "signed out": None}
    finally:
        for each in taken:
            each.leave()
