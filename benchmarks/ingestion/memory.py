"""The memory of the product's worker while it reads a large site: of its own processes, and of those that parse for it.

The site answers at once and without faults, the model too: what grows is what the pages leave behind.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import linear_regression

from ..harness.processes import BenchmarkFailed, resident_mb
from .product import Product, Size, Speed, product

PARSER = "ingestion.parser"
EVERY = 250
FLAT_FROM = 500
"""Pages after which nothing is to grow any more: code, caches and connections are there by then."""
S_PER_PAGE_MOST = 1.0


@dataclass(frozen=True, slots=True)
class Look:
    """The resident memory after so many pages, in MB."""

    pages: int
    worker_mb: float
    parsers_mb: float


async def measure(folder: Path, size: Size) -> dict[str, float]:
    """Read the site once, print a look at the memory after each EVERY pages, and return how it grows."""
    quiet = replace(size, latency_ms=0.0, faults=False)
    settings = {"INGEST_MIN_DELAY": "0", "INGEST_HOST_CONCURRENCY": "8"}
    async with product(folder / "memory", quiet, Speed(token_s=0.0), **settings) as made:
        async with made.caller() as client:
            run_id = await made.begin(client)
        looks = await _looks(made, size.pages)
        await made.recorded(run_id, 300 + size.pages * S_PER_PAGE_MOST)
    return growth(looks)


async def _looks(made: Product, pages: int) -> list[Look]:
    looks = list[Look]()
    deadline = asyncio.get_running_loop().time() + 60 + pages * S_PER_PAGE_MOST
    while not looks or looks[-1].pages + EVERY <= pages:
        made.worker.must_live()
        if asyncio.get_running_loop().time() > deadline:
            raise BenchmarkFailed(f"after {looks[-1].pages if looks else 0} pages it took too long")
        understood = await asyncio.to_thread(made.understood)
        if understood >= EVERY * (len(looks) + 1):
            looks.append(await asyncio.to_thread(_look, made, understood))
            print(_row(looks[-1]), file=sys.stderr, flush=True)
        await asyncio.sleep(0.5)
    return looks


def _look(made: Product, pages: int) -> Look:
    by_command = resident_mb([made.worker.pid])
    parsers = sum(mb for command, mb in by_command.items() if PARSER in command)
    return Look(pages, sum(by_command.values()) - parsers, parsers)


def _row(look: Look) -> str:
    return f"{look.pages:>6} pages  worker {look.worker_mb:7.1f} MB  parsers {look.parsers_mb:7.1f} MB"


def growth(looks: Sequence[Look]) -> dict[str, float]:
    """Return by how many MB the memory grows for each 1,000 pages behind the first FLAT_FROM: the slopes of the best
    lines through the looks. And how large it is at the end over what it was there."""
    behind = [look for look in looks if look.pages >= FLAT_FROM]
    thousands = [look.pages / 1000 for look in behind]
    worker = linear_regression(thousands, [look.worker_mb for look in behind]).slope
    parsers = linear_regression(thousands, [look.parsers_mb for look in behind]).slope
    first, last = behind[0], behind[-1]
    return {
        "mb_per_1000_pages": worker + parsers,
        "worker_mb_per_1000_pages": worker,
        "parsers_mb_per_1000_pages": parsers,
        "end_over_flat": (last.worker_mb + last.parsers_mb) / (first.worker_mb + first.parsers_mb),
    }
