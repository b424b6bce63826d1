"""`python -m benchmarks.engine`: the engine's figures, measured on this machine beside DBOS and the bare Redis floor.

One process tree, one measure after another, on one disk, on loopback only; everything it starts ends with it.
What each figure means and how it is kept fair: benchmarks/README.md.
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Awaitable, Callable, Coroutine
from pathlib import Path

from ..harness.figures import Found, as_json, as_table, together
from ..harness.measuring import in_turn, machine, say, taken
from ..harness.stage import Bench
from .measures.api_start import api
from .measures.cancel import cancel
from .measures.cluster import cluster
from .measures.concurrent import concurrent
from .measures.fair import fair
from .measures.handover import handover
from .measures.recovery import recovery
from .measures.resume import resume
from .measures.sequential import sequential
from .measures.start import start
from .rivals.dbos import missing
from .targets import TARGETS

MEASURES: dict[str, Callable[[Bench], Awaitable[Found]]] = {
    "sequential": sequential,
    "concurrent": concurrent,
    "cluster": cluster,
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

    def measure(folder: Path) -> Coroutine[None, None, tuple[Found, bool]]:
        bench = Bench(folder, quick=given.quick, dbos=not given.without_dbos, postgres=given.postgres)
        return _measure(bench, given.only or list(MEASURES))

    found, failed = taken(given.folder, measure)
    if given.json:
        print(as_json(found.figures, TARGETS))
    else:
        print(f"{machine()}\n\n{as_table(found, TARGETS)}")
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
    """Take the measures in turn, and put together what they found."""
    if without := missing(bench):
        say(without)
    if not bench.postgres:
        say("No PostgreSQL was named (--postgres), so DBOS is measured on SQLite alone.")
    taken, failed = await in_turn(names, lambda name: MEASURES[name](bench), longest_s=LONGEST_S)
    found = together(taken.values())
    assert set(found.figures) <= {target.name for target in TARGETS}
    return found, failed
