"""The OpenAI client against a real, faulty server: what is sent, tried again, recorded and told."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import pytest
from pydantic import BaseModel

from genisys import Retry, StepFailed, component, text, workflow
from genisys.openai import AsyncOpenAI, _retry_after
from genisys.testing import FakeProvider, run_in_memory

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
        ("status", {"status": 500}, "answered 500: it failed inside. It was tried 3 times."),
        ("status", {"status": 429}, "answered 429: too many requests for now. It was tried 3 times."),
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
    assert _retry_after({"retry-after": "7"}) == 7.0
    assert _retry_after({"retry-after-ms": "1500", "retry-after": "9"}) == 1.5
    soon = _retry_after({"retry-after": format_datetime(datetime.now(UTC) + timedelta(seconds=30), usegmt=True)})
    assert soon is not None
    assert 25 < soon <= 30
    assert _retry_after({"retry-after": "Wed, 21 Oct 2015 07:28:00 GMT"}) == 0.0
    assert _retry_after({"retry-after": "soon"}) is None
    assert _retry_after({}) is None


class Ask(BaseModel):
    base_url: str


class Answer(BaseModel):
    parts: list[str]


def the_client(base_url: str) -> AsyncOpenAI:
    return AsyncOpenAI(base_url=base_url, api_key="sk-very-secret", retry=Retry(3, base=0, cap=0))


@component
async def pause(n: int) -> int:
    await asyncio.sleep(0)
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
    assert all(step.cost_microusd > 0 for step in asked)
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
