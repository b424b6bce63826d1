"""Streams and answers as public servers really send them: what is an answer, what is none, and what it says then."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from typing import Any

import pytest
from pydantic import BaseModel

from genisys import Retry, StepFailed, component, workflow
from genisys.openai import AsyncOpenAI
from genisys.testing import FakeProvider, run_in_memory

ASK: list[Any] = [{"role": "user", "content": "Say hello"}]
USAGE = {"choices": [], "usage": {"prompt_tokens": 2, "completion_tokens": 2}}
SSE = "text/event-stream; charset=utf-8"
QUOTA = {"message": "You exceeded your current quota.", "type": "insufficient_quota", "code": "insufficient_quota"}
TOO_LONG = {"message": "Too long: 9000 tokens.", "type": "invalid_request_error", "code": "context_length_exceeded"}


@pytest.fixture
async def provider() -> AsyncIterator[FakeProvider]:
    async with FakeProvider(lambda body: "Hello there") as running:
        yield running


@pytest.fixture
async def client(provider: FakeProvider) -> AsyncIterator[AsyncOpenAI]:
    async with AsyncOpenAI(base_url=provider.base_url, api_key="sk-secret", retry=Retry(3, base=0, cap=0)) as client:
        yield client


def piece(content: Any = None, finish: str | None = None, **delta: Any) -> dict[str, Any]:
    return {"choices": [{"index": 0, "delta": {"content": content, **delta}, "finish_reason": finish}]}


def lines(*events: Any, done: bool = True, end: str = "\n") -> str:
    said = [each if isinstance(each, str) else f"data: {json.dumps(each)}" for each in events]
    return "".join(f"{line}{end}{end}" for line in [*said, *(["data: [DONE]"] if done else [])])


async def text_of(client: AsyncOpenAI) -> str:
    stream = await client.chat.completions.create(model="m", messages=ASK, stream=True)
    return "".join([chunk.choices[0].delta.content or "" async for chunk in stream if chunk.choices])


ANSWERS = {
    "no finish_reason, but usage and [DONE]": lines(piece("Hello "), piece("there"), USAGE),
    "usage in the last piece of text": lines(piece("Hello "), {**piece("there"), "usage": USAGE["usage"]}),
    "no [DONE]": lines(piece("Hello "), piece("there"), piece(None, "stop"), done=False),
    "CR LF, comments and named events": lines(
        ": OPENROUTER PROCESSING",
        f"event: message\r\ndata: {json.dumps(piece('Hello '))}",
        piece("there", "stop"),
        end="\r\n",
    ),
    "the role alone first": lines(piece(None, role="assistant"), piece("Hello there"), piece("", "stop")),
    "no choices first": lines({"choices": [], "prompt_filter_results": []}, piece("Hello there", "stop")),
    "a usage that is null all along": lines({**piece("Hello there"), "usage": None}, piece(None, "stop"), USAGE),
}


@pytest.mark.parametrize("body", ANSWERS.values(), ids=ANSWERS)
async def test_a_stream_that_deviates_is_an_answer(client: AsyncOpenAI, provider: FakeProvider, body: str) -> None:
    provider.fault("raw", body=body, content_type=SSE)
    assert await text_of(client) == "Hello there"
    assert provider.count() == 1


HALVES = {
    "[DONE] with neither usage nor finish_reason": lines(piece("Hello ")),
    "usage without [DONE]": lines(piece("Hello "), USAGE, done=False),
    "nothing more": lines(piece("Hello "), done=False),
}


@pytest.mark.parametrize("body", HALVES.values(), ids=HALVES)
async def test_half_a_stream_is_no_answer(client: AsyncOpenAI, provider: FakeProvider, body: str) -> None:
    provider.fault("raw", body=body, content_type=SSE)
    with pytest.raises(StepFailed, match="did not finish its answer: the stream ended before the text was finished"):
        await text_of(client)


async def test_the_halves_of_a_character_are_joined(client: AsyncOpenAI, provider: FakeProvider) -> None:
    cut = "data: " + json.dumps(piece("a\ud83d")) + "\n\ndata: " + json.dumps(piece("\ude00b\ud83d")) + "\n\n"
    provider.fault("raw", body=cut + lines(piece("c"), piece(None, "stop")), content_type=SSE)
    assert await text_of(client) == "a😀b\ufffdc"


async def test_text_that_no_json_can_hold_is_mended_live_as_in_a_replay(provider: FakeProvider) -> None:
    @component
    async def rest() -> int:
        return 1

    @workflow(name="deviating-json")
    async def flow(request: Ask) -> Answer:
        async with AsyncOpenAI(base_url=request.base_url, api_key="k") as client:
            reply = await client.chat.completions.create(model="m", messages=ASK)
        await rest()
        content = reply.choices[0].logprobs.content if reply.choices[0].logprobs else None
        return Answer(parts=[reply.choices[0].message.content or "", str(content and content[0].logprob)])

    token = '{"token": "x", "logprob": -Infinity, "top_logprobs": []}'
    message = '{"role": "assistant", "content": "half \\ud83d and \\u0000"}'
    choice = f'{{"index": 0, "message": {message}, "logprobs": {{"content": [{token}]}}}}'
    provider.fault("raw", body=f'{{"id": "x", "choices": [{choice}]}}')
    report = await run_in_memory(flow, Ask(base_url=provider.base_url), crash_after={"rest": 1})
    assert report.output.parts == ["half \ufffd and \ufffd", "None"]
    assert provider.count() == 1


class Ask(BaseModel):
    base_url: str


class Answer(BaseModel):
    parts: list[str]


FINAL = {
    "the account is used up": (QUOTA, "the account's quota is used up (“You exceeded your current quota”; code"),
    "the request is too long": (TOO_LONG, "did not accept the request (“Too long: 9000 tokens”; code"),
    "a status as code": (
        {"message": "bad tool", "code": 400},
        "answered 400: it did not accept the request (“bad tool”)",
    ),
}
FORMS = {
    "stream": lambda error: (lines({"error": error}), SSE),
    "named event": lambda error: (lines(f"event: error\ndata: {json.dumps(error)}"), SSE),
    "JSON in place of a stream": lambda error: (json.dumps({"error": error}), "application/json"),
}


@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)
@pytest.mark.parametrize(("error", "words"), FINAL.values(), ids=FINAL)
async def test_a_final_refusal_as_the_first_event_is_sent_once(
    client: AsyncOpenAI, provider: FakeProvider, form: Any, error: dict[str, Any], words: str
) -> None:
    body, kind = form(error)
    provider.fault("raw", 9, body=body, content_type=kind)
    with pytest.raises(StepFailed) as caught:
        await text_of(client)
    assert words in caught.value.message
    assert caught.value.permanent
    assert caught.value.detail["said"] == error["message"]
    assert str(caught.value.detail["code"]) == str(error["code"])
    assert provider.count() == 1


@pytest.mark.parametrize("error", [error for error, _ in FINAL.values()], ids=FINAL)
async def test_a_failure_under_the_status_200_is_no_answer(
    client: AsyncOpenAI, provider: FakeProvider, error: dict[str, Any]
) -> None:
    provider.fault("raw", 9, body=json.dumps({"error": error}))
    with pytest.raises(StepFailed) as caught:
        await client.chat.completions.create(model="m", messages=ASK)
    assert caught.value.permanent
    assert caught.value.detail["said"] == error["message"]
    assert provider.count() == 1


async def test_a_passing_failure_as_the_first_event_is_tried_again(client: AsyncOpenAI, provider: FakeProvider) -> None:
    provider.fault("raw", body=lines({"error": {"message": "busy", "code": "overloaded_error"}}), content_type=SSE)
    provider.fault("raw", body=lines({"error": "CUDA out of memory"}), content_type=SSE)
    assert await text_of(client) == "Hello there"
    assert provider.count() == 3


async def test_words_in_mid_stream_reach_the_error(client: AsyncOpenAI, provider: FakeProvider) -> None:
    provider.fault("raw", body=lines(piece("Hello "), {"error": TOO_LONG}), content_type=SSE)
    with pytest.raises(StepFailed) as caught:
        await text_of(client)
    assert caught.value.message.endswith(
        "did not finish its answer: it says that it failed (“Too long: 9000 tokens”; code context_length_exceeded)."
    )
    assert caught.value.permanent
    assert (caught.value.detail["status"], caught.value.detail["code"]) == (400, "context_length_exceeded")


async def test_words_of_failed_responses_reach_the_error(client: AsyncOpenAI, provider: FakeProvider) -> None:
    created = {"type": "response.created", "sequence_number": 0, "response": {"id": "r", "status": "in_progress"}}
    error = {"code": "server_error", "message": "The model crashed."}
    failed = {"type": "response.failed", "response": {"id": "r", "status": "failed", "error": error}}
    for last in (failed, {"type": "error", **error}):
        provider.fault("raw", body=lines(created, last, done=False), content_type=SSE)
        with pytest.raises(
            StepFailed, match=r"it says that it failed \(“The model crashed”; code server_error\)"
        ) as caught:
            [event async for event in await client.responses.create(model="m", input="hi", stream=True)]
        assert not caught.value.permanent
    provider.fault("raw", 9, body=json.dumps({"id": "r", "status": "failed", "error": TOO_LONG, "output": []}))
    with pytest.raises(StepFailed, match="Too long: 9000 tokens") as caught:
        await client.responses.create(model="m", input="hi")
    assert caught.value.permanent


async def test_a_key_in_the_servers_words_is_not_repeated(client: AsyncOpenAI, provider: FakeProvider) -> None:
    provider.fault("raw", body=json.dumps({"error": {"message": "bad key sk-secret", "code": 400}}), status=400)
    with pytest.raises(StepFailed) as caught:
        await text_of(client)
    assert "sk-secret" not in caught.value.message + str(caught.value.detail)
