"""The OpenAPI description is whole, and holds: schemathesis tries all of it against a filled product."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import httpx
import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, given
from hypothesis import settings as bounds
from hypothesis.strategies import sampled_from
from jsonschema import Draft202012Validator
from schemathesis import checks
from schemathesis.specs.openapi import checks as openapi_checks

from genisys import find_workflow
from runs.api import api
from tests.conftest import Stack, wait_until
from tests.depth import by_depth

METHODS = ("get", "head", "post", "put", "delete")


WORKFLOWS = ("ingest-site", "write-post")
"""The product's own: other tests register theirs in this process, too."""


@pytest.fixture
def described(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    monkeypatch.setattr("runs.api.application.workflows", lambda: {name: find_workflow(name) for name in WORKFLOWS})
    return dict(api.get_openapi_schema())


def operations(described: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, item in described["paths"].items():
        for method in METHODS:
            if method in item:
                yield path, method, item[method]


def test_every_operation_says_how_it_may_refuse_and_how_it_is_called(described: dict[str, Any]) -> None:
    ids = [operation["operationId"] for _, _, operation in operations(described)]
    assert len(ids) == len(set(ids))
    for path, method, operation in operations(described):
        refusals = {status: said for status, said in operation["responses"].items() if int(status) >= 400}
        assert {"401", "403", "429", "503"} <= set(refusals), path
        if method == "head":
            continue
        for said in refusals.values():
            assert set(said["content"]) == {"application/problem+json"}, path
        sources = [sample["source"] for sample in operation["x-codeSamples"]]
        assert [sample["label"] for sample in operation["x-codeSamples"]] == ["curl", "Python", "JavaScript"]
        assert all(re.search(r"/api/[a-z0-9/<>-]+[\"`]", source) for source in sources), sources
        assert operation["security"] == [{"BearerToken": []}, {"SignedIn": []}]


def test_each_workflow_stands_in_it_with_its_own_types(described: dict[str, Any]) -> None:
    for name in WORKFLOWS:
        start = described["paths"][f"/api/workflows/{name}/start"]["post"]
        run = described["paths"][f"/api/workflows/{name}"]["post"]
        body = run["requestBody"]["content"]["application/json"]
        assert body["schema"]["properties"]
        assert start["requestBody"] == run["requestBody"]
        content = run["responses"]["200"]["content"]
        assert set(content) == {"application/json", "text/event-stream", "application/x-ndjson"}
        assert run["operationId"] == f"run_{name.replace('-', '_')}"
        [group] = {*run["tags"], *start["tags"]}
        assert group == {"ingest-site": "Ingest site", "write-post": "Write post"}[name]
        assert content["application/json"]["schema"]["allOf"][1]["properties"]["output"]["properties"]


def test_every_group_of_operations_has_a_title_and_says_what_it_is(described: dict[str, Any]) -> None:
    groups = {tag["name"]: tag["description"] for tag in described["tags"]}
    assert len(groups) == len(described["tags"])
    for path, _, operation in operations(described):
        [group] = operation["tags"]
        assert groups[group].endswith("."), path
        assert group[0].isupper(), path


def test_the_code_to_copy_sends_a_body_that_fits(described: dict[str, Any]) -> None:
    for _, _, operation in operations(described):
        if "requestBody" in operation:
            content = operation["requestBody"]["content"]["application/json"]
            whole = {**content["schema"], "components": described["components"]}
            Draft202012Validator(whole).validate(content["example"])
            assert json.dumps(content["example"], ensure_ascii=False) in operation["x-codeSamples"][2]["source"]


def test_every_reference_leads_somewhere(described: dict[str, Any]) -> None:
    def references(part: Any) -> Iterator[str]:
        if isinstance(part, dict):
            if isinstance(part.get("$ref"), str):
                yield part["$ref"]
            for each in part.values():
                yield from references(each)
        elif isinstance(part, list):
            for each in part:
                yield from references(each)

    for reference in set(references(described)):
        found: Any = described
        for name in reference.removeprefix("#/").split("/"):
            found = found[name]
        if reference.startswith("#/components/schemas/"):
            Draft202012Validator.check_schema(found)


FILL = """
import asyncio, json
from django.contrib.auth import get_user_model
from genisys.testing.redis import write
from runs.engines import close_engine, engine
from runs.service.starting import start_run
from runs.rules.audit import Actor, Via
from runs.control_plane.control import Control
from runs.models import ApiToken
from runs.accounts.tokens import issue

owner = get_user_model().objects.create_user("owner", "owner@example.org", "a long enough password")
token = issue(owner, name="fuzz", scopes=list(ApiToken.SCOPES))[1]


async def fill():
    asked = {"step": "0" * 32, "name": "input", "prompt": "Which?", "schema": {"type": "string"}, "until": 0}
    ends = {
        "completed": [{"type": "run.completed", "at": 1, "output": {"title": "done"}}],
        "failed": [{"type": "run.failed", "at": 1, "error": {"message": "It broke."}}],
        "waiting": [{"type": "input.requested", "at": 1, **asked}, {"type": "run.waiting", "at": 1, "reason": "input"}],
    }
    ids = []
    held = engine()
    for status, events in ends.items():
        order = {"topic": "How bees live"}
        run = await start_run(user=owner, workflow="write-post", input=order)
        await write(held, run.pk, events, status=status)
        ids.append(run.pk)
    await Control(held).sweep()
    await close_engine()
    return ids


print(json.dumps({"token": token, "runs": asyncio.run(fill())}))
"""
CHECKS = [
    checks.not_a_server_error,
    openapi_checks.status_code_conformance,
    openapi_checks.content_type_conformance,
    openapi_checks.response_schema_conformance,
]
EXAMPLES = {"owner": by_depth(5, 8), "nobody": by_depth(1, 2)}


@dataclass(frozen=True)
class Filled:
    """A product with runs in all states, the API's description as it gives it, and its owner's token."""

    url: str
    schema: Any
    token: str
    runs: list[str]


@pytest.fixture(scope="module")
def product(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Filled]:
    """A product that takes all requests and runs nothing: no worker, and nobody waits longer than a second."""
    parts = Stack(tmp_path_factory.mktemp("fuzzed"))
    parts.env |= {"GENISYS_API_LONGEST_WAIT_SECONDS": "1", "GENISYS_API_REQUESTS_PER_MINUTE": "0"}
    try:
        parts.redis.start()
        parts.migrate()
        made = json.loads(parts.manage("shell", "--verbosity", "0", "-c", FILL).splitlines()[-1])
        parts.serve.start()
        wait_until(lambda: httpx.get(f"{parts.url}/healthz", trust_env=False).status_code == 200, "nobody serves", 90)
        described = httpx.get(f"{parts.url}/api/openapi.json", trust_env=False).json()
        yield Filled(parts.url, schemathesis.openapi.from_dict(described), made["token"], made["runs"])
        parts.serve.stop()
    finally:
        parts.kill()


@pytest.mark.timeout(300)
@pytest.mark.parametrize("who", ["owner", "nobody"])
def test_whatever_is_sent_the_answer_is_as_described_and_no_fault(product: Filled, who: str) -> None:
    headers = {"Authorization": f"Bearer {product.token}"} if who == "owner" else {}
    session = requests.Session()
    session.trust_env = False
    seen: set[int] = set()
    for found in product.schema.get_all_operations():
        operation = found.ok()

        @bounds(max_examples=EXAMPLES[who], derandomize=True, suppress_health_check=list(HealthCheck))
        @given(case=operation.as_strategy(), run=sampled_from([*product.runs, ""]))
        def holds(case: Any, run: str) -> None:
            if run and "run_id" in case.path_parameters:
                case.path_parameters["run_id"] = run
            answer = case.call(base_url=product.url, headers=headers, session=session)
            seen.add(answer.status_code)
            case.validate_response(answer, checks=CHECKS)

        holds()
    assert seen >= ({200, 202, 404, 409, 422} if who == "owner" else {401})
    session.close()
