"""`python -m benchmarks.streams`: what viewers of runs get, how soon, and at what cost, measured on this machine.

Correctness first: it ends with 1 when any viewer missed anything, got it twice or late, or saw another text than was
written, however fast it was. What each figure means: benchmarks/README.md.
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
from pathlib import Path

from ..harness.figures import Found, as_json, as_table
from ..harness.processes import BenchmarkFailed, log_errors_alone, scratch
from ..harness.stage import Bench
from .check import Faults
from .figures import STREAM_TARGETS
from .measures.baselines import baselines
from .measures.latency import latency, memory
from .measures.paint import paint
from .measures.stalled import stalled
from .measures.storm import storm
from .measures.wire import wire
from .stage import Load

MEASURES: dict[str, Callable[[Load], Awaitable[tuple[Found, Faults]]]] = {
    "latency": latency,
    "memory": memory,
    "storm": storm,
    "stalled": stalled,
    "wire": wire,
    "paint": paint,
    "baselines": baselines,
}
CHECKED = frozenset({"latency", "memory", "storm", "stalled", "wire", "baselines"})
"""The measures whose viewers give an account."""


def main() -> int:
    given = _arguments()
    log_errors_alone()
    with scratch(given.folder) as folder:
        load = _load(given, folder)
        try:
            found, failed = asyncio.run(_measure(load, given.only or list(MEASURES)))
        except (KeyboardInterrupt, asyncio.CancelledError):
            print("Stopped; what was started has ended.", file=sys.stderr)
            return 130
    if given.json:
        print(as_json(found.figures, STREAM_TARGETS))
    else:
        cores = f"Python {platform.python_version()}, {os.cpu_count()} cores"
        print(f"{cores}, {given.server}, load {os.getloadavg()[0]:.1f}\n\n{as_table(found, STREAM_TARGETS)}")
    return 1 if failed else 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.streams", description=__doc__.partition("\n")[0])
    parser.add_argument("--viewers", type=int, metavar="N", help="viewers (default: 1000)")
    parser.add_argument("--rate", type=float, metavar="R", help="events a second of each run (default: 10)")
    parser.add_argument("--runs", type=int, metavar="K", help="runs that are written and watched (default: 50)")
    parser.add_argument("--many", type=int, metavar="N", help="viewers where memory is measured (default: 5000)")
    parser.add_argument("--server", choices=["daphne", "uvicorn"], default="daphne", help="of the web process")
    parser.add_argument("--seconds", type=float, help="how long what is steady is measured (default: 15)")
    parser.add_argument("--stall-seconds", type=float, help="how long stalled viewers stand still (default: 40)")
    parser.add_argument(
        "--stall-share", type=float, default=0.1, help="of the viewers; 0 shows what time alone does (default: 0.1)"
    )
    parser.add_argument("--json", action="store_true", help="end with one line of JSON and print no table")
    parser.add_argument("--only", nargs="+", choices=MEASURES, metavar="NAME", help=f"of {', '.join(MEASURES)}")
    parser.add_argument("--quick", action="store_true", help="small sizes: shows that it works, not how fast")
    parser.add_argument("--folder", help="where the files that are written lie; default: the current directory")
    return parser.parse_args()


def _load(given: argparse.Namespace, folder: Path) -> Load:
    bench = Bench(folder, quick=given.quick)
    return Load(
        bench=bench,
        viewers=given.viewers or bench.size(1000, 12),
        rate=given.rate or 10.0,
        runs=given.runs or bench.size(50, 3),
        server=given.server,
        seconds=given.seconds or bench.size(15, 1),
        stall_seconds=given.stall_seconds or bench.size(40, 2),
        stall_share=given.stall_share,
        many=given.many or bench.size(5000, 20),
    )


async def _measure(load: Load, names: list[str]) -> tuple[Found, bool]:
    """Take the measures in turn. One that fails says so and leaves its figures out."""
    task = asyncio.current_task()
    assert task is not None
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
    found, faults, failed, checked = Found(), Faults(), False, False
    for name in names:
        before = time.monotonic()
        try:
            one, seen = await MEASURES[name](load)
        except (BenchmarkFailed, TimeoutError) as error:
            failed = True
            _say(f"{name} FAILED: {error}")
            continue
        found.figures.update(one.figures)
        found.rows.extend(one.rows)
        faults.add(seen)
        checked = checked or name in CHECKED
        _say(f"{name}: {time.monotonic() - before:.0f} s, faults: {seen.sentence()}")
    if checked:
        found.figures.update({each: getattr(faults, each) for each in ("lost", "doubled", "reordered", "silent_gaps")})
    return found, failed or faults.total() > 0


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)
