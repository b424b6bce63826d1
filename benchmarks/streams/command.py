"""`python -m benchmarks.streams`: what viewers of runs get, how soon, and at what cost, measured on this machine.

Correctness first: it ends with 1 when any viewer missed anything, got it twice or late, or saw another text than was
written, however fast it was. What each figure means: benchmarks/README.md.
"""

from __future__ import annotations

import argparse
from collections.abc import Awaitable, Callable
from pathlib import Path

from ..harness.figures import Found, as_json, as_table, together
from ..harness.measuring import in_turn, machine, taken
from ..harness.stage import Bench
from .check import Faults
from .measures.baselines import baselines
from .measures.latency import latency, memory
from .measures.paint import paint
from .measures.stalled import stalled
from .measures.storm import storm
from .measures.wire import wire
from .stage import Load
from .targets import TARGETS

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
    names = given.only or list(MEASURES)
    found, failed = taken(given.folder, lambda folder: _measure(_load(given, folder), names))
    if given.json:
        print(as_json(found.figures, TARGETS))
    else:
        print(f"{machine()}, {given.server}\n\n{as_table(found, TARGETS)}")
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
    """Take the measures in turn, and put together what they found and what went wrong for viewers."""
    taken, failed = await in_turn(
        names, lambda name: MEASURES[name](load), remark=lambda one: f", faults: {one[1].sentence()}"
    )
    found, faults = together(one for one, _ in taken.values()), Faults()
    for _, seen in taken.values():
        faults.add(seen)
    if CHECKED & taken.keys():
        found.figures.update({each: getattr(faults, each) for each in ("lost", "doubled", "reordered", "silent_gaps")})
    return found, failed or faults.total() > 0
