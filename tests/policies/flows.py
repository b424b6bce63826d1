"""Workflows that policy tests run in real worker processes. Bodies leave marks in a file, so that tests can count."""

from __future__ import annotations

import asyncio
import os
import time
from pathlib import Path

from pydantic import BaseModel

from genisys import Cache, Concurrency, component, gather, workflow


class Work(BaseModel):
    marks: str
    items: int = 4
    blocks: bool = False


class Done(BaseModel):
    total: int


def mark(folder: str, text: str) -> None:
    with Path(folder, "marks").open("a") as file:
        file.write(f"{text} {os.getpid()}\n")


@component(concurrency=Concurrency(2, key=lambda folder, n, blocks: "host"))
async def visit(folder: str, n: int, blocks: bool) -> int:
    """Mark the beginning and the end; between them others may begin."""
    mark(folder, "begin")
    if blocks:
        time.sleep(0.1)  # blocks the loop, as careless code does
    await asyncio.sleep(0.02)  # others may begin now, if they are let
    mark(folder, "end")
    return n


@workflow(name="policy-visits")
async def visits(request: Work) -> Done:
    return Done(total=sum(await gather(*(visit(request.marks, n, request.blocks) for n in range(request.items)))))


@component(cache=Cache(ttl=3600))
async def dear(folder: str) -> int:
    """Take until the test says so, so that a test can kill who computes."""
    mark(folder, "computing")
    while not Path(folder, "go").exists():
        await asyncio.sleep(0.02)
    return 7


@workflow(name="policy-dear")
async def dearly(request: Work) -> Done:
    return Done(total=await dear(request.marks))
