"""`python -m benchmarks.simulation`: how many of what a load needs, and what breaks first.

Its costs are measured (`python -m benchmarks.capacity --json`); what varies is the load. See benchmarks/README.md.
"""

from __future__ import annotations

import argparse
import asyncio
import dataclasses
import sys
from pathlib import Path

from ..harness.processes import BenchmarkFailed, log_errors_alone, scratch
from ..harness.stage import Bench
from . import against
from .answer import SECONDS, answer, as_text
from .costs import MEASURED, measured
from .load import Load
from .page import PAGE, write_page


def main() -> int:
    given = _arguments()
    log_errors_alone()
    if given.against:
        with scratch(given.folder) as folder:
            try:
                tries = asyncio.run(against.tries(Bench(folder, quick=given.quick)))
            except BenchmarkFailed as error:
                print(error, file=sys.stderr)
                return 1
        print(against.as_text(tries))
        if given.save:
            against.save(tries)
        return 0
    load = Load(**{each.name: getattr(given, each.name) for each in dataclasses.fields(Load)})
    found = answer(load, measured(given.measured), seconds=given.seconds)
    print(f"Costs of {found.costs.machine}.\n\n{as_text(found)}")
    if given.docs:
        write_page(found)
        print(f"\n{PAGE} is written.")
    return 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.simulation", description=__doc__.partition("\n")[0])
    for each in dataclasses.fields(Load):
        kind = int if each.type == "int" else float
        name = f"--{each.name.replace('_', '-')}"
        parser.add_argument(name, type=kind, default=each.default, metavar="N", help="default: %(default)s")
    parser.add_argument("--measured", type=Path, default=MEASURED, help="a line of benchmarks.capacity --json")
    parser.add_argument("--seconds", type=float, default=SECONDS, help="simulated seconds (default: %(default)s)")
    parser.add_argument("--docs", action="store_true", help="write docs/capacity.md and its plots")
    parser.add_argument("--against", action="store_true", help="hold predictions against this machine instead")
    parser.add_argument("--save", action="store_true", help="keep what --against found, for the page")
    parser.add_argument("--quick", action="store_true", help="small sizes of --against")
    parser.add_argument("--folder", help="where the files that are written lie; default: the current directory")
    return parser.parse_args()
