"""Control makes the record follow the logs, whatever comes between."""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any
from unittest.mock import AsyncMock

import pytest
from django.utils import timezone
from pydantic import BaseModel

from genisys import component, status, text, workflow
from genisys.host import Change, Engine, FolderBlobs, RunMeta, Worker, canonical, fold, keep_blobs_in
from genisys.testing import FakeProvider
from genisys.testing.redis import run_key, write
from runs.control_plane import projection
from runs.control_plane.control import Control
from runs.control_plane.retention import remove_old_history
from runs.engines import close_engine
from runs.engines import engine as engine_of_loop
from runs.live.following import Cursor, follow
from runs.models import Archive, Run, Step
from runs.presentation.notices import notice_views
from runs.record import archive
from runs.record.signals import run_finished
from runs.record.states import run_events, run_state
from runs.rules.audit import Actor, Via
from runs.service import starting
from runs.service.actions import retry_run
from runs.service.starting import start_run
from tests.openai_client import drawing

ACTOR = Actor(None, Via.COMMAND)


class Order(BaseModel):
    words: list[str] = ["one", "two"]
    fail: bool = False


class Result(BaseModel):
    text: str


allow: set[str] = set()


@component(title=lambda word: f"Shout {word}")
async def shout(word: str) -> str:
    return word.upper()


@component
async def judge(order: Order) -> str:
    if order.fail and "pass" not in allow:
        raise ValueError("The judge is not amused.")
    return "fine"


@workflow(name="control-test")
async def control_test(order: Order) -> Result:
    status("Shouting")
    said = [await shout(word) for word in order.words]
    async with text("speech", title="Speech") as speech:
        speech.write(" ".join(said))
    await judge(order)
    return Result(text=speech.text)


@pytest.fixture(autouse=True)
def _judge_is_strict() -> Iterator[None]:
    allow.clear()
    yield
    allow.clear()


@pytest.fixture
def told() -> Iterator[list[tuple[str, str]]]:
    """What `run_finished` told: run id and status."""
    seen: list[tuple[str, str]] = []

    def hear(run: Run, state: dict[str, Any], **_: Any) -> None:
        seen.append((run.pk, state["run_status"]))

    run_finished.connect(hear)
    yield seen
    run_finished.disconnect(hear)


async def test_a_finished_run_is_recorded_with_its_steps_and_its_whole_log(engine, worker, recorded, people):
    run = await start_run(user=people.owner, workflow="control-test", input=Order(), title="Two words")
    await recorded(run)

    assert (run.status, run.output, run.error) == ("completed", {"text": "ONE TWO"}, None)
    assert run.attempt == 1
    assert run.created_at <= run.ended_at
    assert run.started_at <= run.ended_at
    steps = [step async for step in Step.objects.filter(run=run)]
    assert [(step.name, step.title, step.status) for step in steps] == [
        ("shout", "Shout one", "completed"),
        ("shout", "Shout two", "completed"),
        ("judge", "", "completed"),
    ]
    assert [step.output for step in steps] == ["ONE", "TWO", "fine"]
    kept = await Archive.objects.aget(pk=run.pk)
    _, state = await engine.snapshot(run.pk)
    assert archive.state_of(kept) == state
    assert hashlib.sha256(canonical(state).encode()).hexdigest() == kept.state_sha256


async def test_after_redis_let_go_state_and_log_read_the_same(engine, worker, recorded, people):
    run = await start_run(user=people.owner, workflow="control-test", input=Order())
    await recorded(run)
    _, live_state = await engine.snapshot(run.pk)
    live_events = await engine.events(run.pk)
    await engine.expire(run.pk, 0)
    assert await engine.meta(run.pk) is None

    state, meta = await run_state(run)
    page = await run_events(run, after=2, limit=3)

    assert canonical(state) == canonical(live_state)
    assert meta.closed
    assert page.events == live_events[2:5]
    assert (page.first_seq, page.last_seq, page.closed, page.log_id) == (3, len(live_events), True, meta.log_id)


async def test_a_run_whose_log_was_trimmed_is_recorded_whole(engine, control, recorded, people):
    """Control compacts a long run while it goes on; its archive has every event, and the page looks the same."""
    run = await start_run(user=people.owner, workflow="control-test", input=Order())
    pieces = [{"type": "text.delta", "at": 1, "block": "a", "off": 2 * at, "txt": "ab"} for at in range(2000)]
    final = {"type": "text.final", "at": 1, "block": "a", "txt": "ab" * 2000}
    for event in ({"type": "text.reset", "at": 1, "block": "a"}, *pieces[:1]):
        await write(engine, run.pk, [event])
    for first in range(1, 2000, 100):
        await write(engine, run.pk, pieces[first : first + 100])
    await write(engine, run.pk, [final])
    assert await control.compactor.sweep() == 1
    end = {"type": "run.completed", "at": 2}
    await write(engine, run.pk, [end], status="completed")
    await recorded(run)
    meta, live_state = await engine.snapshot(run.pk)
    assert live_state["blocks"]["a"]["txt"] == "ab" * 2000
    await engine.expire(run.pk, 0)

    state, _ = await run_state(run)
    page = await run_events(run, 0, 10_000)

    assert canonical(state) == canonical(live_state)
    assert canonical(fold(page.events)) == canonical(live_state)
    assert page.events[-1]["seq"] == page.last_seq == meta.last_seq
    assert len(page.events) < 100 < 2000 < page.last_seq


async def test_history_is_kept_as_long_as_the_setting_says(engine, worker, recorded, people):
    run = await start_run(user=people.owner, workflow="control-test", input=Order())
    await recorded(run)
    assert await remove_old_history(timedelta()) == 0
    assert await remove_old_history(timedelta(days=1)) == 0
    await Archive.objects.filter(pk=run.pk).aupdate(created_at=timezone.now() - timedelta(days=2))
    assert await remove_old_history(timedelta(days=1)) == 1
    await engine.expire(run.pk, 0)

    state, _ = await run_state(run)
    frames = [frame async for frame in follow(run, Cursor())]

    assert (state["run_status"], state["output"]) == ("completed", {"text": "ONE TWO"})
    assert [frame.t for frame in frames] == ["end"]
    assert await Step.objects.filter(run=run).acount() == 3


async def test_redis_keeps_a_recorded_run_only_for_a_while(engine, worker, recorded, redis_server, people):
    run = await start_run(user=people.owner, workflow="control-test", input=Order())
    await recorded(run)
    with redis_server.client() as client:
        left = [client.ttl(key) for key in client.scan_iter(match=f"*{run.pk}*") if "docket" not in key]
        run_keys = [client.ttl(key) for key in client.scan_iter(match=f"genisys:*run:{run.pk}:*")]
    assert left
    assert len(run_keys) == 4
    assert all(0 < seconds <= 3600 for seconds in run_keys)


async def test_many_controls_write_one_record_and_tell_once(engine, worker, ended, told, people, monkeypatch):
    read = AsyncMock(side_effect=projection.read_record)
    monkeypatch.setattr(projection, "read_record", read)
    run = await start_run(user=people.owner, workflow="control-test", input=Order())
    meta = await ended(run)
    change = Change(run.pk, meta.status, meta.last_seq)
    controls = [Control(engine, keep_seconds=60) for _ in range(4)]

    await asyncio.gather(*(control.follow(change) for control in controls))
    await controls[0].follow(change)

    assert told == [(run.pk, "completed")]
    assert await Step.objects.filter(run=run).acount() == 3
    assert read.await_count == 1, "they share the work"


async def test_a_record_that_a_control_left_unwritten_is_written_by_another(
    engine, worker, ended, people, redis_server
):
    run = await start_run(user=people.owner, workflow="control-test", input=Order())
    meta = await ended(run)
    change = Change(run.pk, meta.status, meta.last_seq)
    other = Control(engine, keep_seconds=60)
    assert await engine.claim_recording(run.pk, "one that dies now")

    await other.follow(change)
    assert not await Archive.objects.filter(pk=run.pk).aexists()
    with redis_server.client() as client:
        assert 0 < client.pttl(run_key(run.pk, "recorder")) <= 10_000
        client.delete(run_key(run.pk, "recorder"))
    await other.sweep()
    assert await Archive.objects.filter(pk=run.pk).aexists()


async def test_a_receiver_that_breaks_does_not_hold_up_the_record(engine, worker, recorded, people, caplog):
    def break_down(**_: Any) -> None:
        Run.objects.update(title="written by the receiver")
        raise RuntimeError("product is broken")

    run_finished.connect(break_down)
    try:
        run = await start_run(user=people.owner, workflow="control-test", input=Order(), title="Mine")
        await recorded(run)
    finally:
        run_finished.disconnect(break_down)
    assert (run.status, run.title) == ("completed", "Mine")
    assert await Archive.objects.filter(pk=run.pk).aexists()


async def test_a_run_recorded_while_redis_was_away_is_started_later(
    engine, worker, control, recorded, people, settings
):
    here = settings.REDIS_URL
    await close_engine()
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    run = await start_run(user=people.owner, workflow="control-test", input=Order())
    await close_engine()
    settings.REDIS_URL = here
    assert run.status == "queued"
    assert (await run_state(run))[0]["run_status"] == "queued"

    young = Control(engine_of_loop())
    await young.sweep()
    assert await engine_of_loop().meta(run.pk) is None, "a run this young may still be on its way"
    await Run.objects.filter(pk=run.pk).aupdate(created_at=timezone.now() - timedelta(seconds=10))
    later = Control(engine_of_loop())
    await later.sweep()
    await later.sweep()

    await _end_of(later, run)
    assert run.output == {"text": "ONE TWO"}


@pytest.mark.parametrize("away_at_its_start", [True, False])
async def test_a_run_that_was_never_handed_out_goes_where_new_runs_go_by_then(
    engine, control, people, monkeypatch, away_at_its_start
):
    with monkeypatch.context() as patched:
        patched.setattr(starting, "start_recorded", AsyncMock(side_effect=ConnectionError))
        if away_at_its_start:
            patched.setattr(Engine, "target", AsyncMock(side_effect=ConnectionError))
        run = await start_run(user=people.owner, workflow="control-test", input=Order())
    assert run.deployment == ("" if away_at_its_start else engine.deployment)
    await engine.store.deployments.promote("the next one")
    await Run.objects.filter(pk=run.pk).aupdate(created_at=timezone.now() - timedelta(seconds=10))

    await control.sweep()
    await control.sweep()

    meta = await engine.meta(run.pk)
    assert meta is not None and meta.deployment == "the next one"
    await run.arefresh_from_db()
    assert run.deployment == "the next one"


async def test_a_run_that_redis_has_lost_is_started_again_and_says_so(engine, control, people):
    run = await start_run(user=people.owner, workflow="control-test", input=Order())
    await control.sweep()
    await run.arefresh_from_db()
    assert run.log_id, "control has seen it in Redis"
    await engine.expire(run.pk, 0)
    await Run.objects.filter(pk=run.pk).aupdate(created_at=timezone.now() - timedelta(seconds=10))
    await control.sweep()
    state, _ = await run_state(run)
    assert state["run_status"] == "queued"
    assert [(notice["kind"], notice["args"]) for notice in state["notices"]] == [("redis_changed", {"whole": True})]
    (said,) = notice_views(state["notices"], timezone.now(), mine=True)
    assert "is done again" in said.text


async def _end_of(control: Control, run: Run) -> None:
    async with asyncio.timeout(20):
        while not run.finished:
            await control.sweep()
            await run.arefresh_from_db()
            await asyncio.sleep(0.05)


async def test_a_failed_run_tells_why_and_can_go_on_from_there(engine, worker, recorded, told, people):
    run = await start_run(user=people.owner, workflow="control-test", input=Order(fail=True))
    await recorded(run)
    assert run.status == "failed"
    assert run.error["message"] == "The judge is not amused."
    assert [step.status async for step in Step.objects.filter(run=run)] == ["completed", "completed", "failed"]

    allow.add("pass")
    await retry_run(run, ACTOR)
    assert (run.status, run.error, run.retried_count) == ("queued", None, 1)
    await recorded(run)

    assert (run.status, run.error, run.output) == ("completed", None, {"text": "ONE TWO"})
    steps = [step async for step in Step.objects.filter(run=run)]
    assert [(step.name, step.status) for step in steps] == [
        ("shout", "completed"),
        ("shout", "completed"),
        ("judge", "completed"),
    ]
    assert [status for _, status in told] == ["failed", "completed"]


async def test_what_was_read_before_a_retry_does_not_end_the_run_again(engine, worker, recorded, people):
    run = await start_run(user=people.owner, workflow="control-test", input=Order(fail=True))
    await recorded(run)
    stale = await engine.meta(run.pk)
    record = await projection.read_record(engine, run)
    worker.stop()
    await retry_run(run, ACTOR)

    assert await projection.finish(engine, stale, keep_seconds=1) is False
    assert await asyncio.to_thread(projection.write_record, run, record) is False

    await run.arefresh_from_db()
    assert run.status == "queued"


async def test_a_retry_that_only_redis_knows_of_opens_the_row(engine, worker, control, recorded, people):
    run = await start_run(user=people.owner, workflow="control-test", input=Order(fail=True))
    await recorded(run)
    worker.stop()
    await engine.retry(run.pk)

    await control.follow(Change(run.pk, "queued", 0))

    await run.arefresh_from_db()
    assert (run.status, run.ended_at, run.error) == ("queued", None, None)


async def test_a_finished_row_is_never_turned_back(engine, worker, ended, control, recorded, people):
    run = await start_run(user=people.owner, workflow="control-test", input=Order())
    await recorded(run)
    meta = await engine.meta(run.pk)
    early = replace(meta, closed=False, status="running", last_seq=2)
    other_log = replace(early, log_id="another", last_seq=999)
    assert await projection.project_open(early) is False
    assert await projection.project_open(other_log) is False
    await run.arefresh_from_db()
    assert run.status == "completed"


async def test_a_log_with_a_hole_ends_the_row_and_keeps_the_keys(engine, worker, ended, control, redis_server, people):
    run = await start_run(user=people.owner, workflow="control-test", input=Order())
    await ended(run)
    with redis_server.client() as client:
        (key,) = client.scan_iter(match=f"genisys:*run:{run.pk}:log")
        client.xdel(key, client.xrange(key, count=1)[0][0])

    await control.sweep()

    await run.arefresh_from_db()
    assert (run.status, run.output) == ("completed", {"text": "ONE TWO"})
    assert not await Archive.objects.filter(pk=run.pk).aexists()
    assert (await run_state(run))[0]["run_status"] == "completed"
    with redis_server.client() as client:
        assert client.ttl(key) > 3600


async def test_control_goes_on_after_redis_was_away(redis_server, engine, control, people, eventually):
    controlling = asyncio.create_task(control.run())
    # Not in a thread: the server is tied to the life of the thread that starts it.
    redis_server.stop()
    try:
        run = await start_run(user=people.owner, workflow="control-test", input=Order())
        await Run.objects.filter(pk=run.pk).aupdate(created_at=timezone.now() - timedelta(seconds=10))
    finally:
        redis_server.start()
    worker = Worker(redis_server.url, concurrency=2)
    working = asyncio.create_task(worker.run())

    async def is_recorded() -> bool:
        return await Archive.objects.filter(pk=run.pk).aexists()

    await eventually(is_recorded, "the run was not started and recorded", seconds=40)
    worker.stop()
    control.stop()
    await asyncio.wait_for(asyncio.gather(working, controlling), 30)


async def test_nul_characters_do_not_reach_the_database():
    assert projection.storable({"a\x00": ["b\x00c", 1, None]}) == {"a\ufffd": ["b\ufffdc", 1, None]}


async def test_the_bytes_that_a_run_received_go_with_its_history_and_no_other_runs(
    engine, worker, recorded, people, settings, tmp_path
):
    settings.GENISYS_BLOBS = tmp_path
    keep_blobs_in(FolderBlobs(tmp_path))
    picture = json.dumps({"created": 1, "data": [{"b64_json": "A" * 200_000}]})
    runs = []
    try:
        async with FakeProvider() as provider:
            provider.fault("raw", 2, body=picture)
            for _ in range(2):
                wish = drawing.Wish(base_url=provider.base_url)
                runs.append(await recorded(await start_run(user=people.owner, workflow="draw", input=wish)))
    finally:
        keep_blobs_in(None)
    assert [run.status for run in runs] == ["completed", "completed"]
    assert {folder.name for folder in tmp_path.iterdir() if any(folder.iterdir())} == {run.pk for run in runs}

    await Archive.objects.filter(pk=runs[0].pk).aupdate(created_at=timezone.now() - timedelta(days=2))
    assert await remove_old_history(timedelta(days=1)) == 1
    assert [folder.name for folder in tmp_path.iterdir()] == [runs[1].pk]
    assert await Archive.objects.filter(pk=runs[1].pk).aexists()


async def test_a_sweep_does_not_run_after_the_runs_that_are_made_meanwhile(people, control, monkeypatch):
    """Else those that it has passed wait as long as somebody starts runs."""
    made = [await start_run(user=people.owner, workflow="control-test", input=Order()) for _ in range(2)]
    looked_at: list[str] = []

    async def project(meta: RunMeta, *, waits_since: int = 0) -> None:
        looked_at.append(meta.run_id)
        assert len(looked_at) < 10, "the sweep has no end"
        await start_run(user=people.owner, workflow="control-test", input=Order())

    monkeypatch.setattr(control, "_project", project)
    monkeypatch.setattr("runs.control_plane.control.SWEEP_BATCH", 1)
    await control.sweep()
    assert looked_at == [run.pk for run in made]
