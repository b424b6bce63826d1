"""What the database or a decoder refuses of one run is set aside, and everything behind it goes on."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import OperationalError
from django.utils import timezone
from pydantic import BaseModel

from genisys import workflow
from genisys.host import Engine
from genisys.testing.redis import partition_key, run_key, write
from runs.accounts import notices
from runs.control_plane import again, projection, retention
from runs.control_plane.control import Control
from runs.models import Archive, AuditEntry, EndNotice, Run, SetAside
from runs.record.refused import set_aside
from runs.record.refused.set_aside import What
from runs.rules.audit import Actor, Via
from runs.service.actions import retry_run
from runs.service.starting import start_run
from tests.runs.poison import POISONS, Poison

ACTOR = Actor(None, Via.COMMAND)


class Order(BaseModel):
    pass


class Result(BaseModel):
    text: str = ""


@workflow(name="aside-test")
async def aside_test(order: Order) -> Result:
    return Result()


@pytest.fixture
def make(engine: Engine, people: Any) -> Callable[..., Any]:
    """Start a run that no worker takes, and end it."""

    async def make(status: str = "completed", *events: dict[str, Any]) -> Run:
        run = await start_run(user=people.owner, workflow="aside-test", input=Order())
        if events:
            await write(engine, run.pk, events)
        if status:
            end: dict[str, Any] = {"type": f"run.{status}", "at": 2}
            if status == "failed":
                end["error"] = {"kind": "E", "message": "It broke.", "permanent": True}
            await write(engine, run.pk, [end], status=status)
        return run

    return make


async def asides(run: Run) -> list[tuple[str, int]]:
    return [(aside.what, aside.tries) async for aside in SetAside.objects.filter(run=run)]


async def is_recorded(run: Run) -> bool:
    await run.arefresh_from_db()
    return run.finished and await Archive.objects.filter(pk=run.pk).aexists()


@pytest.mark.parametrize("poison", POISONS, ids=str)
async def test_a_run_that_is_refused_is_set_aside_and_those_around_it_are_recorded(
    poison: Poison, control: Control, make, redis_server, caplog
):
    before, spoilt, after = [await make() for _ in range(3)]
    with redis_server.client() as client:
        poison.put(client, spoilt.pk)

    await control.sweep()
    await control.sweep()

    assert await is_recorded(before)
    assert await is_recorded(after)
    assert await asides(before) == await asides(after) == []
    found = await asides(spoilt)
    assert found == [("record", 1)] or (found == [] and not poison.always and await is_recorded(spoilt))
    if found:
        aside = await SetAside.objects.aget(run=spoilt)
        assert ":" in aside.cause or aside.cause.isidentifier()
        assert spoilt.pk in caplog.text


async def test_however_many_are_refused_the_others_are_recorded_as_their_ends_are_told(
    control: Control, engine: Engine, make, redis_server, eventually
):
    spoilt = []
    with redis_server.client() as client:
        for poison in POISONS:
            spoilt.append(await make())
            poison.put(client, spoilt[-1].pk)
        client.xadd(partition_key(spoilt[0].pk, "lifecycle"), {"nonsense": b"\xff"})
    controlling = asyncio.create_task(control.run())
    try:
        innocent = [await make() for _ in range(10)]

        async def all_recorded() -> bool:
            return all([await is_recorded(run) for run in innocent])

        async def all_aside() -> bool:
            dealt_with = [bool(await asides(run)) or await is_recorded(run) for run in spoilt]
            return all(dealt_with)

        await eventually(all_recorded, "the innocent runs were not recorded")
        await eventually(all_aside, "a refused run was not set aside")
    finally:
        control.stop()
        await asyncio.wait_for(controlling, 30)


async def test_a_refused_run_says_how_it_ended_and_keeps_its_keys(control: Control, make, redis_server):
    run = await make("failed")
    with redis_server.client() as client:
        client.hset(run_key(run.pk, "journal"), "a" * 32, "{}")
        await control.sweep()
        await run.arefresh_from_db()
        assert (run.status, await Archive.objects.filter(pk=run.pk).aexists()) == ("failed", False)
        assert run.ended_at is not None
        assert client.ttl(run_key(run.pk, "log")) > 3600


async def test_what_was_mended_is_recorded_whole_when_somebody_tries_again(control: Control, make, redis_server):
    run = await make()
    with redis_server.client() as client:
        client.hset(run_key(run.pk, "journal"), "@output", "NaN")
        await control.sweep()
        assert await asides(run) == [("record", 1)]

        (left,) = await again.try_again(run, ACTOR)
        assert (left.what, left.tries) == ("record", 2)
        client.hset(run_key(run.pk, "journal"), "@output", '{"text":"mended"}')
        assert await again.try_again(run, ACTOR) == []

        assert await is_recorded(run)
        assert run.output == {"text": "mended"}
        assert 0 < client.ttl(run_key(run.pk, "log")) <= 86_400
    assert await asides(run) == []
    assert [entry.action async for entry in AuditEntry.objects.filter(run_id=run.pk)] == ["again", "again"]
    assert await again.try_again(run, ACTOR) == []


async def test_an_open_run_that_is_refused_is_recorded_when_it_has_ended_well(
    control: Control, engine: Engine, make, redis_server
):
    run = await make("", {"type": "status", "at": 1, "text": "begun"})
    with redis_server.client() as client:
        client.hset(run_key(run.pk, "meta"), mapping={"input_tokens": str(2**70), "status": "running"})
        await control.sweep()
        await control.sweep()
        assert await asides(run) == [("record", 1)]
        client.hset(run_key(run.pk, "meta"), "input_tokens", "5")
    await write(engine, run.pk, [{"type": "run.completed", "at": 2}], status="completed")

    await control.sweep()

    assert await is_recorded(run)
    assert run.input_tokens == 5
    assert await asides(run) == []


async def test_a_retry_takes_the_record_up_again(control: Control, engine: Engine, make, redis_server):
    run = await make("failed")
    with redis_server.client() as client:
        client.hset(run_key(run.pk, "journal"), "a" * 32, "{}")
        await control.sweep()
        assert await asides(run) == [("record", 1)]
        client.hdel(run_key(run.pk, "journal"), "a" * 32)
    await run.arefresh_from_db()

    await retry_run(run, ACTOR)

    assert await asides(run) == []
    await write(engine, run.pk, [{"type": "run.cancelled", "at": 3}], status="cancelled")
    await control.sweep()
    assert await is_recorded(run)


@pytest.mark.parametrize("fault", [OperationalError("database is locked"), ConnectionError("Redis is away")])
async def test_a_fault_that_passes_sets_nobody_aside(control: Control, make, monkeypatch, fault):
    runs = [await make() for _ in range(2)]

    def away(*_: Any) -> bool:
        raise fault

    with monkeypatch.context() as patch:
        patch.setattr(projection, "write_record", away)
        with pytest.raises(type(fault)):
            await control.sweep()
    assert not await SetAside.objects.aexists()
    await control.sweep()
    assert [await is_recorded(run) for run in runs] == [True, True]


async def test_a_start_that_is_refused_holds_up_no_other(control: Control, people, monkeypatch):
    old = timezone.now() - timedelta(minutes=1)
    rows = [
        await Run.objects.acreate(
            owner=people.owner, workflow="aside-test", deployment="dev", input={}, created_at=old, sealed_input=sealed
        )
        for sealed in ("", "no seal of ours", "")
    ]
    started: list[str] = []

    async def start(engine: Engine, run: Run, *, unknown: bool) -> None:
        assert unknown
        if run.sealed_input:
            raise ValueError("This is no input.")
        started.append(run.pk)

    monkeypatch.setattr("runs.control_plane.control.start_recorded", start)
    await control.sweep()
    await control.sweep()

    assert set(started) == {rows[0].pk, rows[2].pk}
    assert await asides(rows[1]) == [("start", 1)]


async def test_a_mail_that_cannot_be_made_is_set_aside_and_the_next_one_goes_out(make, people, control, mailoutbox):
    runs = [await make("failed") for _ in range(3)]
    await control.sweep()
    for run in runs:
        await EndNotice.objects.acreate(run=run, person=people.owner)
    await Run.objects.filter(pk=runs[1].pk).aupdate(error=["not what an error looks like"])

    while await notices.send_next():
        pass

    assert len(mailoutbox) == 2
    assert await asides(runs[1]) == [("mail", 1)]
    await Run.objects.filter(pk=runs[1].pk).aupdate(error={"message": "It broke."})
    assert await again.try_again(runs[1], ACTOR) == []
    assert await notices.send_next()
    assert len(mailoutbox) == 3


async def test_history_that_cannot_be_removed_holds_up_no_other(make, control, monkeypatch):
    runs = [await make() for _ in range(3)]
    await control.sweep()
    await Archive.objects.all().aupdate(created_at=runs[0].created_at - timedelta(days=9))
    forget = retention.FolderBlobs.forget

    async def refuses(self: Any, run_id: str) -> None:
        if run_id == runs[1].pk:
            raise ValueError("This is no name of a folder.")
        await forget(self, run_id)

    with monkeypatch.context() as patch:
        patch.setattr(retention.FolderBlobs, "forget", refuses)
        assert await retention.remove_old_history(timedelta(days=1)) == 2
        assert await retention.remove_old_history(timedelta(days=1)) == 0
    assert await asides(runs[1]) == [("history", 1)]
    assert await again.try_again(runs[1], ACTOR) == []
    assert not await Archive.objects.aexists()


async def test_staff_see_the_cause_and_try_again(make, control, redis_server, people, async_client, client):
    run = await make()
    with redis_server.client() as redis:
        redis.hset(run_key(run.pk, "journal"), "@output", "NaN")
        await control.sweep()
        await async_client.aforce_login(people.operator)
        listed = (await async_client.get("/admin/runs/run/?aside=any")).content.decode()
        assert "set aside" in listed
        assert run.pk in listed
        page = (await async_client.get(f"/admin/runs/run/{run.pk}/change/")).content.decode()
        assert "Set aside" in page
        assert (await SetAside.objects.aget(run=run)).cause.split(":")[0] in page
        redis.hset(run_key(run.pk, "journal"), "@output", "{}")

    chosen = {"action": "try_again_selected", "_selected_action": run.pk, "index": "0"}
    await async_client.aforce_login(people.staff)
    await async_client.post("/admin/runs/run/", chosen)
    assert await asides(run) == [("record", 1)], "who may only look does not try again"
    await async_client.aforce_login(people.operator)
    told = await async_client.post("/admin/runs/run/", chosen, follow=True)
    assert "nothing of it is set aside now" in told.content.decode()
    assert await is_recorded(run)
    assert run.pk not in (await async_client.get("/admin/runs/run/?aside=any")).content.decode()


async def test_the_command_lists_what_is_set_aside_and_tries_it_again(make, control, redis_server):
    run = await make()
    with redis_server.client() as redis:
        redis.hset(run_key(run.pk, "journal"), "@output", "NaN")
        await control.sweep()

        def command(*arguments: str) -> str:
            out = StringIO()
            call_command("runs", *arguments, stdout=out)
            return out.getvalue()

        (told,) = json.loads(await asyncio.to_thread(command, "aside", "--json"))
        assert (told["run"], told["what"], told["tries"]) == (run.pk, "record", 1)
        with pytest.raises(CommandError, match="its record was refused"):
            await asyncio.to_thread(command, "again", run.pk)
        redis.hset(run_key(run.pk, "journal"), "@output", "{}")
        assert "Nothing of it is set aside now" in await asyncio.to_thread(command, "again", run.pk)
        assert "None." in await asyncio.to_thread(command, "aside")
    assert await is_recorded(run)


async def test_what_is_set_aside_can_be_stored_whatever_the_error_says(make):
    run = await make()
    await set_aside.aput(run.pk, What.RECORD, ValueError("half \ud83d, nothing \x00, long " + "x" * 5000))
    aside = await SetAside.objects.aget(run=run)
    assert aside.cause.startswith("ValueError: half \ufffd, nothing \ufffd, long xxx")
    assert len(aside.cause) == 1000
    await set_aside.aput("no such run", What.RECORD, ValueError("x"))
    assert await SetAside.objects.acount() == 1
