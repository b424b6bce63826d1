"""How fast a site is read, and what is lost or done twice: python -m benchmarks.ingestion [--json] [--pages 1000]

A generated site on loopback (`site`) with latency, errors, broken connections and 429s is read by a real
worker, with durable steps in a real Redis and rows in a database, and beside it by Scrapy with the same extraction and
the same number of requests at once; neither asks a model. They take turns, `--rounds` times. The last line is
`pages_per_s_vs_scrapy lost_pages doubled_pages mb_per_1000_pages`: the median ratio; the pages without a row or text;
the answers beyond the first whole one; the growth of all processes of the worker after the first tenth. The product
leaves a host alone for as long as its `Retry-After` says, and Scrapy does not: a third turn is Scrapy's with a
middleware that does (`pages_per_s_vs_heeding_scrapy`), unless there are no faults.

    --only WHAT       instead: `kills`, `quota`, `first`, `memory` or `again`: their own figures (benchmarks/README.md)
    --per-minute 600  how many questions the model of `quota` allows
    --token-ms 0.5    how long it takes for a token of its answers
    --pages 1000      how large the site is (300 for `quota`, 5000 for `memory`, 200 for `again`)
    --rounds 3        how often each reads it
    --without-faults  no page fails at first
    --latency 40      milliseconds that an answer takes, in the mean
    --without-scrapy  no comparison: the first figure is null
    --folder .        where the temporary folder is made
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from ..harness.processes import REPOSITORY, BenchmarkFailed
from ..harness.stage import Bench, Stage, stage, until
from . import first, kills, memory, quota
from .product import Served, Size, doubled_of, kept_pages, lost_of

ONLY = {"kills": 1000, "quota": 300, "first": 500, "memory": 5000, "again": 200}
"""The other measures, and how many pages their site has."""
SPEED = ("pages_per_s_vs_scrapy", "lost_pages", "doubled_pages", "mb_per_1000_pages")
AT_ONCE = 8
S_PER_PAGE_MOST = 1.0
LOOK_EVERY_S = 2.0
"""Between two looks at the memory: each takes some time of the site and of the machine, and Scrapy is not looked at."""


@dataclass(frozen=True, slots=True)
class Read:
    """One reading by the product. `mb` is by how much the worker grew for each 1,000 pages."""

    seconds: float
    lost: int
    doubled: int
    mb: float


async def measure(folder: Path, size: Size, rounds: int, *, scrapy: bool) -> dict[str, float | None]:
    """Return the figures; a ratio that was not measured is None."""
    ours, theirs, heeding = list[Read](), list[float](), list[float]()
    async with _reading(folder) as made:
        for turn in range(rounds):
            if scrapy:
                theirs.append(await _theirs(folder, f"scrapy-{turn}", size))
            if scrapy and size.faults:
                heeding.append(await _theirs(folder, f"heeding-scrapy-{turn}", size, "heeding"))
            ours.append(await _ours(made, f"genisys-{turn}", size))
    return figures(ours, theirs, heeding, size.pages)


@asynccontextmanager
async def _reading(folder: Path) -> AsyncIterator[Stage]:
    """Set a stage with a worker that reads sites and asks no model."""
    os.environ |= {  # for the worker, which inherits it
        "DATABASE_URL": f"sqlite:///{folder / 'pages.sqlite3'}",
        "INGEST_ALLOWED_PRIVATE_HOSTS": "127.0.0.1",
        "INGEST_MIN_DELAY": "0",
        "INGEST_MAX_PAGES": "10000",
        "INGEST_HOST_CONCURRENCY": str(AT_ONCE),
    }
    migrated = [sys.executable, "manage.py", "migrate", "--verbosity", "0"]
    await asyncio.to_thread(subprocess.run, migrated, cwd=REPOSITORY, check=True)
    async with stage(Bench(folder), "ingestion") as made:
        child = made.worker("benchmarks.ingestion.workflows")

        async def beats() -> bool:
            child.must_live()
            return bool(await made.engine.workers())

        await until(beats, "the worker does not beat", 60, every=0.1)
        yield made


async def _other(folder: Path, what: str, size: Size, given: argparse.Namespace) -> dict[str, float | None]:
    """Return the figures of one of ONLY."""
    if what == "quota":
        return {**await quota.measure(folder, size, given.per_minute, given.token_ms / 1000)}
    measures = {"kills": kills.measure, "first": first.measure, "memory": memory.measure, "again": kills.measure_again}
    return {**await measures[what](folder, size)}


def figures(
    ours: Sequence[Read], theirs: Sequence[float], heeding: Sequence[float], pages: int
) -> dict[str, float | None]:
    """Return what the readings come to; `theirs` and `heeding` are Scrapy's seconds, in the same order, or none."""
    return {
        "pages_per_s_vs_scrapy": _ratio(theirs, ours),
        "pages_per_s_vs_heeding_scrapy": _ratio(heeding, ours),
        "lost_pages": sum(each.lost for each in ours),
        "doubled_pages": sum(each.doubled for each in ours),
        "mb_per_1000_pages": ours[-1].mb,
        "pages_per_s": pages / statistics.median(each.seconds for each in ours),
        "scrapy_pages_per_s": pages / statistics.median(theirs) if theirs else None,
    }


def _ratio(theirs: Sequence[float], ours: Sequence[Read]) -> float | None:
    ratios = [rival / each.seconds for rival, each in zip(theirs, ours, strict=bool(theirs))]
    return statistics.median(ratios) if ratios else None


async def _ours(made: Stage, name: str, size: Size) -> Read:
    """Read the site once with the product, and look afterwards at what was kept and asked for."""
    site = Served(made.bench.folder, name, size)
    try:
        await site.ready()
        began = time.monotonic()
        run = await made.start("bench-read-site", url=f"{site.url}/", max_pages=size.pages + 1)
        memory = asyncio.create_task(_growth(made, site, size.pages))
        await made.ended(run, 60 + size.pages * S_PER_PAGE_MOST)
        seconds, mb = time.monotonic() - began, await memory
        kept = await asyncio.to_thread(kept_pages, made.bench.folder / "pages.sqlite3", site.url)
        return Read(seconds, lost_of(kept, site.url, size.pages), doubled_of(site.whole()), mb)
    finally:
        site.stop()


async def _growth(made: Stage, site: Served, pages: int) -> float:
    """Return by how many MB the worker grows for each 1,000 pages, after the first tenth of them."""
    first = last = (0, 0.0)
    while last[0] < pages:
        await asyncio.sleep(LOOK_EVERY_S)
        last = len(await asyncio.to_thread(site.whole)), await asyncio.to_thread(made.memory_mb)
        if first[0] == 0 and last[0] >= pages / 10:
            first = last
    return (last[1] - first[1]) / max(1, last[0] - first[0]) * 1000


async def _theirs(folder: Path, name: str, size: Size, *how: str) -> float:
    """Return the seconds that Scrapy takes, from its first request to its end. Raises where it lost a page."""
    site = Served(folder, name, size)
    try:
        await site.ready()
        lines = folder / f"{name}.jsonl"
        argv = [sys.executable, "-m", "benchmarks.ingestion.rival", site.url, str(AT_ONCE), str(lines), *how]
        done = await asyncio.to_thread(
            subprocess.run, argv, cwd=REPOSITORY, capture_output=True, text=True, check=False
        )
        if done.returncode:
            raise BenchmarkFailed(f"Scrapy failed: {done.stderr[-2000:]}")
        if (count := len(lines.read_text().splitlines())) < size.pages:
            raise BenchmarkFailed(f"Scrapy read {count} of {size.pages} pages")
        return float(done.stdout.split()[-1])
    finally:
        site.stop()


def main(argv: Sequence[str] | None = None) -> int:
    """Measure and print; return the exit status."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.ingestion")
    parser.add_argument("--json", action="store_true", help="print one object and nothing else")
    parser.add_argument("--only", choices=tuple(ONLY), default="")
    parser.add_argument("--per-minute", type=int, default=600)
    parser.add_argument("--token-ms", type=float, default=0.5)
    parser.add_argument("--pages", type=int, default=0)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--latency", type=float, default=40.0, help="milliseconds, in the mean")
    parser.add_argument("--without-scrapy", action="store_true")
    parser.add_argument("--without-faults", action="store_true")
    parser.add_argument("--folder", type=Path, default=Path(), help="where the temporary folder is made")
    given = parser.parse_args(argv)
    if not (given.only or given.without_scrapy) and find_spec("scrapy") is None:
        print("Scrapy is not installed: pip install -r requirements-bench.txt, or --without-scrapy", file=sys.stderr)
        return 1
    place = given.folder.absolute()
    with tempfile.TemporaryDirectory(prefix=".bench-ingestion-", dir=place, ignore_cleanup_errors=True) as folder:
        size = Size(given.pages or ONLY.get(given.only, 1000), given.latency, faults=not given.without_faults)
        if given.only:
            measured = _other(Path(folder), given.only, size, given)
        else:
            measured = measure(Path(folder), size, given.rounds, scrapy=not given.without_scrapy)
        try:
            found = asyncio.run(measured)
        except BenchmarkFailed as error:
            print(error, file=sys.stderr)
            return 1
    _show({name: None if value is None else round(value, 3) for name, value in found.items()}, as_json=given.json)
    return 0


def _show(found: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        print(json.dumps(found))
        return
    last = [name for name in SPEED if SPEED[0] in found] or list(found)
    for name in found:
        if name not in last:
            print(f"{name:24} {found[name]}")
    print(" ".join(f"{name}={found[name]}" for name in last))
