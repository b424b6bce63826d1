"""The OpenAI client against a real, faulty server: what is sent, tried again, recorded and told."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import openai
import pytest
from pydantic import BaseModel

from genisys import Retry, StepFailed, component, text, workflow
from genisys.localmodel import MODEL_NAME
from genisys.openai import AsyncOpenAI
from genisys.testing import FakeProvider, run_in_memory
from tests.openai_client.readings import cost_microusd, retry_after

ASK: list[Any] = [{"role": "user", "content": "Say hello"}]


@pytest.fixture
async def provider() -> AsyncIterator[FakeProvider]:
    async with FakeProvider(lambda body: "Hello there, ünïcode 𝄞 world") as running:
        yield running


@pytest.fixture
async def client(provider: FakeProvider) -> AsyncIterator[AsyncOpenAI]:
    async with the_client(provider.base_url) as client:
        yield client


async def streamed(client: AsyncOpenAI) -> str:
    stream = await client.chat.completions.create(model="scripted", messages=ASK, stream=True)
    return "".join([chunk.choices[0].delta.content or "" async for chunk in stream if chunk.choices])


async def test_a_call_gives_the_sdks_own_type(client: AsyncOpenAI) -> None:
    reply = await client.chat.completions.create(model="scripted", messages=ASK)
    assert reply.choices[0].message.content == "Hello there, ünïcode 𝄞 world"
    assert type(reply).__name__ == "ChatCompletion"


async def test_a_stream_gives_its_pieces_as_they_come(client: AsyncOpenAI) -> None:
    assert await streamed(client) == "Hello there, ünïcode 𝄞 world"


async def test_embeddings_and_responses_pass_through(client: AsyncOpenAI) -> None:
    made = await client.embeddings.create(model="e", input=["a", "bcd"])
    assert [row.embedding for row in made.data] == [[1.0, 0.0], [3.0, 1.0]]
    reply = await client.responses.create(model="m", input="hi")
    assert reply.output_text == "Hello there, ünïcode 𝄞 world"


@pytest.mark.parametrize("kind", ["status", "garbage", "empty", "drop"])
async def test_a_passing_fault_is_tried_again(client: AsyncOpenAI, provider: FakeProvider, kind: str) -> None:
    provider.fault(kind, 2)
    reply = await client.chat.completions.create(model="scripted", messages=ASK)
    assert reply.choices[0].message.content
    assert provider.count() == 3


@pytest.mark.parametrize(
    ("kind", "facts", "words"),
    [
        (
            "status",
            {"status": 500},
            "answered 500: it failed inside (“scripted fault”; code server_error). It was tried 3 times.",
        ),
        (
            "status",
            {"status": 429},
            "answered 429: too many requests for now (“scripted fault”; code server_error). It was tried",
        ),
        ("garbage", {}, "gave no usable answer"),
        ("drop", {}, "could not be reached, or closed the connection"),
    ],
)
async def test_a_lasting_fault_is_told_in_a_sentence(
    client: AsyncOpenAI, provider: FakeProvider, kind: str, facts: dict[str, Any], words: str
) -> None:
    provider.fault(kind, 9, **facts)
    with pytest.raises(StepFailed) as caught:
        await client.chat.completions.create(model="scripted", messages=ASK)
    assert words in caught.value.message
    assert "secret" not in caught.value.message + str(caught.value.detail)
    assert not caught.value.permanent
    assert provider.count() == 3


async def test_a_refused_key_is_permanent_and_not_tried_again(client: AsyncOpenAI, provider: FakeProvider) -> None:
    provider.fault("status", 9, status=401)
    with pytest.raises(StepFailed, match="did not accept the API key") as caught:
        await client.chat.completions.create(model="scripted", messages=ASK)
    assert caught.value.permanent
    assert provider.count() == 1


async def test_a_server_that_never_answers_runs_into_the_time_limit(provider: FakeProvider) -> None:
    provider.fault("hang")
    async with AsyncOpenAI(base_url=provider.base_url, api_key="k", timeout=0.2, retry=Retry(1)) as client:
        with pytest.raises(StepFailed, match="did not answer in time"):
            await client.chat.completions.create(model="scripted", messages=ASK)


async def test_a_stream_that_breaks_off_is_an_error_and_never_half_an_answer(
    client: AsyncOpenAI, provider: FakeProvider
) -> None:
    provider.fault("cut", tokens=2)
    with pytest.raises(StepFailed, match="did not finish its answer"):
        await streamed(client)


def test_retry_after_is_read_in_all_its_forms() -> None:
    assert retry_after({"retry-after": "7"}) == retry_after({"retry-after": " 7 "}) == 7.0
    assert retry_after({"retry-after": "Wed, 21 Oct 2015 07:28:00 -0000"}) == 0.0
    assert retry_after({"retry-after-ms": "1500", "retry-after": "9"}) == 1.5
    soon = retry_after({"retry-after": format_datetime(datetime.now(UTC) + timedelta(seconds=30), usegmt=True)})
    assert soon is not None
    assert 25 < soon <= 30
    assert retry_after({"retry-after": "Wed, 21 Oct 2015 07:28:00 GMT"}) == 0.0
    assert retry_after({"retry-after": "soon"}) is None
    assert retry_after({}) is None


class Ask(BaseModel):
    base_url: str


class Answer(BaseModel):
    parts: list[str]


def the_client(base_url: str) -> AsyncOpenAI:
    return AsyncOpenAI(base_url=base_url, api_key="sk-very-secret", retry=Retry(3, base=0, cap=0))


@component
async def pause(n: int) -> int:
    await asyncio.sleep(0)  # one turn of the loop: it is here to be crashed behind
    return n


@workflow(name="openai-both")
async def ask_both(request: Ask) -> Answer:
    async with the_client(request.base_url) as client:
        reply = await client.chat.completions.create(model="gpt-4.1-mini", messages=ASK)
        async with text("spoken") as out:
            stream = await client.chat.completions.create(model="gpt-4.1-mini", messages=ASK, stream=True)
            async for chunk in stream:
                out.write(chunk.choices[0].delta.content or "" if chunk.choices else "")
    await pause(1)
    await pause(2)
    return Answer(parts=[reply.choices[0].message.content or "", out.text])


async def test_a_replay_sends_nothing_and_gives_the_same(provider: FakeProvider) -> None:
    report = await run_in_memory(ask_both, Ask(base_url=provider.base_url), crash_after={"pause": 1})
    assert report.output.parts == ["Hello there, ünïcode 𝄞 world"] * 2
    assert provider.count() == 2
    assert report.state["blocks"]["spoken"]["txt"] == "Hello there, ünïcode 𝄞 world"


async def test_tokens_and_cost_are_on_the_steps_and_the_run(provider: FakeProvider) -> None:
    report = await run_in_memory(ask_both, Ask(base_url=provider.base_url))
    asked = [step for step in report.steps if step.name == "chat gpt-4.1-mini"]
    assert [step.output_tokens for step in asked] == [5, 5]
    assert all(step.cost_microusd for step in asked)
    assert report.state["output_tokens"] == 10
    assert report.state["models"] == ["gpt-4.1-mini"]


async def test_no_key_stands_in_the_journal_or_the_log(provider: FakeProvider) -> None:
    report = await run_in_memory(ask_both, Ask(base_url=provider.base_url))
    assert "very-secret" not in str(report.events) + str(report.steps)


async def test_a_component_that_reads_a_broken_stream_runs_again(provider: FakeProvider) -> None:
    @component(retry=Retry(2, base=0, cap=0))
    async def write(base_url: str) -> str:
        async with text("article") as out, the_client(base_url) as client:
            stream = await client.chat.completions.create(model="m", messages=ASK, stream=True)
            async for chunk in stream:
                out.write(chunk.choices[0].delta.content or "" if chunk.choices else "")
        return out.text

    @workflow(name="openai-cut")
    async def flow(request: Ask) -> Answer:
        return Answer(parts=[await write(request.base_url)])

    provider.fault("cut", tokens=3)
    report = await run_in_memory(flow, Ask(base_url=provider.base_url))
    assert report.output.parts == ["Hello there, ünïcode 𝄞 world"]
    assert report.state["blocks"]["article"]["txt"] == "Hello there, ünïcode 𝄞 world"
    assert provider.count() == 2


class Pet(BaseModel):
    name: str
    legs: int


async def test_arguments_that_the_sdk_takes_are_taken(client: AsyncOpenAI, provider: FakeProvider) -> None:
    reply = await client.chat.completions.create(
        model="m",
        messages=(message for message in ASK),
        temperature=openai.omit,
        top_p=openai.NOT_GIVEN,
        timeout=openai.Timeout(5),
    )
    assert reply.choices
    assert provider.requests == [{"model": "m", "messages": ASK}]


async def test_raw_responses_pass_through_and_are_asked_for_once(client: AsyncOpenAI, provider: FakeProvider) -> None:
    raw = await client.chat.completions.with_raw_response.create(model="m", messages=ASK)
    assert raw.http_response.status_code == 200
    async with client.chat.completions.with_streaming_response.create(model="m", messages=ASK) as response:
        assert (await response.json())["object"] == "chat.completion"
    assert provider.count() == 2


async def test_the_sdks_stream_helper_works(client: AsyncOpenAI) -> None:
    async with client.chat.completions.stream(model="m", messages=ASK) as stream:
        kinds = {event.type async for event in stream}
        whole = await stream.get_final_completion()
    assert "content.delta" in kinds
    assert whole.choices[0].message.content == "Hello there, ünïcode 𝄞 world"


async def test_a_refusal_carries_the_servers_words(client: AsyncOpenAI, provider: FakeProvider) -> None:
    provider.fault("status", status=400)
    with pytest.raises(StepFailed, match=r"did not accept the request \(“scripted fault”") as caught:
        await client.chat.completions.create(model="m", messages=ASK)
    assert caught.value.permanent
    told = {"said": "scripted fault", "code": "server_error"}
    assert caught.value.detail == {"host": "127.0.0.1", "model": "m", "status": 400, "tries": 1, **told}


async def test_an_answer_that_does_not_fit_the_form_is_tried_again(client: AsyncOpenAI, provider: FakeProvider) -> None:
    answers = iter(["no pet", '{"name": "Rex"}', '{"name": "Rex", "legs": 4}'])
    provider.responder = lambda body: next(answers)
    reply = await client.chat.completions.parse(model="m", messages=ASK, response_format=Pet)
    assert reply.choices[0].message.parsed == Pet(name="Rex", legs=4)
    assert provider.count() == 3


async def test_a_stream_that_falls_silent_is_told(provider: FakeProvider) -> None:
    provider.token_seconds = 0.02
    provider.responder = lambda body: "word " * 200
    async with AsyncOpenAI(base_url=provider.base_url, api_key="k", timeout=2, retry=Retry(1)) as client:
        stream = await client.chat.completions.create(model="m", messages=ASK, stream=True)
        provider.token_seconds = 60
        with pytest.raises(StepFailed, match="broke off in the middle"):
            [chunk async for chunk in stream]


async def test_a_steady_stream_may_take_longer_than_the_limit_of_one_wait(provider: FakeProvider) -> None:
    provider.token_seconds = 0.2
    provider.responder = lambda body: "word " * 12
    async with AsyncOpenAI(base_url=provider.base_url, api_key="k", timeout=2, retry=Retry(1)) as client:
        assert await streamed(client) == "word " * 12


async def test_a_stream_that_was_closed_gives_no_more(client: AsyncOpenAI, provider: FakeProvider) -> None:
    provider.responder = lambda body: "word " * 20_000
    async with await client.chat.completions.create(model="m", messages=ASK, stream=True) as stream:
        async for _ in stream:
            break
    with pytest.raises(StopAsyncIteration):
        await anext(stream)


async def test_an_error_of_a_stream_is_raised_where_it_is_opened(client: AsyncOpenAI, provider: FakeProvider) -> None:
    provider.fault("status", status=401)
    with pytest.raises(StepFailed, match="did not accept the API key"):
        await client.chat.completions.create(model="m", messages=ASK, stream=True)


async def test_an_empty_stream_is_tried_again(client: AsyncOpenAI, provider: FakeProvider) -> None:
    provider.fault("cut", tokens=0)
    assert await streamed(client) == "Hello there, ünïcode 𝄞 world"
    assert provider.count() == 2


async def test_retry_after_is_waited_for(client: AsyncOpenAI, provider: FakeProvider) -> None:
    provider.fault("status", status=429, retry_after=0.3)
    started = asyncio.get_running_loop().time()
    await client.chat.completions.create(model="m", messages=ASK)
    assert asyncio.get_running_loop().time() - started >= 0.3


@workflow(name="openai-shapes")
async def every_shape(request: Ask) -> Answer:
    async with the_client(request.base_url) as client:
        parsed = await client.chat.completions.parse(
            model="m", messages=ASK, response_format=Pet, extra_headers={"Authorization": "Bearer sk-very-secret"}
        )
        async with client.chat.completions.stream(model="m", messages=ASK) as helper:
            helped = await helper.get_final_completion()
        events = await client.responses.create(model="m", input="hi", stream=True)
        said = [event async for event in events]
        made = await client.embeddings.create(model="e", input="abc")
    await pause(1)
    pet = parsed.choices[0].message.parsed
    assert isinstance(pet, Pet)
    return Answer(
        parts=[
            pet.name,
            helped.choices[0].message.content or "",
            "".join(event.delta for event in said if event.type == "response.output_text.delta"),
            said[-1].response.output_text if said[-1].type == "response.completed" else "",
            str(made.data[0].embedding),
        ]
    )


async def test_every_kind_of_call_replays_in_its_own_type(provider: FakeProvider) -> None:
    pet = '{"name": "Rex", "legs": 4}'
    provider.responder = lambda body: pet
    report = await run_in_memory(every_shape, Ask(base_url=provider.base_url), crash_after={"pause": 1})
    assert report.output.parts == ["Rex", pet, pet, pet, "[3.0, 0.0]"]
    assert len(provider.requests) == 4
    assert "very-secret" not in str(report.events) + str(report.steps)
    assert [step.output_tokens for step in report.steps if step.name == "response m"] == [4]


async def test_a_stream_that_is_left_early_ends_quietly_and_is_not_recorded(provider: FakeProvider) -> None:
    provider.responder = lambda body: "word " * 20_000

    @workflow(name="openai-left")
    async def flow(request: Ask) -> Answer:
        async with the_client(request.base_url) as client:
            async for chunk in await client.chat.completions.create(model="m", messages=ASK, stream=True):
                return Answer(parts=[chunk.choices[0].delta.content or ""])
        raise AssertionError("nothing came")

    report = await run_in_memory(flow, Ask(base_url=provider.base_url))
    assert report.output.parts == ["word "]
    assert [step["status"] for step in report.state["steps"].values()] == ["stopped"]
    assert report.steps == []


async def test_a_component_out_of_time_in_a_stream_asks_again(provider: FakeProvider) -> None:
    @component(retry=Retry(2, base=0, cap=0), timeout=2.0)
    async def write(base_url: str) -> str:
        async with the_client(base_url) as client:
            stream = await client.chat.completions.create(model="m", messages=ASK, stream=True)
            said = [chunk.choices[0].delta.content or "" async for chunk in stream if chunk.choices]
        return "".join(said)

    @workflow(name="openai-late")
    async def flow(request: Ask) -> Answer:
        return Answer(parts=[await write(request.base_url)])

    def answer(body: dict[str, Any]) -> str:
        provider.token_seconds = 60 if provider.count() == 1 else 0
        return "Hello there"

    provider.responder = answer
    report = await run_in_memory(flow, Ask(base_url=provider.base_url))
    assert report.output.parts == ["Hello there"]
    assert provider.count() == 2


async def test_tries_are_in_the_log(provider: FakeProvider) -> None:
    provider.fault("status", 2, status=429, retry_after=0)
    report = await run_in_memory(ask_both, Ask(base_url=provider.base_url))
    told = [event for event in report.events if event["type"] == "step.retrying"]
    assert [event["try"] for event in told] == [2, 3]
    assert "too many requests" in told[0]["error"]["message"]


def test_what_an_unknown_model_cost_is_unknown_and_the_built_in_one_is_free() -> None:
    assert cost_microusd("nobody-knows-me", 1000, 1000) is None
    assert cost_microusd(MODEL_NAME, 1000, 1000) == 0
    assert (cost_microusd("gpt-4o-mini", 1_000_000, 1_000_000) or 0) > 0
