"""Workflows that the worker tests run in real processes. Bodies leave marks in a file, so that tests can count them."""

from __future__ import annotations

import asyncio
import ctypes
import os
import time
from pathlib import Path

from pydantic import BaseModel

from genisys import HostPace, component, map_concurrent, sleep, status, text, workflow


class Work(BaseModel):
    marks: str
    items: int = 5
    seconds: float = 0.05


class Done(BaseModel):
    total: int
    written: str = ""


def mark(folder: str, name: str) -> None:
    with Path(folder, "marks").open("a") as file:
        file.write(f"{name} {os.getpid()}\n")


@component
async def square(n: int, marks: str, seconds: float) -> int:
    mark(marks, f"begin-{n}")
    await asyncio.sleep(seconds)  # the time in which the test kills or drains who computes
    mark(marks, f"end-{n}")
    return n * n


@component
async def write(marks: str, pieces: int, seconds: float) -> str:
    async with text("article", title="Article") as out:
        for n in range(pieces):
            out.write(f"piece {n} ä𝄞 ")
            await asyncio.sleep(seconds)  # as a model's tokens come: one by one
    mark(marks, "written")
    return out.text


@workflow(name="flow-squares")
async def squares(request: Work) -> Done:
    """Square numbers one after another."""
    total = 0
    for n in range(request.items):
        status(f"Number {n}")
        total += await square(n, request.marks, request.seconds)
    return Done(total=total)


@workflow(name="flow-naps")
async def naps(request: Work) -> Done:
    """Leave the worker for some seconds, and go on."""
    total = await square(1, request.marks, 0)
    await sleep(request.seconds)
    return Done(total=total + await square(2, request.marks, 0))


@workflow(name="flow-fan")
async def fan(request: Work) -> Done:
    """Square numbers, four at once, then write."""
    total = 0

    async def one(n: int) -> int:
        return await square(n, request.marks, request.seconds)

    async for done in map_concurrent(one, range(request.items), limit=4):
        total += done.result or 0
    written = await write(request.marks, 20, request.seconds)
    return Done(total=total, written=written)


@component
async def hog(marks: str, seconds: float) -> int:
    """Block the event loop, as careless code does."""
    mark(marks, "hog")
    time.sleep(seconds)
    return 1


@workflow(name="flow-hog")
async def blocking(request: Work) -> Done:
    return Done(total=await hog(request.marks, request.seconds))


@component
async def die(marks: str) -> int:
    mark(marks, "die")
    os._exit(9)


@workflow(name="flow-poison")
async def poison(request: Work) -> Done:
    return Done(total=await die(request.marks))


@component
async def clutch(marks: str) -> int:
    """Keep the interpreter's lock for ever, as a C extension with a fault does: no thread of the process moves.

    It waits for a lock of its own. A mere sleep would end with the first signal.
    """
    mark(marks, "clutch")
    libc, mutex = ctypes.PyDLL(None), ctypes.create_string_buffer(64)
    while True:
        libc.pthread_mutex_lock(mutex)


@workflow(name="flow-clutch")
async def clutches(request: Work) -> Done:
    """Finish a step, then let nothing else in the process run."""
    total = await square(1, request.marks, 0)
    return Done(total=total + await clutch(request.marks))


@component
async def ask_in_turn(n: int, marks: str, delay_s: float) -> int:
    await HostPace("slow.example", delay_s).turn()
    mark(marks, f"{time.time():.3f}")
    return n


@workflow(name="flow-asks-in-turn")
async def asks_in_turn(work: Work) -> Done:
    """Asks one host for so many things, with `seconds` between them."""
    return Done(total=sum([await ask_in_turn(n, work.marks, work.seconds) for n in range(work.items)]))
