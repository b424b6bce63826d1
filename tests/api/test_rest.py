"""The REST API as its callers meet it: with a token, without, with someone else's."""

from __future__ import annotations

import io
import json
import re
from datetime import timedelta
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.test import AsyncClient
from django.utils import timezone

from genisys.host import manifest_here
from runs.models import ApiToken, Run

START = "/api/workflows/api-test/start"


async def test_workflows_show_their_schemas(owner: Any) -> None:
    assert "api-test" in [found["name"] for found in (await owner.get("/api/workflows")).json()]
    one = (await owner.get("/api/workflows/api-test")).json()
    assert one["description"] == "Writes about a topic."
    assert one["input"]["required"] == ["topic"]
    assert one["output"]["properties"]["text"]["type"] == "string"
    assert one["start_url"] == START


async def test_an_unknown_workflow_is_a_problem_404(owner: Any) -> None:
    answer = await owner.get("/api/workflows/none")
    assert answer.status_code == 404
    assert answer["Content-Type"] == "application/problem+json"
    assert "No workflow is named 'none'" in answer.json()["detail"]


async def test_start_answers_202_with_the_runs_addresses(owner: Any, engine: Any, people: Any) -> None:
    answer = await owner.post(START, {"topic": "bees"})
    assert answer.status_code == 202
    run = answer.json()
    assert answer["Location"] == run["urls"]["self"] == f"/api/runs/{run['id']}"
    assert (run["status"], run["title"], run["input"]) == ("queued", "About bees", {"topic": "bees", "words": 100})
    assert (await Run.objects.aget(pk=run["id"])).owner_id == people.owner.pk
    assert await engine.input_of(run["id"]) == {"topic": "bees", "words": 100}


async def test_the_same_key_and_body_give_the_same_run(owner: Any, engine: Any) -> None:
    first = await owner.post(START, {"topic": "bees"}, **{"Idempotency-Key": "k1"})
    again = await owner.post(START, {"topic": "bees"}, **{"Idempotency-Key": "k1"})
    assert first.json()["id"] == again.json()["id"]
    other = await owner.post(START, {"topic": "wasps"}, **{"Idempotency-Key": "k1"})
    assert other.status_code == 409
    assert "idempotency key was used before" in other.json()["detail"]
    assert await Run.objects.acount() == 1


async def test_keys_of_two_people_do_not_meet(owner: Any, outsider: Any, engine: Any) -> None:
    mine = await owner.post(START, {"topic": "bees"}, **{"Idempotency-Key": "k1"})
    theirs = await outsider.post(START, {"topic": "wasps"}, **{"Idempotency-Key": "k1"})
    assert (mine.status_code, theirs.status_code) == (202, 202)
    assert mine.json()["id"] != theirs.json()["id"]


@pytest.mark.parametrize(
    ("body", "field"), [({}, "topic"), ({"topic": "x"}, "topic"), ({"topic": "bees", "words": "many"}, "words")]
)
async def test_bad_input_names_its_fields(owner: Any, engine: Any, body: Any, field: str) -> None:
    answer = await owner.post(START, body)
    assert answer.status_code == 422
    assert answer["Content-Type"] == "application/problem+json"
    assert [error["field"] for error in answer.json()["errors"]] == [field]
    assert field in answer.json()["detail"]
    assert await Run.objects.acount() == 0


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"parts": [], "partz": []}, "partz"),
        ({"parts": [{"name": "a"}, {"name": "b", "amuont": 7}]}, "parts.1.amuont"),
        ({"parts": [], "first": {"name": "a", "size": 2}}, "first.size"),
    ],
)
@pytest.mark.parametrize("ending", ["/start", ""])
async def test_a_field_that_no_model_of_the_input_knows_is_refused_by_name(
    owner: Any, engine: Any, body: Any, field: str, ending: str
) -> None:
    answer = await owner.post(f"/api/workflows/bundle-test{ending}", body)
    assert answer.status_code == 422
    assert [(error["field"], error["message"]) for error in answer.json()["errors"]] == [
        (field, "There is no such field")
    ]
    assert field in answer.json()["detail"]
    assert await Run.objects.acount() == 0


@pytest.mark.parametrize("body", ["[1]", "{", '"text"'])
async def test_a_body_that_is_no_json_object_is_a_problem(owner: Any, engine: Any, body: str) -> None:
    answer = await owner.client.post(START, body, content_type="application/json", headers=owner.headers)
    assert answer.status_code in (400, 422)
    assert answer["Content-Type"] == "application/problem+json"


async def test_a_run_is_shown_as_it_is_now(owner: Any, live_run: Any) -> None:
    shown = (await owner.get(live_run.url)).json()
    assert (shown["status"], shown["title"]) == ("queued", "Bees")
    assert "deployment" in shown["waiting_for"]
    await live_run.finish()
    assert (await owner.get(live_run.url)).json()["status"] == "completed"


async def test_output_is_409_until_there_is_one(owner: Any, live_run: Any) -> None:
    early = await owner.get(live_run.url + "/output")
    assert early.status_code == 409
    assert early.json()["run_status"] == "queued"
    await live_run.finish()
    assert (await owner.get(live_run.url + "/output")).json() == {"text": "done"}


async def test_steps_of_a_run_that_has_none_are_an_empty_list(owner: Any, live_run: Any) -> None:
    assert (await owner.get(live_run.url + "/steps")).json() == []


async def test_cancel_ends_a_run_that_nobody_holds(owner: Any, live_run: Any, engine: Any) -> None:
    answer = await owner.post(live_run.url + "/cancel")
    assert (answer.status_code, answer.json()["status"]) == (202, "cancelled")
    assert (await engine.meta(live_run.id)).closed
    assert (await owner.post(live_run.url + "/cancel")).status_code == 409


async def test_retry_takes_only_a_run_that_failed_or_was_cancelled(owner: Any, live_run: Any, engine: Any) -> None:
    assert (await owner.post(live_run.url + "/retry")).status_code == 409
    await owner.post(live_run.url + "/cancel")
    await live_run.project("cancelled")
    answer = await owner.post(live_run.url + "/retry")
    assert (answer.status_code, answer.json()["status"]) == (202, "queued")
    assert not (await engine.meta(live_run.id)).closed


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("get", ""),
        ("get", "/output"),
        ("get", "/steps"),
        ("get", "/events"),
        ("post", "/cancel"),
        ("post", "/retry"),
    ],
)
async def test_a_run_is_there_for_its_owner_and_staff_only(
    live_run: Any, owner: Any, outsider: Any, staff: Any, nobody: Any, method: str, path: str
) -> None:
    answers = {}
    for name, api in {"outsider": outsider, "nobody": nobody, "owner": owner, "staff": staff}.items():
        answers[name] = (await getattr(api, method)(live_run.url + path)).status_code
    assert answers["outsider"] == 404
    assert answers["nobody"] == 401
    assert {answers["owner"], answers["staff"]} <= {200, 202, 409}
    unknown = await getattr(owner, method)("/api/runs/018f0000-0000-7000-8000-000000000000" + path)
    assert unknown.status_code == 404


async def test_others_runs_are_in_nobodys_list(owner: Any, outsider: Any, staff: Any, live_run: Any) -> None:
    lists = [(await api.get("/api/runs")).json()["runs"] for api in (owner, outsider, staff)]
    assert [[run["id"] for run in runs] for runs in lists] == [[live_run.id], [], [live_run.id]]


async def test_lists_are_paged_by_cursor_and_filtered(owner: Any, people: Any) -> None:
    at = timezone.now()
    for number in range(7):
        await Run.objects.acreate(
            workflow="api-test",
            owner=people.owner,
            deployment="dev",
            input={},
            status="failed" if number % 2 else "completed",
            created_at=at - timedelta(minutes=number // 2),
        )
    newest_first = [str(run.pk) async for run in Run.objects.order_by("-created_at", "-id")]
    got: list[str] = []
    cursor = ""
    while True:
        page = (await owner.get(f"/api/runs?limit=2&cursor={cursor}")).json()
        got += [run["id"] for run in page["runs"]]
        cursor = page["next"]
        if cursor is None:
            break
    assert got == newest_first
    failed = (await owner.get("/api/runs?status=failed")).json()["runs"]
    assert len(failed) == 3
    assert (await owner.get("/api/runs?status=odd")).status_code == 422
    assert (await owner.get("/api/runs?cursor=odd")).status_code == 422


@pytest.mark.parametrize("token", ["gen_wrong", ""])
async def test_a_wrong_token_is_401_and_says_how_to_send_one(nobody: Any, token: str) -> None:
    nobody.headers = {"Authorization": f"Bearer {token}"}
    for answer in (await nobody.get("/api/runs"), await nobody.post(START, {"topic": "bees"})):
        assert answer.status_code == 401
        assert answer["WWW-Authenticate"] == "Bearer"
        assert "Bearer" in answer.json()["detail"]


async def test_a_revoked_or_expired_token_or_one_of_a_closed_account_opens_nothing(owner: Any, people: Any) -> None:
    assert (await owner.get("/api/runs")).status_code == 200
    await ApiToken.objects.filter(user=people.owner).aupdate(expires_at=timezone.now() - timedelta(seconds=1))
    assert (await owner.get("/api/runs")).status_code == 401
    await ApiToken.objects.filter(user=people.owner).aupdate(expires_at=None, revoked_at=timezone.now())
    assert (await owner.get("/api/runs")).status_code == 401
    await ApiToken.objects.filter(user=people.owner).aupdate(revoked_at=None)
    people.owner.is_active = False
    await people.owner.asave()
    assert (await owner.get("/api/runs")).status_code == 401


async def test_scopes_bound_what_a_token_may_do(scoped: Any, live_run: Any) -> None:
    reader, starter = await scoped("read"), await scoped("start")
    assert (await reader.get(live_run.url)).status_code == 200
    assert (await reader.post(live_run.url + "/cancel")).status_code == 403
    assert (await reader.post(START, {"topic": "bees"})).status_code == 403
    assert (await starter.get(live_run.url)).status_code == 403
    assert (await starter.post(START, {"topic": "bees"})).status_code == 202


async def test_a_page_of_ours_needs_no_token_but_csrf_to_change_anything(people: Any, live_run: Any) -> None:
    client = AsyncClient(enforce_csrf_checks=True)
    await client.aforce_login(people.owner)
    assert (await client.get(live_run.url)).status_code == 200
    refused = await client.post(live_run.url + "/cancel")
    assert refused.status_code == 403
    assert refused["Content-Type"] == "application/problem+json"
    secret = "a" * 32
    client.cookies["csrftoken"] = secret
    allowed = await client.post(live_run.url + "/cancel", headers={"X-CSRFToken": secret})
    assert allowed.status_code == 202


async def test_redis_being_away_is_503_with_retry_after(owner: Any, people: Any) -> None:
    run = await Run.objects.acreate(workflow="w", owner=people.owner, deployment="dev", input={})
    for answer in (
        await owner.get(f"/api/runs/{run.pk}/events"),
        await owner.post(f"/api/runs/{run.pk}/cancel"),
    ):
        assert answer.status_code == 503
        assert int(answer["Retry-After"]) > 0
    assert (await owner.get(f"/api/runs/{run.pk}")).status_code == 200


async def test_what_cannot_be_described_of_one_workflow_costs_the_others_nothing(owner: Any) -> None:
    """Not its worker's start, the list, its own page, nor the description of everything."""
    about = await owner.get("/api/workflows/loose-test")
    strict = json.loads(about.content, parse_constant=pytest.fail)
    properties = strict["input"]["properties"]
    assert properties["words"] == {"default": 100, "title": "Words", "type": "integer"}
    assert set(properties) == {"most", "seen", "match", "check", "words"}
    assert properties["seen"]["type"] == "integer"
    for address in ("/api/workflows", "/api/openapi.json"):
        answer = await owner.get(address)
        assert answer.status_code == 200
        json.loads(answer.content, parse_constant=pytest.fail)
    assert manifest_here().inputs["loose-test"] == strict["input"]


async def test_the_openapi_description_and_its_page_need_nothing_from_elsewhere(people: Any) -> None:
    client = AsyncClient()
    described = (await client.get("/api/openapi.json")).json()
    assert described["openapi"].startswith("3.1")
    assert "/api/workflows/{name}/start" in described["paths"]
    events = described["paths"]["/api/runs/{run_id}/events"]["get"]["responses"]["200"]["content"]
    assert set(events) == {"application/json", "text/event-stream", "application/x-ndjson"}
    page = (await client.get("/api/docs")).content.decode()
    shown = {operation["operationId"] for path in described["paths"].values() for operation in path.values()}
    links = set(re.findall(r'href="#([^"]+)"', page)) - {"main"}
    assert {each for each in shown if not each.endswith("_head")} <= links
    assert links <= set(re.findall(r' id="([^"]+)"', page)), "each shape and operation that is linked stands there"
    assert "HEAD" not in page
    assert not re.findall(r'(?:src|href)="https?:', page)


def test_the_token_command_shows_a_token_once_that_works(transactional_db: None, django_user_model: Any) -> None:
    user = django_user_model.objects.create_user("ann", "ann@example.com", "secret")
    out, err = io.StringIO(), io.StringIO()
    call_command("token", "Ann@example.com", "--scope", "read", "--days", "3", stdout=out, stderr=err)
    secret = out.getvalue().strip()
    token = ApiToken.objects.get(user=user)
    assert token.digest == ApiToken.digest_of(secret)
    assert secret not in json.dumps([token.name, token.prefix, token.digest])
    assert token.scopes == ["read"]
    assert token.expires_at is not None
    with pytest.raises(CommandError, match="Nobody has signed up"):
        call_command("token", "bob@example.com", stdout=out, stderr=err)
