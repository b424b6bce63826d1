"""The memory of a worker while it reads a large site: of its own processes, and of those that parse for it."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from ..harness.processes import BenchmarkFailed, resident_mb
from ..harness.stage import Stage
from .product import Served, Size

PARSER = "ingestion.parser"
ROWS = 10


@dataclass(frozen=True, slots=True)
class Look:
    """The resident memory after so many pages, in MB."""

    pages: int
    worker_mb: float
    parsers_mb: float


async def measure(made: Stage, site: Served, size: Size) -> list[Look]:
    """Read the site once; return a look at the memory after each tenth of it."""
    run = await made.start("bench-read-site", url=f"{site.url}/", max_pages=size.pages + 1)
    looks = list[Look]()
    while len(looks) < ROWS:
        meta = await made.engine.meta(run)
        pages = len(await asyncio.to_thread(site.whole))
        if pages >= size.pages * (len(looks) + 1) // ROWS:
            looks.append(await asyncio.to_thread(_look, made, pages))
        elif meta is not None and meta.closed:
            raise BenchmarkFailed(f"the run ended as {meta.status} after {pages} pages")
        await asyncio.sleep(0.5)  # each look costs the site a request
    await made.ended(run, 600)
    return looks


def _look(made: Stage, pages: int) -> Look:
    by_command = resident_mb(worker.pid for worker in made.workers)
    parsers = sum(mb for command, mb in by_command.items() if PARSER in command)
    return Look(pages, sum(by_command.values()) - parsers, parsers)


def growth(looks: list[Look]) -> dict[str, float]:
    """Return how the memory grows after the first tenth, for each 1,000 pages, in MB."""
    first, last = looks[0], looks[-1]
    thousands = (last.pages - first.pages) / 1000
    return {
        "worker_mb_per_1000_pages": (last.worker_mb - first.worker_mb) / thousands,
        "parsers_mb_per_1000_pages": (last.parsers_mb - first.parsers_mb) / thousands,
    }
