"""`python -m benchmarks.limits`: a provider with a quota and four workers; and a provider that goes down.

    --json               end with one line, an object of the figures
    --only quota|outage  one of the two
    --seconds 75         how long the quota is driven
    --outage 20          how long the provider is down (the target is 300)
    --folder .           where the temporary folder is made

Real worker processes, a real Redis, scripted providers in processes of their own; all on loopback and bounded in time.
The exit code is 1 when a measure could not be taken, else 0: whether a target is a gate is for the caller to say.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from ..harness.processes import BenchmarkFailed
from . import outage as outages
from . import quota as quotas

REQUESTS_PER_MINUTE = 600

MEANING = {
    "quota_used": "share of 600 requests/min that was answered, steadily (over 0.95)",
    "share_429": "share of the requests that was refused (under 0.01)",
    "failed_runs": "runs that did not complete, in all measures (0)",
    "outage_failed_runs": "of these, with the only provider down (0)",
    "outage_lost_s": "longest standstill of a run over the outage itself",
    "fallback_failed_runs": "of these, with a fallback (0)",
    "fallback_lost_s": "longest standstill of a run, with a fallback (under 3)",
}


async def figures(folder: Path, *, only: str, seconds: float, outage_s: float) -> dict[str, float | None]:
    """Take the measures one after another; a figure that was not measured is None."""
    found: dict[str, float | None] = dict.fromkeys(MEANING)
    failed = 0
    if only != "outage":
        quota = await quotas.measure(folder, REQUESTS_PER_MINUTE, seconds)
        failed += int(quota["failed_runs"])
        found.update(quota)
    if only != "quota":
        for name, fallback in (("outage", False), ("fallback", True)):
            outage = await outages.measure(folder, outage_s, fallback=fallback)
            failed += int(outage["failed_runs"])
            found.update({f"{name}_{key}": value for key, value in outage.items()})
    return {**found, "failed_runs": failed}


def main(argv: Sequence[str] | None = None) -> int:
    """Measure and print; return the exit status."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.limits")
    parser.add_argument("--json", action="store_true", help="end with one line, an object of the figures")
    parser.add_argument("--only", choices=("quota", "outage"), default="")
    parser.add_argument("--seconds", type=float, default=75.0, help="how long the quota is driven (%(default)g)")
    parser.add_argument("--outage", type=float, default=20.0, help="seconds that the provider is down (%(default)g)")
    parser.add_argument("--folder", type=Path, default=Path(), help="where the temporary folder is made")
    given = parser.parse_args(argv)
    with tempfile.TemporaryDirectory(
        prefix=".bench-limits-", dir=given.folder.absolute(), ignore_cleanup_errors=True
    ) as folder:
        try:
            found = asyncio.run(figures(Path(folder), only=given.only, seconds=given.seconds, outage_s=given.outage))
        except BenchmarkFailed as error:
            print(error, file=sys.stderr)
            return 1
    shown = {name: None if value is None else round(value, 4) for name, value in found.items()}
    for name, value in shown.items():
        print(f"{name:<22} {'–' if value is None else value:>9}   {MEANING[name]}")
    if given.json:
        print(json.dumps(shown))
    return 0
