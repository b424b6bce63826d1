"""Paid answers larger than the journal takes: kept beside it, given back by a replay, and never asked for twice."""

from __future__ import annotations

import errno
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel, SecretStr

from genisys import Retry, component, workflow
from genisys.host import BlobNotKept, FolderBlobs, keep_blobs_in
from genisys.openai import AsyncOpenAI
from genisys.testing import FakeProvider, MemoryStore, run_in_memory

ASK: list[Any] = [{"role": "user", "content": "Say much"}]
MB = 1_000_000
LONG = "much more " * (5 * MB // 10)
FLOATS = [place / 7 for place in range(250_000)]


class Ask(BaseModel):
    base_url: str
    form: str = "chat"
    key: SecretStr = SecretStr("a-secret-key/31")


class Answer(BaseModel):
    digest: int


@pytest.fixture
async def provider() -> AsyncIterator[FakeProvider]:
    async with FakeProvider(lambda body: LONG) as running:
        yield running
    keep_blobs_in(None)


async def chat(client: AsyncOpenAI) -> str:
    return (await client.chat.completions.create(model="m", messages=ASK)).choices[0].message.content or ""


async def parsed_chat(client: AsyncOpenAI) -> str:
    class Said(BaseModel):
        said: str

    reply = await client.chat.completions.parse(model="m", messages=ASK, response_format=Said)
    assert reply.choices[0].message.parsed is not None
    return reply.choices[0].message.parsed.said


async def chat_streamed(client: AsyncOpenAI) -> str:
    stream = await client.chat.completions.create(model="m", messages=ASK, stream=True)
    return "".join([chunk.choices[0].delta.content or "" async for chunk in stream if chunk.choices])


async def response(client: AsyncOpenAI) -> str:
    return (await client.responses.create(model="m", input="hi")).output_text


async def response_streamed(client: AsyncOpenAI) -> str:
    events = await client.responses.create(model="m", input="hi", stream=True)
    return "".join([event.delta async for event in events if event.type == "response.output_text.delta"])


async def embedding(client: AsyncOpenAI) -> str:
    made = await client.embeddings.create(model="m", input=["x"])
    return json.dumps([row.embedding for row in made.data])


async def raw_chat(client: AsyncOpenAI) -> str:
    raw = await client.chat.completions.with_raw_response.create(model="m", messages=ASK)
    return raw.parse().choices[0].message.content or ""


async def large_request(client: AsyncOpenAI) -> str:
    """Ask with a picture of 5 MB, for two words."""
    picture = {"type": "image_url", "image_url": {"url": "data:image/png;base64," + "A" * (5 * MB)}}
    asked: Any = [{"role": "user", "content": [picture]}]
    return (await client.chat.completions.create(model="m", messages=asked)).choices[0].message.content or ""


PIECE = {"choices": [{"index": 0, "delta": {"content": LONG}, "finish_reason": "stop"}], "usage": {"prompt_tokens": 3}}
EMBEDDED = {"object": "list", "data": [{"index": 0, "embedding": FLOATS}], "usage": {"prompt_tokens": 3}}
SSE = "text/event-stream"
# What is called, what the server answers (None: the long text), and what comes of it.
FORMS: dict[str, tuple[Callable[[AsyncOpenAI], Awaitable[str]], tuple[str, str] | None, str]] = {
    "chat": (chat, None, LONG),
    "parsed chat": (
        parsed_chat,
        (
            json.dumps({"choices": [{"index": 0, "message": {"content": json.dumps({"said": LONG})}}]}),
            "application/json",
        ),
        LONG,
    ),
    "chat, streamed": (chat_streamed, (f"data: {json.dumps(PIECE)}\n\ndata: [DONE]\n\n", SSE), LONG),
    "response": (response, None, LONG),
    "response, streamed": (
        response_streamed,
        (
            f"data: {json.dumps({'type': 'response.output_text.delta', 'delta': LONG})}\n\n"
            'data: {"type": "response.completed", "response": {"id": "r", "usage": {"input_tokens": 3}}}\n\n',
            SSE,
        ),
        LONG,
    ),
    "embeddings": (embedding, (json.dumps(EMBEDDED), "application/json"), json.dumps([FLOATS])),
    "raw chat": (raw_chat, None, LONG),
    "a large request": (
        large_request,
        ('{"choices": [{"index": 0, "message": {"content": "A cat."}}]}', "application/json"),
        "A cat.",
    ),
}


@component
async def rest() -> int:
    return 1


@workflow(name="large-answers")
async def large(ask: Ask) -> Answer:
    async with AsyncOpenAI(base_url=ask.base_url, api_key="k", retry=Retry(3, base=0, cap=0)) as client:
        said = await FORMS[ask.form][0](client)
    await rest()
    return Answer(digest=hash(said))


def scripted(provider: FakeProvider, form: str, times: int = 1) -> None:
    body = FORMS[form][1]
    if body is not None:
        provider.fault("raw", times, body=body[0], content_type=body[1])


@pytest.mark.parametrize("form", FORMS)
async def test_a_large_answer_is_paid_once_and_a_replay_gives_it_back(
    provider: FakeProvider, tmp_path: Path, form: str
) -> None:
    keep_blobs_in(FolderBlobs(tmp_path))
    scripted(provider, form)
    report = await run_in_memory(large, Ask(base_url=provider.base_url, form=form), crash_after={"rest": 1})
    assert report.error is None, report.error.message[:300]
    assert report.output.digest == hash(FORMS[form][2])
    assert (report.attempts, len(provider.requests)) == (2, 1)
    assert len(str(report.steps)) < 100_000
    [step] = [step for step in report.steps if step.name != "rest"]
    assert step.status == "completed"
    if form != "a large request":
        assert (tmp_path / step.output["blob"]).stat().st_size == step.output["bytes"] > 4 * MB


async def test_a_large_answer_with_a_secret_of_the_run_in_it_is_kept_sealed(
    provider: FakeProvider, tmp_path: Path
) -> None:
    keep_blobs_in(FolderBlobs(tmp_path))
    secret = Ask(base_url="").key.get_secret_value()
    provider.responder = lambda body: f"{secret} {LONG}"
    store = MemoryStore()
    report = await run_in_memory(
        large, Ask(base_url=provider.base_url), store=store, run_id="run-1", crash_after={"rest": 1}
    )
    assert report.error is None
    assert report.output.digest == hash(f"{secret} {LONG}")
    assert len(provider.requests) == 1
    [file] = (tmp_path / "run-1").iterdir()
    assert secret.encode() not in file.read_bytes()


@pytest.mark.parametrize(("length", "fits"), [(MB // 2, True), (2 * MB, False)])
async def test_without_a_folder_the_record_takes_less_of_an_answer_with_secrets(
    provider: FakeProvider, length: int, fits: bool
) -> None:
    said = Ask(base_url="").key.get_secret_value() + "x" * length
    provider.responder = lambda body: said
    report = await _without_blobs(Ask(base_url=provider.base_url), MemoryStore())
    assert len(provider.requests) == 1
    if fits:
        assert report.output.digest == hash(said)
    else:
        assert report.error is not None and report.error.kind == BlobNotKept.__name__


class _Full(FolderBlobs):
    """A folder on a disk that is full."""

    def _write(self, reference: str, data: bytes) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")


@pytest.mark.parametrize("store", [None, "full"])
@pytest.mark.parametrize("length", [2 * MB, 5 * MB])
async def test_where_bytes_cannot_be_kept_the_record_takes_what_it_can_and_the_rest_is_told(
    provider: FakeProvider, tmp_path: Path, store: str | None, length: int
) -> None:
    said = "x" * length
    provider.responder = lambda body: said
    runs: Any = MemoryStore()
    if store is None:
        report = await _without_blobs(Ask(base_url=provider.base_url), runs)
    else:
        keep_blobs_in(_Full(tmp_path))
        report = await run_in_memory(large, Ask(base_url=provider.base_url), store=runs)
    assert len(provider.requests) == 1
    if length == 2 * MB:
        assert report.output.digest == hash(said)
        return
    assert report.error is not None
    assert (report.error.kind, report.error.permanent) == (BlobNotKept.__name__, True)
    why = "was given no place for bytes" if store is None else "took nothing (No space left on device)"
    assert why in report.error.message
    assert "nothing was sent again" in report.error.message and "retry the run" in report.error.message
    assert str(tmp_path) not in report.error.message
    [step] = report.steps
    assert step.input_tokens, "what was paid is on the step all the same"


async def _without_blobs(ask: Ask, store: Any) -> Any:
    """Run as a worker without a folder does; a run in memory has a place for bytes otherwise."""

    @workflow(name="large-answers-nowhere")
    async def nowhere(ask: Ask) -> Answer:
        keep_blobs_in(None)
        return await large.body(ask)

    return await run_in_memory(nowhere, ask, store=store)
