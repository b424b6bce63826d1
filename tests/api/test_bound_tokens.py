"""Tokens that are bound to workflows: of all others they see, start and control nothing."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from pydantic import BaseModel

from genisys import workflow
from runs.accounts import tokens
from runs.engines import engine
from runs.live import viewer_slots
from runs.models import ApiToken, Run
from runs.service.starting import start_run

PATIENCE_S = 10
SSE = {"Accept": "text/event-stream"}


class Nothing(BaseModel):
    pass


@workflow(name="other-test")
async def other_test(order: Nothing) -> Nothing:
    return order


@pytest.fixture
async def bound(owner: Any, people: Any) -> Any:
    """The owner's API with a token for `other-test` alone."""
    _, secret = await sync_to_async(tokens.issue)(
        people.owner, name="bound", scopes=list(ApiToken.SCOPES), workflows=["other-test"]
    )
    owner.headers = {"Authorization": f"Bearer {secret}"}
    return owner


async def test_a_bound_token_starts_its_own_workflow_and_no_other(bound: Any, engine: Any) -> None:
    assert (await bound.post("/api/workflows/other-test/start")).status_code == 202
    refused = await bound.post("/api/workflows/api-test/start", {"topic": "bees"})
    assert refused.status_code == 403
    assert "other-test" in refused.json()["detail"]
    assert await Run.objects.filter(workflow="api-test").acount() == 0


async def test_a_bound_token_lists_its_own_runs_and_workflows_alone(bound: Any, people: Any, live_run: Any) -> None:
    mine = await start_run(user=people.owner, workflow="other-test", input={})
    listed = (await bound.get("/api/runs")).json()["runs"]
    assert [run["id"] for run in listed] == [mine.pk]
    assert [each["name"] for each in (await bound.get("/api/workflows")).json()] == ["other-test"]
    assert (await bound.get("/api/workflows/api-test")).status_code == 403


@pytest.mark.parametrize("part", ["", "/output", "/steps", "/events"])
async def test_runs_of_other_workflows_do_not_exist_for_a_bound_token(bound: Any, live_run: Any, part: str) -> None:
    assert (await bound.get(live_run.url + part)).status_code == 404


@pytest.mark.parametrize("deed", ["cancel", "retry"])
async def test_a_bound_token_changes_no_run_of_another_workflow(bound: Any, live_run: Any, deed: str) -> None:
    assert (await bound.post(f"{live_run.url}/{deed}")).status_code == 404
    assert not (await engine().meta(live_run.id)).cancel_requested


async def test_a_bound_token_follows_its_own_runs_alone(bound: Any, people: Any, live_run: Any) -> None:
    mine = await start_run(user=people.owner, workflow="other-test", input={})
    assert (await bound.get(f"{live_run.url}/events", **SSE)).status_code == 404
    followed = await bound.get(f"/api/runs/{mine.pk}/events", **SSE)
    assert followed.status_code == 200
    followed.close()


async def test_a_token_that_is_bound_elsewhere_while_it_follows_is_shown_nothing_more(
    bound: Any, people: Any, engine: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(viewer_slots, "RECHECK_S", 0.1)
    run = await start_run(user=people.owner, workflow="other-test", input={})
    answer = await bound.get(f"/api/runs/{run.pk}/events", **SSE)
    said = ""
    async with asyncio.timeout(PATIENCE_S):
        async for part in answer:
            said += part.decode()
            if '"t":"live"' in said:
                await ApiToken.objects.aupdate(workflows=["api-test"])
    assert '"t":"end"' not in said


async def test_a_revoked_token_ends_what_it_follows_within_the_promised_ten_seconds(
    owner: Any, live_run: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert viewer_slots.RECHECK_S <= 5, "a look takes a few queries, so two of them fit into the ten seconds"
    monkeypatch.setattr(viewer_slots, "RECHECK_S", 0.1)
    answer = await owner.get(f"{live_run.url}/events", **SSE)
    token = await ApiToken.objects.aget()
    ended = False
    async with asyncio.timeout(PATIENCE_S):
        async for part in answer:
            if b'"t":"live"' in part:
                assert await sync_to_async(tokens.revoke)(token)
        ended = True
    assert ended
    assert (await owner.get(live_run.url)).status_code == 401


async def test_a_token_cannot_be_bound_to_what_does_not_exist(people: Any) -> None:
    with pytest.raises(ValueError, match="nowhere"):
        await sync_to_async(tokens.issue)(people.owner, name="x", scopes=["read"], workflows=["nowhere"])
