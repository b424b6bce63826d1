"""A cost that is not known is null, or "at least" what is known, wherever a run or a step is told."""

from __future__ import annotations

import json
from importlib import import_module
from io import StringIO

import pytest
from django.apps import apps
from django.core.management import call_command
from pydantic import BaseModel

from genisys import component, record_usage, workflow
from runs.models import Run, Step
from runs.record.costs import costs_in, costs_of
from runs.record.states import run_state
from runs.service.starting import start_run


class Use(BaseModel):
    costs: list[int | None]


class Used(BaseModel):
    times: int


@component
async def use(cost: int | None) -> None:
    record_usage(model="llama3.2", input_tokens=900, output_tokens=100, cost_microusd=cost)


@workflow(name="cost-test")
async def cost_test(order: Use) -> Used:
    for cost in order.costs:
        await use(cost)
    return Used(times=len(order.costs))


CASES = [
    pytest.param([None], None, 0, [None], "cost not known", id="no price at all"),
    pytest.param([40_000, None], None, 40_000, [40_000, None], "at least $0.04", id="a part without a price"),
    pytest.param([40_000, 0], 40_000, 40_000, [40_000, 0], "$0.04", id="all prices known"),
    pytest.param([0], 0, 0, [0], "", id="a model that costs nothing"),
    pytest.param([], 0, 0, [], "", id="nothing used"),
]


@pytest.mark.parametrize(("costs", "cost", "known", "of_steps", "said"), CASES)
async def test_a_cost_that_is_not_known_is_null_wherever_it_is_told(
    worker, recorded, people, async_client, costs, cost, known, of_steps, said
):
    run = await start_run(user=people.owner, workflow="cost-test", input=Use(costs=costs))
    await recorded(run)
    await async_client.aforce_login(people.owner)

    assert (run.cost_microusd, run.known_cost_microusd) == (cost, known)
    assert [step.cost_microusd async for step in Step.objects.filter(run=run)] == of_steps
    listed = (await async_client.get("/api/runs")).json()["runs"][0]
    for told in (listed, (await async_client.get(f"/api/runs/{run.pk}")).json()):
        assert (told["cost_microusd"], told["known_cost_microusd"]) == (cost, known)
    steps = await async_client.get(f"/api/runs/{run.pk}/steps")
    assert steps.status_code == 200
    assert [step["cost_microusd"] for step in steps.json()] == of_steps
    page = (await async_client.get(f"/runs/{run.pk}/")).content.decode()
    assert said in page
    assert said or "cost not known" not in page
    state, meta = await run_state(run)
    assert costs_in(state) == costs_of(meta) == (cost, known)


async def test_of_an_open_run_too_the_api_says_null(engine, worker, ended, people, async_client):
    run = await start_run(user=people.owner, workflow="cost-test", input=Use(costs=[40_000, None]))
    await ended(run)
    await async_client.aforce_login(people.owner)

    told = (await async_client.get(f"/api/runs/{run.pk}")).json()
    assert (told["cost_microusd"], told["known_cost_microusd"]) == (None, 40_000)
    steps = (await async_client.get(f"/api/runs/{run.pk}/steps")).json()
    assert [step["cost_microusd"] for step in steps] == [40_000, None]


def test_the_admin_and_the_commands_say_what_is_not_known(client, people):
    run = Run.objects.create(
        workflow="cost-test",
        owner=people.owner,
        status="completed",
        deployment="dev",
        input={},
        input_tokens=900,
        cost_microusd=None,
        known_cost_microusd=40_000,
    )
    client.force_login(people.operator)
    assert "at least $0.04" in client.get("/admin/runs/run/").content.decode()
    out = StringIO()
    call_command("runs", "show", str(run.pk), "--json", stdout=out)
    told = json.loads(out.getvalue())
    assert (told["cost_microusd"], told["known_cost_microusd"]) == (None, 40_000)


def test_rows_from_before_that_said_0_for_unknown_are_told_from_those_that_cost_nothing(people):
    def row(tokens: int, cost: int) -> str:
        run = Run.objects.create(
            workflow="w", deployment="d", input={}, input_tokens=tokens, cost_microusd=cost, known_cost_microusd=0
        )
        Step.objects.create(run=run, position=0, key="k", name="n", output_tokens=tokens, cost_microusd=cost)
        return str(run.pk)

    unknown, priced, unused = row(5, 0), row(5, 700), row(0, 0)
    import_module("runs.migrations.0007_cost_not_known").tell_unknown_from_nothing(apps, None)

    costs = {run.pk: (run.cost_microusd, run.known_cost_microusd) for run in Run.objects.all()}
    assert costs == {unknown: (None, 0), priced: (700, 700), unused: (0, 0)}
    assert dict(Step.objects.values_list("run_id", "cost_microusd")) == {unknown: None, priced: 700, unused: 0}
