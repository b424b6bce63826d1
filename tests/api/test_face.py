"""What is the same for all of the API: limits, ETags, HEAD, refusals, and what a list can be asked for."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.db import connection
from django.test import AsyncClient
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from genisys import find_workflow
from genisys.testing.redis import leaked_keys
from runs.api.description.examples import example_of
from runs.models import Run
from tests.api.conftest import Order


class Queries:
    """Counts the queries of async code: they are made in the thread that is there for sync code."""

    async def __aenter__(self) -> Queries:
        self._captured = await sync_to_async(CaptureQueriesContext)(connection)
        await sync_to_async(self._captured.__enter__)()
        return self

    async def __aexit__(self, *error: Any) -> None:
        await sync_to_async(self._captured.__exit__)(*error)
        self.count = await sync_to_async(len)(self._captured)


async def test_who_sends_too_many_requests_is_told_when_to_go_on(owner: Any, engine: Any, settings: Any) -> None:
    settings.GENISYS_API_REQUESTS_PER_MINUTE = 2
    first = await owner.get("/api/runs")
    assert first["RateLimit-Policy"] == '"requests";q=2;w=60'
    assert first["RateLimit"] in ('"requests";r=1;t=60', '"requests";r=1;t=59')
    await owner.get("/api/workflows")
    refused = await owner.get("/api/runs")
    assert (refused.status_code, refused["Content-Type"]) == (429, "application/problem+json")
    assert refused["RateLimit"].startswith('"requests";r=0;t=')
    assert 0 < int(refused["Retry-After"]) <= 60
    assert refused.json()["type"].endswith("#quota-exceeded")
    assert await leaked_keys(engine.store.url) == []


async def test_each_token_and_each_session_has_a_count_of_its_own(
    owner: Any, scoped: Any, people: Any, engine: Any, settings: Any
) -> None:
    settings.GENISYS_API_REQUESTS_PER_MINUTE = 1
    client = AsyncClient()
    await client.aforce_login(people.owner)
    other = await scoped("read")
    statuses = [[(await get("/api/runs")).status_code for _ in range(2)] for get in (owner.get, other.get, client.get)]
    assert statuses == [[200, 429]] * 3


async def test_without_a_limit_nothing_is_counted(owner: Any, engine: Any, settings: Any) -> None:
    settings.GENISYS_API_REQUESTS_PER_MINUTE = 0
    assert "RateLimit" not in await owner.get("/api/runs")
    assert not [key async for key in engine.store._redis.scan_iter("genisys:{rate:*")]


async def test_while_redis_is_away_all_may_come(owner: Any) -> None:
    answer = await owner.get("/api/runs")
    assert (answer.status_code, "RateLimit" in answer) == (200, False)


@pytest.mark.parametrize("path", ["", "/output", "/steps"])
async def test_a_finished_run_is_sent_once_and_again_when_it_was_retried(owner: Any, live_run: Any, path: str) -> None:
    assert "ETag" not in await owner.get(live_run.url + path)
    await live_run.finish()
    first = await owner.get(live_run.url + path)
    assert first.status_code == 200
    again = await owner.get(live_run.url + path, **{"If-None-Match": f'"other", {first["ETag"]}'})
    assert (again.status_code, again.content, again["ETag"]) == (304, b"", first["ETag"])
    assert (await owner.get(live_run.url + path, **{"If-None-Match": '"other"'})).status_code == 200
    await Run.objects.filter(pk=live_run.id).aupdate(retried_count=1)
    assert (await owner.get(live_run.url + path, **{"If-None-Match": first["ETag"]})).status_code == 200


async def test_an_etag_opens_nothing_to_others(owner: Any, outsider: Any, live_run: Any) -> None:
    await live_run.finish()
    etag = (await owner.get(live_run.url))["ETag"]
    assert (await outsider.get(live_run.url, **{"If-None-Match": etag})).status_code == 404


@pytest.mark.parametrize("path", ["/api/runs", "/api/workflows", "/api/workflows/api-test"])
async def test_head_tells_what_get_would(owner: Any, engine: Any, path: str) -> None:
    got = await owner.get(path)
    head = await owner.client.head(path, headers=owner.headers)
    assert (head.status_code, head.content) == (200, b"")
    assert head["Content-Length"] == str(len(got.content))


async def test_head_follows_no_run(owner: Any, live_run: Any) -> None:
    answer = await owner.client.head(f"{live_run.url}/events", headers={**owner.headers, "Accept": "text/event-stream"})
    assert (answer.status_code, answer["Content-Type"], answer.streaming) == (200, "text/event-stream", False)


async def test_addresses_and_methods_that_are_none_are_problems(owner: Any) -> None:
    for answer, status in (
        (await owner.get("/api/nothing"), 404),
        (await owner.post("/api/nothing"), 404),
        (await owner.get("/api/"), 404),
        (await owner.post("/api/runs"), 405),
        (await owner.client.delete("/api/runs/x", headers=owner.headers), 405),
    ):
        assert (answer.status_code, answer["Content-Type"]) == (status, "application/problem+json")
    assert set((await owner.post("/api/runs"))["Allow"].split(", ")) == {"GET", "HEAD"}


@pytest.mark.parametrize("body", ['{"topic": NaN}', '{"topic": "\\ud800"}', b"\xff", "[" * 500, "{"])
async def test_what_is_no_json_is_400(owner: Any, engine: Any, body: Any) -> None:
    answer = await owner.client.post(
        "/api/workflows/api-test/start", body, content_type="application/json", headers=owner.headers
    )
    assert (answer.status_code, answer["Content-Type"]) == (400, "application/problem+json")


async def test_a_body_that_is_too_large_is_413(owner: Any, engine: Any, settings: Any) -> None:
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 100
    assert (await owner.post("/api/workflows/api-test/start", {"topic": "x" * 200})).status_code == 413


async def test_a_list_is_narrowed(owner: Any, people: Any) -> None:
    now = timezone.now()
    runs = [
        await Run.objects.acreate(
            workflow="api-test",
            title=f"About {topic}",
            owner=people.owner,
            deployment="dev",
            input={},
            created_at=now - timedelta(days=day),
        )
        for day, topic in enumerate(["bees", "wasps", "bumblebees"])
    ]
    fork = await Run.objects.acreate(
        workflow="other", owner=people.owner, deployment="dev", input={}, parent=runs[0], parent_kind="fork"
    )
    ids = [run.pk for run in runs]
    day = timedelta(days=1)
    for query, expected in (
        ({"q": "BEES"}, [ids[0], ids[2]]),
        ({"parent": ids[0]}, [fork.pk]),
        ({"workflow": "api-test", "created_after": (now - day).isoformat()}, ids[:2]),
        ({"created_before": (now - day).isoformat()}, [ids[2]]),
    ):
        answer = await owner.client.get("/api/runs", query, headers=owner.headers)
        assert [run["id"] for run in answer.json()["runs"]] == expected, query
    for wrong in ({"created_after": "2026-11-25T12:00:00"}, {"created_before": "0001-01-01T00:00:00+14:00"}):
        assert (await owner.client.get("/api/runs", wrong, headers=owner.headers)).status_code == 422


async def test_a_run_costs_three_queries_at_most_and_a_list_the_same_at_any_length(
    owner: Any, people: Any, engine: Any, live_run: Any
) -> None:
    client = AsyncClient()
    await client.aforce_login(people.owner)
    await Run.objects.acreate(workflow="w", owner=people.owner, deployment="dev", input={}, status="completed")

    async def cost(get: Any, path: str) -> int:
        await get(path)
        async with Queries() as queries:
            assert (await get(path)).status_code == 200
        return queries.count

    few = {get: await cost(get, "/api/runs") for get in (owner.get, client.get)}
    assert [await cost(get, live_run.url) for get in few] == [2, 3]
    await live_run.finish()
    assert [await cost(get, live_run.url) for get in few] == [2, 3]
    for _ in range(12):
        await Run.objects.acreate(workflow="w", owner=people.owner, deployment="dev", input={})
    assert {get: await cost(get, "/api/runs") for get in few} == few


def test_an_example_is_the_authors_own_or_made_up_to_fit() -> None:
    assert example_of(Order.model_json_schema()) == {"topic": "topic"}
    schema = {
        "type": "object",
        "required": ["kind", "when", "many", "nested", "maybe", "most"],
        "properties": {
            "kind": {"enum": ["a", "b"]},
            "when": {"type": "string", "format": "date-time"},
            "many": {"type": "array", "items": {"type": "integer", "minimum": 3}, "minItems": 2},
            "nested": {"$ref": "#/$defs/Nested"},
            "maybe": {"anyOf": [{"type": "boolean"}, {"type": "null"}]},
            "most": {"type": "string", "minLength": 9, "maxLength": 9},
            "said": {"type": "string", "examples": ["so"]},
            "left out": {"type": "string"},
        },
        "$defs": {"Nested": {"type": "object", "examples": [{"x": 1}]}},
    }
    assert example_of(schema) == {
        "kind": "a",
        "when": "2026-11-25T12:00:00Z",
        "many": [3, 3],
        "nested": {"x": 1},
        "maybe": True,
        "most": "textxxxxx",
        "said": "so",
    }


async def test_every_workflow_of_the_product_is_there_with_an_example_that_it_takes(owner: Any) -> None:
    names = {found["name"] for found in (await owner.get("/api/workflows")).json()}
    assert {"ingest-site", "write-post"} <= names
    for name in ("ingest-site", "write-post"):
        one = (await owner.get(f"/api/workflows/{name}")).json()
        find_workflow(name).input_type.model_validate(one["example"])
        assert one["description"]
