"""What the usage of an answer may be without costing the answer, and what then counts."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from typing import Any

import pytest
from pydantic import BaseModel

from genisys import Retry, workflow
from genisys.openai import AsyncOpenAI
from genisys.testing import FakeProvider, MemoryStore, run_in_memory
from tests.openai_client.readings import Usage, usage_of

ASK: list[Any] = [{"role": "user", "content": "Say hello"}]
BROKEN: list[Any] = [
    None,
    {},
    [],
    "many",
    {"prompt_tokens": "12", "completion_tokens": 3},
    {"prompt_tokens": -1, "completion_tokens": 3},
    {"prompt_tokens": 3.5, "completion_tokens": 3},
    {"prompt_tokens": 1e300, "completion_tokens": 3},
    {"prompt_tokens": True, "completion_tokens": 3},
    {"prompt_tokens": {"text": 3}, "completion_tokens": 3},
    {"prompt_tokens": 3, "completion_tokens": float("nan")},
    {"prompt_tokens": 3, "completion_tokens": float("inf")},
]


@pytest.mark.parametrize("usage", BROKEN)
def test_usage_that_is_none_is_not_known(usage: Any) -> None:
    assert usage_of({"usage": usage}) is None


def test_usage_is_read_as_either_api_names_it() -> None:
    assert usage_of({"usage": {"prompt_tokens": 5, "completion_tokens": 7.0}}) == Usage(5, 7)
    assert usage_of({"usage": {"input_tokens": 5, "output_tokens": 7}}) == Usage(5, 7)
    assert usage_of({"usage": {"prompt_tokens": 5, "total_tokens": 5}}) == Usage(5, 0)


class Ask(BaseModel):
    base_url: str
    stream: bool = False


class Answer(BaseModel):
    text: str


@pytest.fixture
async def provider() -> AsyncIterator[FakeProvider]:
    async with FakeProvider(lambda body: "Hello there") as running:
        yield running


@workflow(name="usage-ask")
async def ask(request: Ask) -> Answer:
    async with AsyncOpenAI(base_url=request.base_url, api_key="k", retry=Retry(2, base=0, cap=0)) as client:
        if not request.stream:
            reply = await client.chat.completions.create(model="gpt-4.1-mini", messages=ASK)
            return Answer(text=reply.choices[0].message.content or "")
        stream = await client.chat.completions.create(model="gpt-4.1-mini", messages=ASK, stream=True)
        parts = [chunk.choices[0].delta.content or "" async for chunk in stream if chunk.choices]
        return Answer(text="".join(parts))


def whole(usage: Any) -> str:
    message = {"role": "assistant", "content": "Hello there"}
    choice = {"index": 0, "message": message, "finish_reason": "stop"}
    return json.dumps({"id": "x", "object": "chat.completion", "model": "m", "choices": [choice], "usage": usage})


def streamed(usage: Any) -> str:
    delta = {"choices": [{"index": 0, "delta": {"content": "Hello there"}, "finish_reason": None}]}
    end = {"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]}
    chunks = [delta, end, {"choices": [], "usage": usage}]
    return "".join(f"data: {json.dumps(chunk)}\n\n" for chunk in chunks) + "data: [DONE]\n\n"


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize("usage", BROKEN)
async def test_broken_usage_never_costs_the_answer(provider: FakeProvider, usage: Any, stream: bool) -> None:
    kind = "text/event-stream" if stream else "application/json"
    provider.fault("raw", body=streamed(usage) if stream else whole(usage), content_type=kind)
    report = await run_in_memory(ask, Ask(base_url=provider.base_url, stream=stream))
    assert report.output.text == "Hello there"
    assert provider.count() == 1
    [step] = report.steps
    assert (step.unmetered, step.cost_microusd, step.input_tokens, step.output_tokens) == (True, None, 0, 0)
    assert report.state["unpriced"] is True
    assert report.state["steps"][step.key]["unpriced"] is True


async def test_a_budget_in_tokens_counts_a_guess_where_the_provider_counts_none(provider: FakeProvider) -> None:
    provider.fault("raw", body=whole(None))
    store = MemoryStore()
    report = await run_in_memory(ask, Ask(base_url=provider.base_url), store=store, run_id="guessed")
    [step] = report.steps
    # Four characters a token: what is asked as JSON, and "Hello there".
    asked = json.dumps({"messages": ASK}, separators=(",", ":"))
    assert step.guessed_tokens == len(asked) // 4 + len("Hello there") // 4
    meta = await store.meta("guessed")
    assert meta is not None
    assert (meta.guessed_tokens, meta.unpriced, meta.input_tokens) == (step.guessed_tokens, 1, 0)


async def test_known_usage_is_counted_and_marked_as_nothing_else(provider: FakeProvider) -> None:
    report = await run_in_memory(ask, Ask(base_url=provider.base_url))
    [step] = report.steps
    assert (step.unmetered, step.guessed_tokens) == (False, 0)
    assert step.cost_microusd
    assert report.state["unpriced"] is False
