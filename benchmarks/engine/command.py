"""`python -m benchmarks.engine`: the engine's figures, measured on this machine beside DBOS and the bare Redis floor.

One process tree, one measure after another, on one disk, on loopback only; everything it starts ends with it.
What each figure means and how it is kept fair: benchmarks/README.md.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import platform
import signal
import sys
import time
from collections.abc import Awaitable, Callable

from ..harness.figures import TARGETS, Found, as_json, as_table
from ..harness.processes import BenchmarkFailed, log_errors_alone, scratch
from ..harness.stage import Bench
from .api_start import api
from .cancel import cancel
from .concurrent import concurrent
from .fair import fair
from .handover import handover
from .recovery import recovery
from .resume import resume
from .rivals.dbos import missing
from .sequential import sequential
from .start import start

MEASURES: dict[str, Callable[[Bench], Awaitable[Found]]] = {
    "sequential": sequential,
    "concurrent": concurrent,
    "start": start,
    "api": api,
    "resume": resume,
    "recovery": recovery,
    "handover": handover,
    "cancel": cancel,
    "fair": fair,
}
LONGEST_S = 180.0


def main() -> int:
    given = _arguments()
    log_errors_alone()
    with scratch(given.folder) as folder:
        bench = Bench(folder, quick=given.quick, dbos=not given.without_dbos, postgres=given.postgres)
        try:
            found, failed = asyncio.run(_measure(bench, given.only or list(MEASURES)))
        except (KeyboardInterrupt, asyncio.CancelledError):
            print("Stopped; what was started has ended.", file=sys.stderr)
            return 130
    if given.json:
        print(as_json(found.figures))
    else:
        print(f"{_machine()}\n\n{as_table(found)}")
    return 1 if failed else 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.engine", description=__doc__.partition("\n")[0])
    parser.add_argument("--json", action="store_true", help="end with one line of JSON and print no table")
    parser.add_argument("--only", nargs="+", choices=MEASURES, metavar="NAME", help=f"of {', '.join(MEASURES)}")
    parser.add_argument("--quick", action="store_true", help="small sizes: shows that it works, not how fast")
    parser.add_argument("--folder", help="where the files that are written lie; default: the current directory")
    parser.add_argument("--without-dbos", action="store_true", help="compare with nothing but the floor")
    parser.add_argument(
        "--postgres",
        default=os.environ.get("GENISYS_BENCH_POSTGRES", ""),
        metavar="URL",
        help="an empty PostgreSQL database for DBOS; default: GENISYS_BENCH_POSTGRES",
    )
    return parser.parse_args()


async def _measure(bench: Bench, names: list[str]) -> tuple[Found, bool]:
    """Take the measures in turn. One that fails says so and leaves its figures out."""
    task = asyncio.current_task()
    assert task is not None
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
    _say(missing(bench))
    if not bench.postgres:
        _say("No PostgreSQL was named (--postgres), so DBOS is measured on SQLite alone.")
    found, failed = Found(), False
    for name in names:
        before = time.monotonic()
        try:
            async with asyncio.timeout(LONGEST_S):
                one = await MEASURES[name](bench)
        except (BenchmarkFailed, TimeoutError) as error:
            failed = True
            _say(f"{name} FAILED: {error or f'it took longer than {LONGEST_S:g} s'}")
            continue
        found.figures.update(one.figures)
        found.rows.extend(one.rows)
        _say(f"{name}: {time.monotonic() - before:.0f} s")
    assert set(found.figures) <= {target.name for target in TARGETS}
    return found, failed


def _machine() -> str:
    load = ", ".join(f"{each:.1f}" for each in os.getloadavg())
    return f"Python {platform.python_version()}, {os.cpu_count()} cores, load {load}"


def _say(text: str) -> None:
    if text:
        print(text, file=sys.stderr, flush=True)
