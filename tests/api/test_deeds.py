"""What the API does to runs: pause, resume, limit, fork, and answers to what they ask."""

from __future__ import annotations

import asyncio
import json
from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings
from pydantic import BaseModel

from genisys import request_input, workflow
from genisys.testing.redis import run_key
from runs.models import AuditEntry, Run
from tests.api.conftest import Delivery, Order

ABSENT = "018f0000-0000-7000-8000-000000000000"


class Choice(BaseModel):
    colour: str
    sure: bool = True


@workflow(name="asking-test")
async def asking_test(order: Order) -> Delivery:
    """Asks for a colour."""
    deadline = timedelta(milliseconds=1) if order.topic == "late" else timedelta(hours=1)
    choice = await request_input(Choice, "Which colour?", deadline=deadline, default=Choice(colour="none"))
    return Delivery(text=choice.colour)


async def until(api: Any, url: str, status: str) -> dict[str, Any]:
    async with asyncio.timeout(30):
        while (run := (await api.get(url)).json())["status"] != status:
            await asyncio.sleep(0.02)
    return dict(run)


@pytest.fixture
async def asking(owner: Any, worker: None) -> dict[str, Any]:
    """A run of the owner that waits for an answer."""
    url = (await owner.post("/api/workflows/asking-test/start", {"topic": "paint"})).json()["urls"]["self"]
    return await until(owner, url, "waiting")


async def test_a_question_is_shown_to_those_who_may_answer_and_the_answer_lets_the_run_go_on(
    owner: Any, staff: Any, asking: Any, people: Any
) -> None:
    question = asking["questions"][0]
    assert (question["prompt"], question["answer_schema"]["required"]) == ("Which colour?", ["colour"])
    assert question["deadline"] is not None
    assert question["url"].startswith(f"{settings.SITE_ADDRESS}{asking['urls']['self']}/inputs/")
    assert (await staff.get(asking["urls"]["self"])).json()["questions"] == asking["questions"]
    await people.staff.user_permissions.aclear()
    assert (await staff.get(asking["urls"]["self"])).json()["questions"] == []
    address = question["url"].removeprefix(settings.SITE_ADDRESS)
    assert (await owner.post(address, {"colour": "red"})).status_code == 202
    await until(owner, asking["urls"]["self"], "completed")
    assert (await owner.get(asking["urls"]["output"])).json() == {"text": "red"}
    assert (await owner.post(address, {"colour": "blue"})).status_code == 409
    entry = await AuditEntry.objects.aget(action="answer")
    assert "red" not in str(entry.detail)


async def test_an_answer_that_does_not_fit_is_422_and_an_address_of_no_question_404(owner: Any, asking: Any) -> None:
    address = asking["questions"][0]["url"].removeprefix(settings.SITE_ADDRESS)
    wrong = await owner.post(address, {"colour": 7})
    assert (wrong.status_code, "colour" in wrong.json()["detail"]) == (422, True)
    assert (await owner.post(f"{asking['urls']['self']}/inputs/{'0' * 64}", {})).status_code == 404
    assert (await owner.post(f"{asking['urls']['self']}/inputs/x", {})).status_code == 404


async def test_an_answer_behind_its_deadline_is_410(owner: Any, engine: Any, asking: Any) -> None:
    address = asking["questions"][0]["url"].removeprefix(settings.SITE_ADDRESS)
    late = await owner.post("/api/workflows/asking-test/start", {"topic": "late"})
    await until(owner, late.json()["urls"]["self"], "completed")
    step = asking["questions"][0]["step"]
    journal = run_key(asking["id"], "journal")
    asked = await engine.store.journal_value(asking["id"], "!" + step)
    await engine.store._redis.hset(journal, "!" + step, json.dumps({**asked, "until": 1}))
    assert (await owner.post(address, {"colour": "red"})).status_code == 410


async def test_a_run_is_paused_and_resumed_with_a_reason(owner: Any, live_run: Any, engine: Any) -> None:
    assert (await owner.post(f"{live_run.url}/resume")).status_code == 409
    paused = await owner.post(f"{live_run.url}/pause", {"why": "too loud"})
    assert (paused.status_code, paused.json()["status"]) == (202, "waiting")
    assert (await engine.meta(live_run.id)).paused
    resumed = await owner.post(f"{live_run.url}/resume")
    assert (resumed.status_code, resumed.json()["status"]) == (202, "queued")
    entries = [(entry.action, entry.why) async for entry in AuditEntry.objects.order_by("pk")]
    assert entries == [("pause", "too loud"), ("resume", "")]
    await owner.post(f"{live_run.url}/cancel")
    assert (await owner.post(f"{live_run.url}/pause")).status_code == 409


async def test_a_budget_is_raised(owner: Any, live_run: Any, engine: Any) -> None:
    answer = await owner.post(f"{live_run.url}/limit", {"tokens": 500, "cost_microusd": 0, "why": "worth it"})
    assert answer.status_code == 202
    assert (await engine.meta(live_run.id)).budget == {"tokens": 500, "cost_microusd": 0}
    assert (await AuditEntry.objects.aget()).why == "worth it"
    for body in ({}, {"tokens": -1}, {"why": "no reason"}, {"tokens": 2**60}):
        assert (await owner.post(f"{live_run.url}/limit", body)).status_code == 422


async def test_a_run_is_forked(owner: Any, live_run: Any, engine: Any) -> None:
    await live_run.finish()
    key = {"Idempotency-Key": "k"}
    order = {"input": {"topic": "wasps"}, "title": "Wasps", "why": "to compare"}
    answer = await owner.post(f"{live_run.url}/fork", order, **key)
    fork = answer.json()
    assert (answer.status_code, answer["Location"]) == (202, fork["urls"]["self"])
    assert (fork["parent"], fork["parent_kind"], fork["title"]) == (live_run.id, "fork", "Wasps")
    assert fork["input"] == {"topic": "wasps", "words": 100}
    assert (await owner.post(f"{live_run.url}/fork", order, **key)).json()["id"] == fork["id"]
    assert (await owner.post(f"{live_run.url}/fork", **key)).status_code == 409
    children = (await owner.get(f"/api/runs?parent={live_run.id}")).json()["runs"]
    assert [run["id"] for run in children] == [fork["id"]]
    unknown = await owner.post(f"{live_run.url}/fork", {"step": "0" * 32})
    assert unknown.status_code == 404
    assert (await owner.post(f"{live_run.url}/fork", {"input": {"topic": 1}})).status_code == 422
    await engine.expire(live_run.id, 0)
    assert (await owner.post(f"{live_run.url}/fork")).status_code == 409


@pytest.mark.parametrize(
    ("path", "body"),
    [("pause", {}), ("resume", {}), ("limit", {"tokens": 1}), ("fork", {}), (f"inputs/{'0' * 64}", {})],
)
async def test_a_deed_takes_the_right_to_it(
    live_run: Any, owner: Any, outsider: Any, nobody: Any, staff: Any, people: Any, scoped: Any, path: str, body: Any
) -> None:
    url = f"{live_run.url}/{path}"
    assert (await outsider.post(url, body)).status_code == 404
    assert (await nobody.post(url, body)).status_code == 401
    assert (await (await scoped("read", "start")).post(url, body)).status_code == 403
    await people.staff.user_permissions.aclear()
    assert (await staff.post(url, body)).status_code == 403
    assert (await owner.post(f"/api/runs/{ABSENT}/{path}", body)).status_code == 404
    assert not await AuditEntry.objects.aexists()
    assert await Run.objects.acount() == 1


async def test_a_reason_need_not_be_given_and_has_to_be_one(owner: Any, live_run: Any) -> None:
    assert (await owner.post(f"{live_run.url}/pause", {"why": "x" * 501})).status_code == 422
    assert (await owner.post(f"{live_run.url}/pause", {"why": "a\x00b"})).status_code == 422
    empty = await owner.client.post(f"{live_run.url}/pause", b"", content_type="", headers=owner.headers)
    assert empty.status_code == 202
