"""`python -m benchmarks.capacity`: what an installation carries, and how that grows with the size.

Each figure is taken at 1, 10 and 100 times the size, with the exponent of its growth. Rates are for a core, by
processor time: what else the machine does changes them little. What each means: benchmarks/README.md.
"""

from __future__ import annotations

import argparse
from collections.abc import Awaitable, Callable

from ..harness.measuring import in_turn, machine, taken
from ..harness.stage import Bench
from .curves import Curve, as_json, as_text
from .growth import growth
from .idle import idle
from .postgres import postgres
from .viewers import viewers
from .whole import whole
from .work import events, work

MEASURES: dict[str, Callable[[Bench], Awaitable[list[Curve]]]] = {
    "idle": idle,
    "work": work,
    "events": events,
    "whole": whole,
    "postgres": postgres,
    "viewers": viewers,
    "growth": growth,
}
LONGEST_S = 900.0


def main() -> int:
    given = _arguments()
    names = given.only or list(MEASURES)
    curves, failed = taken(given.folder, lambda folder: _measure(Bench(folder, quick=given.quick), names))
    print(as_json(curves) if given.json else f"{machine()}\n\n{as_text(curves)}")
    return 1 if failed else 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.capacity", description=__doc__.partition("\n")[0])
    parser.add_argument("--json", action="store_true", help="end with one line of JSON and print no table")
    parser.add_argument("--only", nargs="+", choices=MEASURES, metavar="NAME", help=f"of {', '.join(MEASURES)}")
    parser.add_argument("--quick", action="store_true", help="small sizes: shows that it works, not how it grows")
    parser.add_argument("--folder", help="where the files that are written lie; default: the current directory")
    return parser.parse_args()


async def _measure(bench: Bench, names: list[str]) -> tuple[list[Curve], bool]:
    taken, failed = await in_turn(names, lambda name: MEASURES[name](bench), longest_s=LONGEST_S)
    return [curve for curves in taken.values() for curve in curves], failed
