"""A workflow whose every move a browser test decides: the test pushes commands to Redis, the worker obeys.

Texts are written by steps, so a worker that is killed in the middle is a real recovery. A worker of its own plays them:
`python -m genisys worker tests.browser.flows`.
"""

from __future__ import annotations

import asyncio
import json
import os
from typing import Any, Literal

import redis.asyncio
from pydantic import BaseModel, Field

from agents.brief.outlines import Outlined, asked_with
from genisys import (
    GenisysError,
    Retry,
    UserError,
    component,
    gather,
    progress,
    publish,
    publish_object,
    record_usage,
    request_input,
    run_id,
    status,
    text,
    workflow,
)

WAIT_MS = 10_000


class Script(BaseModel):
    """`key` names the commands in the worker's Redis: a stream whose entries are numbered 0-1, 0-2 and so on."""

    key: str


_QUESTION = "May “What a good changelog does” be published on Monday, under your name?"


class Verdict(BaseModel):
    publish: bool
    note: str = Field("", max_length=40, description="Goes to the author.")
    tone: Literal["plain", "warm"] = "plain"
    stars: int = Field(3, ge=1, le=5)
    tags: list[str] = []


class Played(BaseModel):
    commands: int


class ProviderError(GenisysError):
    """What a failed call of a model is named, which pages have a headline for."""


_tried: set[str | None] = set()


async def _item(key: str, index: int) -> dict[str, Any]:
    """The item at the index of a script, once it is there. Redis may come and go meanwhile."""
    async with redis.asyncio.Redis.from_url(os.environ["REDIS_URL"]) as client:
        while True:
            try:
                found = await client.xread({key: f"0-{index}"}, count=1, block=WAIT_MS)
            except (redis.ConnectionError, redis.TimeoutError):
                await asyncio.sleep(0.1)
                continue
            if found:
                loaded: dict[str, Any] = json.loads(found[0][1][0][1][b"item"])
                return loaded


@component(title="Do")
async def do(command: dict[str, Any]) -> None:
    """A step that is over at once."""
    if command["text"]:
        status(command["text"])


@component(title="Write", retry=Retry(attempts=1))
async def write(key: str, command: dict[str, Any]) -> int:
    """Streams pieces from a stream of their own until one says that it is the last."""
    pieces = 0
    async with text(command["block"], title=command["title"]) as block:
        while "last" not in (piece := await _item(f"{key}:{command['block']}", pieces)):
            if "txt" in piece:
                block.write(piece["txt"])
            else:
                block.begin_again()
            pieces += 1
    record_usage(model="scripted", input_tokens=9100, output_tokens=pieces, cost_microusd=12_000)
    return pieces


@component(title="Try", retry=Retry(attempts=2))
async def try_again(command: dict[str, Any]) -> None:
    """Fails at first, and asks for its next try in so many seconds."""
    if run_id() not in _tried:
        _tried.add(run_id())
        raise GenisysError(command["text"], retry_after=command["seconds"])


@component(title="Fail", retry=Retry(attempts=1))
async def fail(command: dict[str, Any]) -> None:
    """Fails with its text, for good or, as a provider's fault, for now; a fork that takes the text away mends it."""
    if command["text"] and command.get("for_now"):
        raise ProviderError(command["text"])
    if command["text"]:
        raise UserError(command["text"])


@component(title="Buy", paid=True)
async def buy(command: dict[str, Any]) -> None:
    """A step that costs 100 tokens and a cent."""
    record_usage(model="scripted", input_tokens=60, output_tokens=40, cost_microusd=10_000)


async def obey(script: Script) -> Played:
    index = 0
    while True:
        command = await _item(script.key, index)
        index += 1
        match command["do"]:
            case "say":
                status(command["text"])
            case "count":
                progress(command["done"], command["total"], command["unit"])
            case "tell":
                publish(command["name"], command["data"], key=command["key"])
            case "step":
                await do.named(command["name"])(command)
            case "write":
                await write.named(command["name"])(script.key, command)
            case "try":
                await try_again.named(command["name"])(command)
            case "buy":
                await buy(command)
            case "outline":
                publish_object("outline", command["data"])
            case "approve":
                sources = {int(number): title for number, title in command["sources"].items()}
                kind = asked_with(Outlined.model_validate(command["outline"]), sources)
                told = await request_input(kind, command["prompt"], name="outline", deadline=900, default=kind())
                status(f"Written as “{told.title}”: {', '.join(section.heading for section in told.sections)}")
            case "fail":
                await fail.named(command.get("name", "fail"))(command)
            case "end":
                return Played(commands=index)


@workflow(name="scripted")
async def scripted(script: Script) -> Played:
    return await obey(script)


@component(title="Obey")
async def obey_beside(script: Script) -> Played:
    """Keeps the run with its worker: a run that only waits for a person would leave it."""
    return await obey(script)


@workflow(name="asking")
async def asking(script: Script) -> Verdict:
    """Asks at once, and does what it is told meanwhile."""
    verdict, _ = await gather(
        request_input(Verdict, _QUESTION, name="verdict"),
        obey_beside(script),
    )
    status("Published" if verdict.publish else "Kept back")
    return Verdict.model_validate(verdict)


# Under the names of the products, so that their pages can be seen in any state. The worker that plays these knows
# nothing of the products themselves but the type of an outline's approval.


@workflow(name="write-post")
async def write_post(script: Script) -> Played:
    return await obey(script)


@workflow(name="ingest-site")
async def ingest_site(script: Script) -> Played:
    return await obey(script)
