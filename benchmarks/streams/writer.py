"""The writer: `python -m benchmarks.streams.writer`, which holds leases and appends as a worker does.

Told what to do by JSON lines on its stdin, each answered by one line. Every event carries `sent`, the nanosecond before
it was given to `append`, by the clock that the viewers on this machine read too.

    create   {redis, runs, owner}     make the runs and take their leases
    fill     {events}                 write so many events to each run at once; the text begins anew in each entry
    rate     {per_run, pieces}        write so many entries a second to each run, of so many pieces; 0 pauses
    count    {}                       say how many events were written so far
    end      {}                       finish: the whole text, then the end; gives {run: [last, digest]}
    stop     {}
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import random
import sys
import time
from collections.abc import Iterator
from typing import Any

from genisys.host import Engine
from genisys.store.records import Append, Lease

from .check import BLOCK, digest_of

WORDS = ("the bees", "of the north", "wander", "over heather", "and gorse,", "naïve of frost", "carry home", "the day")
FILL = 100
"""Events that one entry carries where many are written at once."""


def pieces(seed: int) -> Iterator[str]:
    """Text as a model streams it: a few words at a time, not all of them ASCII."""
    chosen = random.Random(seed)  # noqa: S311 - the same text each time
    while True:
        yield " ".join(chosen.choices(WORDS, k=4)) + " "


class Log:
    """One run in this writer's hand."""

    def __init__(self, engine: Engine, lease: Lease, seed: int) -> None:
        self._store = engine.store
        self._lease = lease
        self._pieces = pieces(seed)
        self._batches = 0
        self._text: list[str] = []
        self._length = 0
        self.last = 0

    def _piece(self) -> dict[str, Any]:
        piece = next(self._pieces)
        event = {
            "type": "text.delta",
            "at": time.time_ns() // 1_000_000,
            "block": BLOCK,
            "off": self._length,
            "txt": piece,
        }
        self._text.append(piece)
        self._length += len(piece)
        return event

    async def say(self, count: int = 1) -> None:
        """Append so many pieces, in one entry."""
        events = [self._piece() for _ in range(count)]
        for event in events:
            event["sent"] = time.time_ns()
        await self.append(Append(events=events))

    async def begin_anew(self, count: int) -> None:
        """Append so many events that leave a text no longer than they make it."""
        at = time.time_ns() // 1_000_000
        self._text.clear()
        self._length = 0
        reset = {"type": "text.reset", "at": at, "block": BLOCK, "title": ""}
        mark = {"type": "progress", "at": at, "done": self.last, "total": 0, "unit": "events"}
        events = [reset, *(mark if number % 2 else self._piece() for number in range(1, count))]
        await self.append(Append(events=events))

    async def append(self, batch: Append) -> None:
        self._batches += 1
        answer = await self._store.append(self._lease, self._batches, batch)
        if answer.code != "ok":
            raise RuntimeError(f"the log of {self._lease.run_id} answered {answer.code}")
        self.last = answer.last_seq

    async def end(self) -> list[Any]:
        text, at = "".join(self._text), time.time_ns() // 1_000_000
        await self.append(Append(events=[{"type": "text.final", "at": at, "block": BLOCK, "txt": text}]))
        await self.append(
            Append(events=[{"type": "run.completed", "at": at}], status="completed", terminal=True, release="closed")
        )
        return [self.last, digest_of(text)]


class Pen:
    """All runs of this process, written at one rate."""

    def __init__(self) -> None:
        self._engine: Engine | None = None
        self._logs: dict[str, Log] = {}
        self._writing: list[asyncio.Task[None]] = []

    async def obey(self, order: dict[str, Any]) -> dict[str, Any]:
        match order["do"]:
            case "create":
                return await self._create(order["redis"], order["runs"])
            case "fill":
                await asyncio.gather(*(self._fill(log, order["events"]) for log in self._logs.values()))
            case "rate":
                await self._pause()
                self._begin(order["per_run"], order.get("pieces", 1))
            case "count":
                return {"events": sum(log.last for log in self._logs.values())}
            case "end":
                await self._pause()
                ended = await asyncio.gather(*(log.end() for log in self._logs.values()))
                return dict(zip(self._logs, ended, strict=True))
            case "stop":
                await self._pause()
                if self._engine is not None:
                    await self._engine.close()
        return {}

    async def _create(self, redis: str, runs: list[str]) -> dict[str, Any]:
        self._engine = Engine(redis, deployment="bench")
        store = self._engine.store
        for seed, run in enumerate(runs):
            at = time.time_ns() // 1_000_000
            queued = {"type": "run.queued", "at": at, "workflow": "bench-text", "title": "A text"}
            meta = {"workflow": "bench-text", "title": "A text", "deployment": "bench", "created_ms": str(at)}
            await store.create(run, meta, Append(events=[queued], status="queued"))
            lease = await store.acquire(run, f"writer-{os.getpid()}")
            if isinstance(lease, str):
                raise RuntimeError(f"the lease of {run} is {lease}")
            self._logs[run] = log = Log(self._engine, lease, seed)
            started = {"type": "run.started", "at": at, "attempt": 1, "worker": "bench"}
            await log.append(Append(events=[started], status="running"))
        return {"created": len(runs)}

    async def _fill(self, log: Log, events: int) -> None:
        while events > 0:
            await log.begin_anew(min(FILL, events))
            events -= FILL

    def _begin(self, per_run: float, pieces: int) -> None:
        if per_run:
            self._writing = [asyncio.create_task(self._write(log, 1 / per_run, pieces)) for log in self._logs.values()]

    async def _write(self, log: Log, every_s: float, pieces: int) -> None:
        loop = asyncio.get_running_loop()
        due = loop.time() + random.uniform(0, every_s)  # noqa: S311 - runs do not write in step
        while True:
            await asyncio.sleep(due - loop.time())
            await log.say(pieces)
            due = max(due + every_s, loop.time() - 1)

    async def _pause(self) -> None:
        """Let what is under way be written: a cancelled append would leave it open whether it was."""
        for task in self._writing:
            task.cancel()
        for task in self._writing:
            with contextlib.suppress(asyncio.CancelledError):
                await task
        self._writing = []


async def main() -> None:
    pen = Pen()
    while line := await asyncio.to_thread(sys.stdin.readline):
        order = json.loads(line)
        print(json.dumps(await pen.obey(order)), flush=True)
        if order["do"] == "stop":
            return


if __name__ == "__main__":
    asyncio.run(main())
