"""How the dashboard does where there is much: python -m benchmarks.dashboard [--json] [--quick]

Fills SQLite and PostgreSQL with 200,000 runs and 2 million steps by script, asks every page of staff and people, then
opens a run of 10,000 steps in Chromium while it goes on. The last line is
`page_p95_ms list_kb trace_10k_open_s own_page_10k_s live_lag_10k_s`.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import statistics
import sys
import tempfile
from pathlib import Path
from typing import Any

from ..harness.figures import Found, Row, Target, as_table
from ..harness.postgres import postgres_server
from ..harness.processes import BenchmarkFailed, Child
from ..harness.stage import Bench, redis_server

TARGETS = (
    Target("page_p95_ms", 150, False, "the slowest page's 95th percentile, on either database"),
    Target("list_kb", 100, False, "the largest page of a list"),
    Target("trace_10k_open_s", 2, False, "the staff's trace of a run of 10,000 steps opens; worst of five"),
    Target("own_page_10k_s", 2, False, "the same run's own page"),
    Target("live_lag_10k_s", 1, False, "a new step of it is in the log, to it being on either page; worst"),
    Target("page_cpu_p95_ms", 150, False, "as the first, in processor time: free of what else the machine does"),
    Target("scroll_task_ms", 100, False, "the longest task while these pages are scrolled"),
    Target("growing_queries", 0, False, "pages that ask more queries of a large database than of a small one"),
    Target("unshown_payloads", 0, False, "pages that read a large column of which they show nothing"),
    Target("distinct_queries", 0, False, "pages that look for the distinct values of a column"),
)
SMALL = 2_000
FILL_S, ASK_S = 3_600.0, 3_600.0
Pages = list[dict[str, Any]]


def main() -> None:
    """Measure and print. The exit code is 1 where something could not be measured."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.dashboard", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--json", action="store_true", help="print one object and nothing else")
    parser.add_argument("--quick", action="store_true", help="small sizes: that it works, not how well")
    parser.add_argument("--folder", type=Path, default=Path(tempfile.gettempdir()), help="for some 5 GB")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix=".bench-", dir=given.folder) as folder:
        try:
            found, pages = asyncio.run(_measure(Bench(Path(folder), given.quick)))
        except BenchmarkFailed as failed:
            sys.exit(f"Not measured: {failed}")
    if given.json:
        print(json.dumps({name: round(value, 3) for name, value in found.figures.items()}))
        return
    for name, asked in pages.items():
        print(_table(name, asked))
    print(as_table(found, TARGETS))
    print(" ".join(f"{each.name}={found.figures[each.name]:.3g}" for each in TARGETS[:5]))


async def _measure(bench: Bench) -> tuple[Found, dict[str, Pages]]:
    from .browser import look

    bases = await _bases(bench)
    small = bases.pop("small")
    found = _of_pages(bases, small)
    trace, own = await look(bench)
    both = (trace, own)
    found.figures |= {
        "trace_10k_open_s": max(trace.open_s),
        "own_page_10k_s": max(own.open_s),
        "live_lag_10k_s": max(lag for each in both for lag in each.lag_s),
        "scroll_task_ms": max(each.longest_ms for each in both),
    }
    for each in both:
        name = "staff's trace" if each is trace else "own page"
        found.rows.append(Row(f"{name}: first opening, then the median", _pair(each.open_s[0], each.open_s[1:], "s")))
        found.rows.append(
            Row(f"{name}: worst lag behind the log, then the median", _pair(max(each.lag_s), each.lag_s, "s"))
        )
    return found, bases


async def _bases(bench: Bench) -> dict[str, Pages]:
    """Fill and ask each database; PostgreSQL where there is one."""
    runs = bench.size(200_000, 4_000)
    rounds = bench.size(20, 3)
    async with redis_server(bench, "store", "everysec") as redis:

        async def asked(name: str, database: str, runs: int, rounds: int) -> Pages:
            home = bench.folder / f"home-{name}"
            home.mkdir()
            env = {"GENISYS_HOME": str(home), "DATABASE_URL": database, "REDIS_URL": redis}
            await _ran(f"fill-{name}", "benchmarks.dashboard.base", runs, bench, env, FILL_S)
            said: Pages = json.loads(await _ran(f"ask-{name}", "benchmarks.dashboard.pages", rounds, bench, env, ASK_S))
            return said

        found = {"small": await asked("small", f"sqlite:///{bench.folder / 'small.sqlite3'}", SMALL, 1)}
        found["sqlite"] = await asked("sqlite", f"sqlite:///{bench.folder / 'big.sqlite3'}", runs, rounds)
        with postgres_server(bench.folder) as address:
            if address is not None:
                found["postgresql"] = await asked("postgresql", address, runs, rounds)
    return found


async def _ran(name: str, module: str, size: int, bench: Bench, env: dict[str, str], seconds: float) -> str:
    """Run one of our modules to its end; return the last line that it printed."""
    child = Child(name, [sys.executable, "-m", module, str(size)], bench.folder, pipes=True, env=env)
    assert child.process.stdout is not None
    try:
        async with asyncio.timeout(seconds):
            said = await asyncio.to_thread(child.process.stdout.read)
            code = await child.ended(10)
    except TimeoutError as late:
        raise BenchmarkFailed(f"{name} took longer than {seconds:g} s") from late
    finally:
        child.stop()
    if code:
        raise BenchmarkFailed(f"{name} ended with {code}:\n{child.log.read_text(errors='replace')[-2000:]}")
    return said.decode().splitlines()[-1]


def _of_pages(bases: dict[str, Pages], small: Pages) -> Found:
    queries = {page["name"]: page["queries"] for page in small}
    pages = [page for asked in bases.values() for page in asked]
    growing = [page for page in pages if page["queries"] > queries[page["name"]]]
    unshown = [page for page in pages if page["unshown"]]
    distinct = [page for page in pages if page["distinct"]]
    figures = {
        "page_p95_ms": max(page["p95"] for page in pages),
        "page_cpu_p95_ms": max(page["cpu_p95"] for page in pages),
        "list_kb": max(_list_bytes(page) for page in pages) / 1000,
        "growing_queries": float(len(growing)),
        "unshown_payloads": float(len(unshown)),
        "distinct_queries": float(len(distinct)),
    }
    rows = [
        Row(f"more queries of much: {page['name']}", f"{queries[page['name']]} → {page['queries']}") for page in growing
    ]
    rows += [Row(f"read for nothing: {page['name']}", ", ".join(page["unshown"])) for page in unshown]
    rows += [Row(f"distinct values: {page['name']}", "") for page in distinct]
    return Found(figures, rows)


def _list_bytes(page: dict[str, Any]) -> int:
    """Return the length of a list as it is written; of the admin's, whose markup is not ours, as it is sent."""
    if not page["lists"]:
        return 0
    return int(page["sent_bytes" if page["name"].startswith("admin") else "bytes"])


def _table(name: str, pages: Pages) -> str:
    lines = [f"{name:<36}{'p50 ms':>8}{'p95 ms':>8}{'cpu p95':>8}{'queries':>8}{'KB':>7}{'sent':>7}"]
    for page in sorted(pages, key=lambda page: -page["p95"]):
        times = f"{page['p50']:8.0f}{page['p95']:8.0f}{page['cpu_p95']:8.0f}"
        sizes = f"{page['bytes'] / 1000:7.0f}{page['sent_bytes'] / 1000:7.0f}"
        lines.append(f"{page['name']:<36}{times}{page['queries']:>8}{sizes}")
    return "\n".join([*lines, ""])


def _pair(first: float, others: list[float], unit: str) -> str:
    return f"{first:.2f}, {statistics.median(others):.2f} {unit}"
