"""A workflow whose every move a browser test decides: the test pushes commands to Redis, the worker obeys.

Each command is a step, so a worker that is killed in the middle is a real recovery. A worker of its own plays them:
`python -m genisys worker tests.browser.flows`.
"""

from __future__ import annotations

import asyncio
import json
import os
from typing import Any

import redis.asyncio
from pydantic import BaseModel

from genisys import Retry, UserError, component, progress, publish, record_usage, status, text, workflow


class Script(BaseModel):
    """`key` names the list of commands in the worker's Redis."""

    key: str


class Played(BaseModel):
    commands: int


async def _item(key: str, index: int) -> dict[str, Any]:
    """The item at the index of a Redis list, once it is there."""
    async with redis.asyncio.Redis.from_url(os.environ["REDIS_URL"]) as client:
        while (item := await client.lindex(key, index)) is None:
            await asyncio.sleep(0.02)
    loaded: dict[str, Any] = json.loads(item)
    return loaded


@component(title="Next command")
async def next_command(key: str, index: int) -> dict[str, Any]:
    return await _item(key, index)


@component(title=lambda command: command["text"])
async def say(command: dict[str, Any]) -> None:
    status(command["text"])


@component(title="Count")
async def count(command: dict[str, Any]) -> None:
    progress(command["done"], command["total"], command["unit"])


@component(title="Publish")
async def tell(command: dict[str, Any]) -> None:
    publish(command["name"], command["data"], key=command["key"])


@component(title="Write", retry=Retry(attempts=1))
async def write(key: str, command: dict[str, Any]) -> int:
    """Streams pieces from a list of their own until one says that it is the last."""
    pieces = 0
    async with text(command["block"], title=command["title"]) as block:
        while "last" not in (piece := await _item(f"{key}:{command['block']}", pieces)):
            block.write(piece["txt"])
            pieces += 1
    record_usage(model="scripted", input_tokens=100, output_tokens=pieces, cost_microusd=12_000)
    return pieces


@component(title="Fail")
async def fail(command: dict[str, Any]) -> None:
    raise UserError(command["text"])


@workflow(name="scripted")
async def scripted(script: Script) -> Played:
    index = 0
    while True:
        command = await next_command(script.key, index)
        index += 1
        match command["do"]:
            case "say":
                await say(command)
            case "count":
                await count(command)
            case "tell":
                await tell(command)
            case "write":
                await write(script.key, command)
            case "fail":
                await fail(command)
            case "end":
                return Played(commands=index)
