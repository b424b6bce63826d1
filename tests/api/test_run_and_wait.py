"""Calling a workflow and waiting for its end: by JSON, by stream, with patience and without."""

from __future__ import annotations

import asyncio
import json
import threading
from typing import Any

import pytest
from asgiref.testing import ApplicationCommunicator
from django.utils import timezone

from genisys import component, workflow
from genisys_site.serving.pages import Pages
from runs.live import following, resources, sockets, sse, viewer_slots
from runs.models import ApiToken, Run
from tests.api.conftest import Delivery, Order

RUN = "/api/workflows/wait-test"
JSON = {"Accept": "application/json"}

gate = asyncio.Event()


@component
async def through_the_gate(topic: str) -> str:
    if topic == "broken":
        raise ValueError("The gate is broken.")
    if topic == "slow":
        await gate.wait()
    return topic.upper()


@workflow(name="wait-test")
async def wait_test(order: Order) -> Delivery:
    """Goes through a gate."""
    return Delivery(text=await through_the_gate(order.topic))


@pytest.fixture(autouse=True)
def _closed_gate(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(globals(), "gate", asyncio.Event())


async def watched() -> None:
    """Wait until somebody watches a run here."""
    async with asyncio.timeout(20):
        while not (await following.hub()).viewers:
            await asyncio.sleep(0.01)


async def test_the_answer_is_the_run_with_its_output(owner: Any, worker: None) -> None:
    answer = await owner.post(RUN, {"topic": "bees"})
    run = answer.json()
    assert (answer.status_code, run["status"], run["output"]) == (200, "completed", {"text": "BEES"})
    assert answer["Location"] == run["urls"]["self"]


async def test_a_run_that_fails_is_a_424_with_its_id_and_reason(owner: Any, worker: None) -> None:
    answer = await owner.post(RUN, {"topic": "broken"})
    problem = answer.json()
    assert (answer.status_code, answer["Content-Type"]) == (424, "application/problem+json")
    assert (problem["run_status"], problem["error"]["message"]) == ("failed", "The gate is broken.")
    assert answer["Location"].endswith(problem["run_id"])


async def test_a_run_that_is_cancelled_meanwhile_is_a_409(owner: Any, engine: Any) -> None:
    waiting = asyncio.create_task(owner.post(RUN, {"topic": "slow"}))
    await watched()
    run = await Run.objects.aget()
    await owner.post(f"/api/runs/{run.pk}/cancel")
    answer = await waiting
    assert (answer.status_code, answer.json()["run_status"]) == (409, "cancelled")
    assert answer.json()["run_id"] == run.pk


@pytest.mark.parametrize(
    ("prefer", "applied"), [("wait=0", "respond-async"), ("respond-async", "respond-async"), ("foo, wait=1", "wait=1")]
)
async def test_who_does_not_want_to_wait_gets_202_and_the_run_goes_on(
    owner: Any, engine: Any, prefer: str, applied: str
) -> None:
    answer = await owner.post(RUN, {"topic": "slow"}, Prefer=prefer)
    assert (answer.status_code, answer["Preference-Applied"]) == (202, applied)
    assert answer["Location"] == f"/api/runs/{answer.json()['id']}"
    assert not (await engine.meta(answer.json()["id"])).closed


async def test_nobody_waits_longer_than_the_server_does(owner: Any, engine: Any, settings: Any) -> None:
    settings.GENISYS_API_LONGEST_WAIT_SECONDS = 1
    answer = await owner.post(RUN, {"topic": "slow"}, Prefer="wait=9999")
    assert (answer.status_code, answer["Preference-Applied"]) == (202, "wait=1")
    assert (await owner.post(RUN, {"topic": "slow"})).status_code == 202


async def test_the_same_key_gives_the_same_run_and_its_result(owner: Any, worker: None) -> None:
    key = {"Idempotency-Key": "k"}
    first = await owner.post(RUN, {"topic": "bees"}, **key)
    again = await owner.post(RUN, {"topic": "bees"}, **key)
    assert first.json()["id"] == again.json()["id"]
    assert (again.status_code, again.json()["output"]) == (200, {"text": "BEES"})
    assert (await owner.post(RUN, {"topic": "wasps"}, **key)).status_code == 409


@pytest.mark.parametrize("form", [sse.EVENT_STREAM, sse.NDJSON])
async def test_as_a_stream_the_frames_come_from_the_first_event_to_the_end(owner: Any, worker: None, form: str) -> None:
    answer = await owner.post(RUN, {"topic": "bees"}, Accept=f"{form}, application/json;q=0.5")
    assert answer["Content-Type"] == form
    async with asyncio.timeout(30):
        text = b"".join([part async for part in answer.streaming_content]).decode()
    lines = [line.removeprefix("data: ") for line in text.splitlines() if "{" in line]
    frames = [json.loads(line) for line in lines]
    assert (frames[0]["first"], frames[-1]["t"], frames[-1]["status"]) == (1, "end", "completed")
    assert answer["Location"] == f"/api/runs/{frames[0]['run']}"


async def test_a_form_that_we_do_not_give_starts_nothing(owner: Any, engine: Any) -> None:
    assert (await owner.post(RUN, {"topic": "bees"}, Accept="image/png")).status_code == 406
    assert not await Run.objects.aexists()


async def test_a_client_that_goes_away_stops_nothing(owner: Any, worker: None, engine: Any) -> None:
    waiting = asyncio.create_task(owner.post(RUN, {"topic": "slow"}))
    await watched()
    waiting.cancel()
    await asyncio.wait([waiting])
    assert (await following.hub()).viewers == 0
    gate.set()
    run = await Run.objects.aget()
    async with asyncio.timeout(30):
        while not (meta := await engine.meta(run.pk)).closed:
            await asyncio.sleep(0.02)
    assert meta.status == "completed"


async def test_who_loses_the_right_to_the_run_waits_no_longer(owner: Any, engine: Any, people: Any) -> None:
    waiting = asyncio.create_task(owner.post(RUN, {"topic": "slow"}))
    await watched()
    await ApiToken.objects.filter(user=people.owner).aupdate(revoked_at=timezone.now())
    await viewer_slots.recheck()
    answer = await waiting
    assert (answer.status_code, "goes on" in answer.json()["detail"]) == (403, True)
    assert (await following.hub()).viewers == 0


async def test_where_no_seat_is_free_the_run_is_started_and_nobody_waits(
    owner: Any, engine: Any, settings: Any
) -> None:
    settings.GENISYS_VIEWERS_PER_PERSON = 0
    assert (await owner.post(RUN, {"topic": "slow"})).status_code == 202
    refused = await owner.post(RUN, {"topic": "slow"}, Accept=sse.NDJSON)
    assert (refused.status_code, refused["Location"]) == (503, f"/api/runs/{refused.json()['run_id']}")


async def test_a_server_that_goes_away_sends_the_waiting_client_to_another_one(owner: Any, engine: Any) -> None:
    waiting = asyncio.create_task(owner.post(RUN, {"topic": "slow"}))
    await watched()
    await asyncio.gather(sockets.drain(), sse.drain())
    answer = await waiting
    assert (answer.status_code, answer["Retry-After"]) == (503, "1")
    assert answer["Location"] == f"/api/runs/{answer.json()['run_id']}"
    refused = await owner.post(RUN, {"topic": "slow"})
    assert refused.status_code == 503
    assert await Run.objects.acount() == 1


def threads() -> set[str]:
    """Name the threads of requests: not the few that the event loop keeps for all."""
    return {thread.name for thread in threading.enumerate() if not thread.name.startswith("asyncio_")}


async def test_who_waits_holds_no_thread_and_so_no_connection(owner: Any, engine: Any) -> None:
    app = Pages()
    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": "POST",
        "path": RUN,
        "query_string": b"",
        "headers": [
            (b"host", b"localhost"),
            (b"content-type", b"application/json"),
            (b"authorization", owner.headers["Authorization"].encode()),
        ],
    }
    before = threads()
    waiting = [ApplicationCommunicator(app, scope) for _ in range(8)]
    for client in waiting:
        await client.send_input({"type": "http.request", "body": b'{"topic": "slow"}'})
    async with asyncio.timeout(30):
        while (await following.hub()).viewers < len(waiting):
            await asyncio.sleep(0.02)
        while len(threads() - before - {"ThreadPoolExecutor-0_0"}) > resources.MOST_IDLE:
            await asyncio.sleep(0.02)
    for client in waiting:
        await client.send_input({"type": "http.disconnect"})
        await client.wait(5)
    assert (await following.hub()).viewers == 0
