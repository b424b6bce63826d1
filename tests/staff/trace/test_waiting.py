"""A run that waits for somebody or for money says so to staff, and operators give it what it waits for from there."""

from __future__ import annotations

import pytest
from bs4 import BeautifulSoup
from pydantic import BaseModel

from genisys import component, record_usage, request_input, workflow
from runs.models import AuditEntry
from runs.service.starting import start_run


class Ask(BaseModel):
    topic: str = "Moon"


class Verdict(BaseModel):
    publish: bool


@component(paid=True)
async def spend(part: int) -> int:
    record_usage(model="m", input_tokens=60, output_tokens=40, cost_microusd=1_000)
    return part


@workflow(name="trace-spends")
async def spends(ask: Ask) -> Verdict:
    await spend(1)
    await spend(2)
    return Verdict(publish=True)


@workflow(name="trace-asks")
async def asks(ask: Ask) -> Verdict:
    return await request_input(Verdict, f"Publish “{ask.topic}”?", name="publish")


@pytest.fixture
def waiting(engine, worker, people, eventually):
    async def start(workflow: str, reason: str, **limits):
        run = await start_run(user=people.owner, workflow=workflow, input=Ask())
        if limits:
            await engine.limit(run.pk, **limits)

        async def waits() -> bool:
            meta = await engine.meta(run.pk)
            return not meta.worker and (meta.waiting or {}).get("reason") == reason

        await eventually(waits, f"the run did not come to wait for {reason}")
        return run, f"/staff/runs/{run.pk}/"

    return start


async def test_a_question_is_shown_with_its_step_waiting_and_operators_are_led_to_answer_it(
    async_client, waiting, people
):
    _, url = await waiting("trace-asks", "input")
    await async_client.aforce_login(people.operator)
    soup = BeautifulSoup((await async_client.get(url)).content, "html.parser")
    assert "Publish “Moon”?" in soup.select_one(".ask").get_text()
    address = soup.select_one(".ask a")["href"]
    step = soup.select_one(".row-step")
    assert "waiting" in step.get_text()
    assert "strip-wait" in step.select("rect")[0]["class"]
    assert (await async_client.get(address)).status_code == 200
    await async_client.aforce_login(people.staff)
    looks_on = (await async_client.get(url)).content.decode()
    assert address not in looks_on


async def test_a_budget_that_is_used_up_is_raised_from_the_dashboard(async_client, waiting, recorded, people):
    run, url = await waiting("trace-spends", "budget", tokens=100)
    await async_client.aforce_login(people.operator)
    soup = BeautifulSoup((await async_client.get(url)).content, "html.parser")
    assert soup.select_one("form[action$=limit] input[name=tokens]")["value"] == "200"
    assert not soup.find("meta", attrs={"http-equiv": "refresh"}), "the page would take away what is typed"
    refused = await async_client.post(f"{url}limit", {"tokens": "60"})
    assert refused.status_code == 422
    assert "allow more" in refused.content.decode()
    await async_client.post(f"{url}limit", {"tokens": "1000", "why": "A good customer"})
    assert (await recorded(run)).status == "completed"
    entry = await AuditEntry.objects.aget()
    assert (entry.action, entry.via, entry.why) == ("limit", "admin", "A good customer")
