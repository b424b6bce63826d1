"""The scripted provider: its answers, and what other processes can ask of it."""

from __future__ import annotations

import asyncio
import json
import sys
from asyncio.subprocess import PIPE
from typing import Any

import httpx
import pytest

from genisys.testing import FakeProvider, grounded_responder
from genisys.testing.provider import Quota

SOURCES = """Write one paragraph about "Lakes". Use only these notes.

[1] A lake is a body of still water. It is surrounded by land on all sides.
[2] Most lakes are fed by rivers and streams. Some have no outlet at all.

Paragraph:"""


def ask(text: str, **more: Any) -> dict[str, Any]:
    return {"model": "m", "messages": [{"role": "user", "content": text}], **more}


def test_the_grounded_answer_uses_the_sources_sentences_and_numbers() -> None:
    said = grounded_responder(ask(SOURCES))
    assert "A lake is a body of still water. [1]" in said
    assert "Most lakes are fed by rivers and streams. [2]" in said


def test_the_grounded_answer_fits_the_schema() -> None:
    schema = {
        "type": "object",
        "properties": {
            "summary": {"type": "string", "maxLength": 60},
            "topics": {"type": "array", "items": {"type": "string"}, "minItems": 2, "maxItems": 4},
            "kind": {"enum": ["a", "b"]},
            "score": {"type": "integer", "minimum": 3},
        },
    }
    shape = {"type": "json_schema", "json_schema": {"name": "x", "schema": schema}}
    data = json.loads(grounded_responder(ask(SOURCES, response_format=shape)))
    assert 0 < len(data["summary"]) <= 60
    assert data["summary"] in " ".join(SOURCES.split())
    assert 2 <= len(data["topics"]) <= 4
    assert data["kind"] in ("a", "b")
    assert data["score"] >= 3


async def test_a_responder_that_fails_is_answered_with_500() -> None:
    def broken(body: dict[str, Any]) -> str:
        raise KeyError("nothing scripted for this")

    async with FakeProvider(broken) as provider, httpx.AsyncClient() as http:
        answer = await http.post(f"{provider.base_url}/chat/completions", json=ask("x"))
    assert answer.status_code == 500
    assert "nothing scripted for this" in answer.text


async def test_a_fault_can_wait_for_its_request() -> None:
    async with FakeProvider() as provider, httpx.AsyncClient(base_url=provider.base_url) as http:
        provider.fault("status", status=503, containing="poison")
        assert (await http.post("/chat/completions", json=ask("some water"))).status_code == 200
        assert (await http.post("/responses", json={"input": "some poison"})).status_code == 503
        assert (await http.post("/chat/completions", json=ask("some poison"))).status_code == 200


async def test_another_process_can_count_and_make_faults() -> None:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "genisys.testing", "--port", "0", stdout=PIPE, stderr=PIPE
    )
    assert process.stdout is not None
    try:
        line = await asyncio.wait_for(process.stdout.readline(), 60)
        root = line.decode().split()[-1].removesuffix("/v1")
        async with httpx.AsyncClient(base_url=root) as http:
            await http.post("/__faults", json={"kind": "status", "status": 503})
            assert (await http.post("/v1/chat/completions", json=ask("one"))).status_code == 503
            assert (await http.post("/v1/chat/completions", json=ask("two"))).status_code == 200
            assert (await http.get("/v1/models")).json()["data"][0]["id"] == "scripted"
            assert [body["messages"][0]["content"] for body in (await http.get("/__requests")).json()] == ["one", "two"]
    finally:
        process.terminate()
        _, complaints = await process.communicate()
    assert b"Warning" not in complaints


def test_a_quota_lets_so_many_requests_pass_in_any_minute() -> None:
    now = 0.0
    quota = Quota(2, clock=lambda: now)
    assert quota.take() == 0
    now = 20.0
    assert (quota.take(), quota.take()) == (0, 40)
    now = 60.0
    assert (quota.take(), quota.take()) == (0, 20)


async def test_a_request_over_the_quota_is_refused_with_the_time_to_wait() -> None:
    async with FakeProvider() as provider, httpx.AsyncClient(base_url=provider.base_url) as http:
        await http.post(f"{provider.base_url.removesuffix('/v1')}/__quota", json={"requests_per_minute": 1})
        assert (await http.post("/chat/completions", json=ask("one"))).status_code == 200
        refused = await http.post("/chat/completions", json=ask("two"))
        assert refused.status_code == 429
        assert 0 < int(refused.headers["retry-after"]) <= 60
        assert refused.headers["x-ratelimit-remaining-requests"] == "0"
        counts = (await http.get(f"{provider.base_url.removesuffix('/v1')}/__counts")).json()
        assert counts == {"200": 1, "429": 1}


async def test_an_unknown_fault_is_named() -> None:
    async with FakeProvider() as provider:
        with pytest.raises(ValueError, match="No fault is named 'meteor'"):
            provider.fault("meteor")
