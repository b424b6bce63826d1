"""DBOS as a participant: the same workflow, in a process of its own, spoken to in lines of JSON."""

from __future__ import annotations

import asyncio
import importlib.util
import json
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from ...harness.processes import BenchmarkFailed, Child
from ...harness.stage import Bench

APIS = ("sync", "async")


@dataclass(frozen=True, slots=True)
class Variant:
    """One database under DBOS.

    The headline is SQLite as DBOS opens it, which is all that its documentation describes: rollback journal,
    synchronous FULL, so every commit is on disk. The others show what settings of ours would make of it.
    """

    name: str
    url: str
    pragmas: tuple[str, ...] = ()
    headline: bool = False


def missing(bench: Bench) -> str:
    """Say why DBOS takes no part, or ""."""
    if not bench.dbos:
        return "DBOS was left out (--without-dbos)."
    if importlib.util.find_spec("dbos") is None:
        return "DBOS is not installed, so it takes no part: run `make bench`, or install requirements-bench.txt."
    return ""


def variants(bench: Bench, measure: str) -> list[Variant]:
    def sqlite(name: str) -> str:
        return f"sqlite:///{bench.folder / f'dbos-{measure}-{name}.sqlite'}"

    found = [
        Variant("DBOS, SQLite as it comes", sqlite("default"), headline=True),
        Variant("DBOS, SQLite with WAL", sqlite("wal"), ("journal_mode=WAL", "synchronous=FULL")),
        Variant(
            "DBOS, SQLite with WAL, no fsync",
            sqlite("normal"),
            ("journal_mode=WAL", "synchronous=NORMAL"),
        ),
    ]
    if bench.quick:
        found = found[:1]
    if bench.postgres:
        found.append(Variant("DBOS, PostgreSQL", bench.postgres))
    return found


class Dbos:
    """A running DBOS. Each request is measured in that process and answered when it is done."""

    def __init__(self, variant: Variant, child: Child) -> None:
        self.variant = variant
        self._child = child

    async def sequential(self, api: str, count: int) -> list[float]:
        return list(await self._ask({"act": "sequential", "api": api, "count": count}))

    async def concurrent(self, api: str, count: int, runs: int) -> float:
        return float(await self._ask({"act": "concurrent", "api": api, "runs": runs, "count": count}))

    async def _ask(self, request: dict[str, Any]) -> Any:
        pipe = self._child.process.stdin
        assert pipe is not None
        pipe.write(json.dumps(request).encode() + b"\n")
        pipe.flush()
        return await self.answer()

    async def answer(self) -> Any:
        pipe = self._child.process.stdout
        assert pipe is not None
        line = await asyncio.to_thread(pipe.readline)
        if not line:
            await self._child.ended(5)
            self._child.must_live()
            raise BenchmarkFailed(f"{self.variant.name} does not answer")
        return json.loads(line)


@asynccontextmanager
async def dbos(bench: Bench, variant: Variant) -> AsyncIterator[Dbos]:
    argv = [sys.executable, "-m", "benchmarks.engine.rivals.dbos_program", variant.url, *variant.pragmas]
    name = "dbos-" + "".join(each if each.isalnum() else "-" for each in variant.url.rsplit("/", 1)[-1])
    child = Child(name, argv, bench.folder, pipes=True)
    try:
        made = Dbos(variant, child)
        await made.answer()
        yield made
    finally:
        # It has nothing to save; and a thread that waits for its answer ends with it.
        child.kill_all()
        child.stop()
