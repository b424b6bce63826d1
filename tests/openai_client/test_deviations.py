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


class Ask(BaseModel):
    base_url: str
    form: str = ""


class Answer(BaseModel):
    parts: list[str]


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


CALL = {"id": "call-1", "type": "function", "function": {"name": "look", "arguments": '{"at": 1}'}}
WHOLE_CHAT = {
    "id": "c",
    "model": "m",
    "created": 1,
    "object": "chat.completion",
    "choices": [{"index": 0, "message": {"role": "assistant", "content": "Hello there"}, "finish_reason": None}],
    "usage": {"prompt_tokens": 2, "completion_tokens": 3},
}
WHOLE_CALL = {
    **WHOLE_CHAT,
    "choices": [
        {"index": 0, "message": {"role": "assistant", "tool_calls": [CALL]}, "finish_reason": "tool_calls"},
        {"index": 1, "message": {"role": "assistant", "content": "Hello there"}, "finish_reason": "stop"},
    ],
}
WHOLE_RESPONSE = {
    "id": "r",
    "object": "response",
    "model": "m",
    "status": "completed",
    "output": [
        {"id": "f", "type": "function_call", "call_id": "call-1", "name": "look", "arguments": '{"at": 1}'},
        {
            "id": "m",
            "type": "message",
            "role": "assistant",
            "content": [{"type": "output_text", "text": "Hello there", "annotations": []}],
        },
    ],
    "usage": {"input_tokens": 2, "output_tokens": 3, "total_tokens": 5},
}


async def chat_streamed(client: AsyncOpenAI) -> list[str]:
    said: dict[tuple[int, str], str] = {}
    async for chunk in await client.chat.completions.create(model="m", messages=ASK, stream=True):
        for choice in chunk.choices:
            said[choice.index, "text"] = said.get((choice.index, "text"), "") + (choice.delta.content or "")
            for call in choice.delta.tool_calls or ():
                assert call.function is not None
                said[choice.index, "call"] = f"{call.index} {call.id} {call.function.name} {call.function.arguments}"
            if choice.finish_reason:
                said[choice.index, "end"] = choice.finish_reason
    return [text for _, text in sorted(said.items()) if text]


async def raw_chat_streamed(client: AsyncOpenAI) -> list[str]:
    raw = await client.chat.completions.with_raw_response.create(model="m", messages=ASK, stream=True)
    return ["".join([chunk.choices[0].delta.content or "" async for chunk in raw.parse() if chunk.choices])]


async def completion_streamed(client: AsyncOpenAI) -> list[str]:
    stream = await client.completions.create(model="m", prompt="hi", stream=True)
    return [f"{choice.text} {choice.finish_reason}" async for part in stream for choice in part.choices]


async def response_streamed(client: AsyncOpenAI) -> list[str]:
    said = []
    async for event in await client.responses.create(model="m", input="hi", stream=True):
        if event.type in ("response.output_text.delta", "response.function_call_arguments.delta"):
            said.append(event.delta)
        if event.type == "response.completed":
            said.append(event.response.output_text)
    return said


async def response_helper(client: AsyncOpenAI) -> list[str]:
    async with client.responses.stream(model="m", input="hi") as stream:
        said = [event.snapshot async for event in stream if event.type == "response.output_text.delta"]
        return [*said, (await stream.get_final_response()).output_text]


WHOLES: dict[str, tuple[Any, dict[str, Any], list[str]]] = {
    "chat": (chat_streamed, WHOLE_CHAT, ["stop", "Hello there"]),
    "chat with a call and two choices": (
        chat_streamed,
        WHOLE_CALL,
        ['0 call-1 look {"at": 1}', "tool_calls", "stop", "Hello there"],
    ),
    "raw chat": (raw_chat_streamed, WHOLE_CHAT, ["Hello there"]),
    "completion": (
        completion_streamed,
        {"id": "c", "choices": [{"index": 0, "text": "Hello there"}], "usage": WHOLE_CHAT["usage"]},
        ["Hello there stop"],
    ),
    "response": (response_streamed, WHOLE_RESPONSE, ['{"at": 1}', "Hello there", "Hello there"]),
    "the SDK's helper": (response_helper, WHOLE_RESPONSE, ["Hello there", "Hello there"]),
}


@component
async def pause() -> int:
    return 1


@workflow(name="deviating-whole")
async def whole(request: Ask) -> Answer:
    async with AsyncOpenAI(base_url=request.base_url, api_key="k", retry=Retry(3, base=0, cap=0)) as client:
        said = await WHOLES[request.form][0](client)
    await pause()
    return Answer(parts=said)


@pytest.mark.parametrize("form", WHOLES)
@pytest.mark.parametrize("kind", ["application/json", "application/json; charset=utf-8"])
async def test_an_answer_that_came_whole_is_the_streams_content_and_is_paid_once(
    provider: FakeProvider, form: str, kind: str
) -> None:
    _, body, told = WHOLES[form]
    provider.fault("raw", body=json.dumps(body, indent=1), content_type=kind)
    report = await run_in_memory(whole, Ask(base_url=provider.base_url, form=form), crash_after={"pause": 1})
    assert report.error is None, report.error
    assert report.output.parts == told
    assert (report.attempts, provider.count()) == (2, 1)
    step = next(step for step in report.steps if step.name != "pause")
    assert (step.input_tokens, step.output_tokens) == (2, 3)


@pytest.mark.parametrize("kind", ["text/event-stream", "text/plain", ""])
async def test_whether_an_answer_came_whole_is_seen_from_its_body(
    client: AsyncOpenAI, provider: FakeProvider, kind: str
) -> None:
    provider.fault("raw", body="\n " + json.dumps(WHOLE_CHAT), content_type=kind)
    assert await text_of(client) == "Hello there"
    assert provider.count() == 1


async def test_json_that_is_no_answer_is_tried_again(provider: FakeProvider) -> None:
    for body in ("{}", '{"choices": []}', '{"id": "x", "choices": [{"index": 0}]}', "[1, 2]", '{"output": [1]}', "{"):
        provider.fault("raw", body=body)
    async with AsyncOpenAI(base_url=provider.base_url, api_key="k", retry=Retry(9, base=0, cap=0)) as patient:
        assert await text_of(patient) == "Hello there"
    assert provider.count() == 7


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
