"""Every kind of call of the SDK inside a run: a step that a replay does not send again."""

from __future__ import annotations

import base64
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import openai
import pytest
from pydantic import BaseModel

from genisys import Retry, component, workflow
from genisys.host import BlobMissing, FolderBlobs, keep_blobs_in
from genisys.openai import AsyncOpenAI
from genisys.testing import FakeProvider, MemoryStore, run_in_memory

ASK: list[Any] = [{"role": "user", "content": "Say hello"}]
JSON = "application/json"
SSE = "text/event-stream"


class Pet(BaseModel):
    name: str


class Ask(BaseModel):
    base_url: str
    form: str


class Answer(BaseModel):
    said: str


@pytest.fixture
async def provider() -> AsyncIterator[FakeProvider]:
    async with FakeProvider(lambda body: '{"name": "Rex"}') as running:
        yield running
    keep_blobs_in(None)


def response(**more: Any) -> str:
    content = [{"type": "output_text", "text": '{"name": "Rex"}', "annotations": []}]
    output = [{"id": "m", "type": "message", "role": "assistant", "status": "completed", "content": content}]
    usage = {"input_tokens": 4, "output_tokens": 2, "total_tokens": 6}
    return json.dumps(
        {"id": "r", "object": "response", "model": "gpt-4.1-mini", "output": output, "usage": usage, **more}
    )


async def parsed_response(client: AsyncOpenAI) -> str:
    reply = await client.responses.parse(model="gpt-4.1-mini", input="hi", text_format=Pet)
    assert isinstance(reply.output_parsed, Pet)
    return reply.output_parsed.name


async def beta_parse(client: AsyncOpenAI) -> str:
    reply = await client.beta.chat.completions.parse(model="m", messages=ASK, response_format=Pet)
    assert isinstance(reply.choices[0].message.parsed, Pet)
    return reply.choices[0].message.parsed.name


async def raw_chat(client: AsyncOpenAI) -> str:
    raw = await client.chat.completions.with_raw_response.create(model="m", messages=ASK)
    return f"{raw.status_code} {raw.headers['content-type']} {raw.parse().choices[0].message.content}"


async def streamed_chat(client: AsyncOpenAI) -> str:
    async with client.chat.completions.with_streaming_response.create(model="m", messages=ASK) as answer:
        return str((await answer.json())["choices"][0]["message"]["content"])


async def raw_stream(client: AsyncOpenAI) -> str:
    raw = await client.chat.completions.with_raw_response.create(model="m", messages=ASK, stream=True)
    return "".join([chunk.choices[0].delta.content or "" async for chunk in raw.parse() if chunk.choices])


async def image(client: AsyncOpenAI) -> str:
    made = await client.images.generate(model="gpt-image-1", prompt="a cat")
    assert made.data
    return f"{len(base64.b64decode(made.data[0].b64_json or ''))} bytes"


async def speech(client: AsyncOpenAI) -> str:
    spoken = await client.audio.speech.create(model="tts-1", voice="alloy", input="hello")
    return spoken.content.hex()


async def speech_as_it_comes(client: AsyncOpenAI) -> str:
    async with client.audio.speech.with_streaming_response.create(model="tts-1", voice="alloy", input="x") as spoken:
        return b"".join([part async for part in spoken.iter_bytes(2)]).hex()


async def transcription(client: AsyncOpenAI) -> str:
    heard = await client.audio.transcriptions.create(model="whisper-1", file=("a.wav", b"RIFF\x00\xff"))
    return heard.text


async def transcription_stream(client: AsyncOpenAI) -> str:
    events = await client.audio.transcriptions.create(model="gpt-4o-transcribe", file=b"RIFF", stream=True)
    return "".join([event.delta async for event in events if event.type == "transcript.text.delta"])


async def moderation(client: AsyncOpenAI) -> str:
    return str((await client.moderations.create(input="x")).results[0].flagged)


async def upload(client: AsyncOpenAI) -> str:
    return (await client.files.create(file=("a.jsonl", b"{}"), purpose="batch")).id


async def pages(client: AsyncOpenAI) -> str:
    return " ".join([each.id async for each in client.files.list()])


async def content(client: AsyncOpenAI) -> str:
    return (await client.files.content("file-1")).content.hex()


async def deleted(client: AsyncOpenAI) -> str:
    return str((await client.files.delete("file-1")).deleted)


async def legacy(client: AsyncOpenAI) -> str:
    return (await client.completions.create(model="m", prompt="hi")).choices[0].text


async def low_level(client: AsyncOpenAI) -> str:
    return str((await client.post("/anything", cast_to=object, body={"x": 1}))["id"])  # type: ignore[index]


Form = Callable[[AsyncOpenAI], Awaitable[str]]
PNG = base64.b64encode(bytes(range(256)) * 1024).decode()
# What is called, what the server answers (None: what it answers anyway), and what comes of it.
FORMS: dict[str, tuple[Form, tuple[str, str] | None, str]] = {
    "responses.parse": (parsed_response, (response(), JSON), "Rex"),
    "beta.chat.completions.parse": (beta_parse, None, "Rex"),
    "with_raw_response": (raw_chat, None, '200 application/json {"name": "Rex"}'),
    "with_streaming_response": (streamed_chat, None, '{"name": "Rex"}'),
    "with_raw_response of a stream": (raw_stream, None, '{"name": "Rex"}'),
    "images.generate": (image, (json.dumps({"created": 1, "data": [{"b64_json": PNG}]}), JSON), "262144 bytes"),
    "audio.speech.create": (speech, ("\x00\x01ID3", "audio/mpeg"), "0001494433"),
    "audio.speech, as it comes": (speech_as_it_comes, ("\x00\x01ID3", "audio/mpeg"), "0001494433"),
    "audio.transcriptions.create": (transcription, ('{"text": "hello"}', JSON), "hello"),
    "audio.transcriptions, a stream": (
        transcription_stream,
        (
            'data: {"type": "transcript.text.delta", "delta": "hel"}\n\n'
            'data: {"type": "transcript.text.delta", "delta": "lo"}\n\n',
            SSE,
        ),
        "hello",
    ),
    "moderations.create": (moderation, ('{"id": "m", "model": "m", "results": [{"flagged": true}]}', JSON), "True"),
    "files.create": (upload, ('{"id": "file-1", "object": "file"}', JSON), "file-1"),
    "files.list": (pages, ('{"data": [{"id": "a"}, {"id": "b"}], "has_more": false}', JSON), "a b"),
    "files.content": (content, ("\x00\x01", "application/octet-stream"), "0001"),
    "files.delete": (deleted, ('{"id": "file-1", "deleted": true}', JSON), "True"),
    "completions.create": (legacy, ('{"id": "c", "choices": [{"text": "hi"}]}', JSON), "hi"),
    "client.post": (low_level, ('{"id": "any"}', JSON), "any"),
}


@component
async def rest() -> int:
    return 1


@workflow(name="every-call")
async def call(request: Ask) -> Answer:
    async with AsyncOpenAI(base_url=request.base_url, api_key="sk-secret", retry=Retry(3, base=0, cap=0)) as client:
        said = await FORMS[request.form][0](client)
    await rest()
    return Answer(said=said)


def scripted(provider: FakeProvider, form: str) -> None:
    scripted = FORMS[form][1]
    if scripted is not None:
        provider.fault("raw", body=scripted[0], content_type=scripted[1])


@pytest.mark.parametrize("form", FORMS)
async def test_every_form_is_a_step_and_is_sent_once(provider: FakeProvider, form: str) -> None:
    scripted(provider, form)
    report = await run_in_memory(call, Ask(base_url=provider.base_url, form=form), crash_after={"rest": 1})
    assert report.output.said == FORMS[form][2]
    assert report.attempts == 2
    assert len(provider.requests) == 1
    assert len([step for step in report.steps if step.name != "rest"]) == 1
    assert "sk-secret" not in str(report.events) + str(report.steps)


@pytest.mark.parametrize("form", FORMS)
async def test_every_form_is_the_sdks_own_outside_of_a_run(provider: FakeProvider, form: str) -> None:
    scripted(provider, form)
    async with AsyncOpenAI(base_url=provider.base_url, api_key="k") as client:
        assert await FORMS[form][0](client) == FORMS[form][2]


@pytest.mark.parametrize(
    "form", ["responses.parse", "images.generate", "files.content", "with_raw_response of a stream"]
)
async def test_a_passing_fault_of_any_form_is_tried_again(provider: FakeProvider, form: str) -> None:
    provider.fault("status", 2, status=503)
    scripted(provider, form)
    report = await run_in_memory(call, Ask(base_url=provider.base_url, form=form))
    assert report.output.said == FORMS[form][2]
    assert len(provider.requests) == 3


async def test_tokens_cost_and_what_is_not_known_are_on_the_step(provider: FakeProvider) -> None:
    async def step_of(form: str) -> Any:
        scripted(provider, form)
        report = await run_in_memory(call, Ask(base_url=provider.base_url, form=form))
        return next(step for step in report.steps if step.name != "rest")

    known = await step_of("responses.parse")
    assert (known.paid, known.input_tokens, known.output_tokens, known.model) == (True, 4, 2, "gpt-4.1-mini")
    assert known.cost_microusd
    unknown = await step_of("images.generate")
    assert (unknown.paid, unknown.unmetered, unknown.cost_microusd, unknown.model) == (True, True, None, "gpt-image-1")
    free = await step_of("moderations.create")
    assert (free.paid, free.unmetered, free.cost_microusd) == (False, False, 0)


async def test_bytes_are_kept_beside_the_record_and_gone_bytes_are_an_error_and_no_second_call(
    provider: FakeProvider, tmp_path: Path
) -> None:
    keep_blobs_in(FolderBlobs(tmp_path / "blobs"))
    scripted(provider, "images.generate")
    store, ask = MemoryStore(), Ask(base_url=provider.base_url, form="images.generate")
    report = await run_in_memory(call, ask, store=store, run_id="run-1")
    recorded = next(step for step in report.steps if step.name.startswith("images"))
    assert recorded.output["blob"].startswith("run-1/")
    assert PNG[:100] not in str(report.steps)
    [file] = [path for path in (tmp_path / "blobs").rglob("*") if path.is_file()]
    assert PNG in file.read_text()

    scripted(provider, "images.generate")

    @workflow(name="every-call-gone")
    async def gone(request: Ask) -> Answer:
        async with AsyncOpenAI(base_url=request.base_url, api_key="k") as client:
            said = await image(client)
        for path in (tmp_path / "blobs").rglob("*"):
            if path.is_file():
                path.unlink()
        await rest()
        return Answer(said=said)

    sent = len(provider.requests)
    report = await run_in_memory(gone, ask, crash_after={"rest": 1})
    assert report.error is not None
    assert "cannot be read" in report.error.message
    assert "Nothing was sent again" in report.error.message
    assert report.error.kind == BlobMissing.__name__
    assert len(provider.requests) == sent + 1


async def test_half_a_stream_of_any_form_is_not_recorded(provider: FakeProvider) -> None:
    provider.fault("cut", tokens=1)
    report = await run_in_memory(call, Ask(base_url=provider.base_url, form="with_raw_response of a stream"))
    assert report.error is not None
    assert [step.status for step in report.steps] == ["failed"]


async def test_a_refused_call_says_what_to_do_and_nothing_is_sent(provider: FakeProvider) -> None:
    @component
    async def by_hand(base_url: str) -> str:
        async with openai.AsyncOpenAI(base_url=base_url, api_key="k", max_retries=0) as plain:
            return str((await plain.realtime.client_secrets.create()).value)

    calls: list[Callable[[AsyncOpenAI], Awaitable[Any]]] = [
        lambda client: client.realtime.client_secrets.create(),
        lambda client: client.realtime.connect(model="m").enter(),
        lambda client: client.responses.connect().enter(),
        lambda client: client.beta.realtime.connect(model="m").enter(),
        lambda client: client.admin.organization.users.retrieve("u"),
    ]

    @workflow(name="every-call-refused")
    async def flow(request: Ask) -> Answer:
        async with AsyncOpenAI(base_url=request.base_url, api_key="k", admin_api_key="a") as client:
            said = []
            for each in calls:
                with pytest.raises(Exception, match="cannot be called inside a run") as caught:
                    await each(client)
                said.append(str(caught.value))
        assert all("in a component of your own with a plain openai.AsyncOpenAI" in each for each in said)
        assert provider.requests == []
        return Answer(said=await by_hand(request.base_url))

    provider.fault("raw", body='{"value": "ek_1", "expires_at": 1}')
    report = await run_in_memory(flow, Ask(base_url=provider.base_url, form=""))
    assert report.output.said == "ek_1"
    assert [step.name for step in report.steps] == ["by_hand"]
