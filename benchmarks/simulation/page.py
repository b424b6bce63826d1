"""docs/capacity.md and its plots, made of what was measured and simulated: nothing in them is written by hand."""

from __future__ import annotations

import itertools
import json
import textwrap
from collections.abc import Iterable
from typing import Any

from ..capacity.curves import short
from ..harness.plots import plot
from ..harness.processes import REPOSITORY
from . import against
from .answer import Answer, told
from .costs import MEASURED
from .load import FULL, PARTS

PAGE = REPOSITORY / "docs" / "capacity.md"
IMAGES = REPOSITORY / "docs" / "images"
LIMITS = {
    "redis": "one server does one thing at a time. A cluster spreads runs over its masters by partition (64 of them); "
    "wakeups of one deployment stay on one",
    "web": "more processes: they share nothing but Redis and the database",
    "worker": "more processes, or more places in each (`--concurrency`)",
    "places at workers": "more workers, or more places in each (`--concurrency`): held runs mostly wait for a model",
    "control": "runs go on, but their record, webhooks and mails come later and later until the peak is over: one more "
    "control takes its share",
    "database": "a larger server; staff pages and search are not in this figure",
}

GROWS = 0.1
REASONS = {
    "control_ms_by_controls": "each further control follows all runs too, and records only those that it claims first",
    "unfinished_watch_due_ms": "each run that no worker has room for is looked at again every 5 to 30 s, the less "
    "often the more they are",
    "unfinished_control_ms": "a round looks at some 600 open rows however many there are, but the database sorts them "
    "all to find these",
}
"""Why a cost grows."""


def write_page(found: Answer) -> None:
    """Write the page and its plots."""
    (IMAGES / "capacity-growth.svg").write_text(_growth(found))
    (IMAGES / "capacity-costs.svg").write_text(_costs())
    PAGE.write_text("\n".join(_wrapped(_page(found))) + "\n")


def _wrapped(lines: Iterable[str]) -> Iterable[str]:
    """Fill the lines of each paragraph; tables, titles and lists stay as they are."""
    for is_prose, some in itertools.groupby(lines, lambda line: bool(line) and line[0] not in "|#!-*"):
        part = list(some)
        yield from textwrap.wrap(" ".join(part), 128, break_on_hyphens=False) if is_prose else part


def _growth(found: Answer) -> str:
    points = {part: [(factor, 100 * seen.busy[part]) for factor, seen in sorted(found.grown.items())] for part in PARTS}
    return plot("How busy each part of that fleet is (%)", "times the load", points)


def _costs() -> str:
    curves = json.loads(MEASURED.read_text())["curves"]
    wanted = {
        "web_us_a_frame": "frame (web)",
        "redis_us_a_step": "step (Redis)",
        "redis_us_an_event": "event (Redis)",
    }
    points = {
        name: [(int(at), value) for at, value in sorted(curves[curve]["points"].items(), key=lambda pair: int(pair[0]))]
        for curve, name in wanted.items()
    }
    points["step (worker)"] = [(int(at), 1e6 / value) for at, value in curves["steps_per_core_s"]["points"].items()]
    return plot("Processor time by size (µs)", "runs or viewers at once", points, logarithmic=True)


def _page(found: Answer) -> Iterable[str]:
    load = found.load
    first, *others = found.holds_to()
    yield "# Capacity"
    yield ""
    yield "Made by `python -m benchmarks.simulation --docs` of measured costs, not by hand. Its costs are those of"
    yield f"{found.costs.machine}. They are counted by processor time, which other work on the machine raises somewhat."
    yield ""
    yield f"## {load.runs_a_day:,.0f} runs a day"
    yield ""
    yield f"Runs of {load.steps} steps. A step asks a model or a site, and waits {load.step_s:g} s for it. The"
    yield "busiest hour"
    yield f"has {load.peak:g} times the mean: {load.runs_s:.1f} runs and {load.runs_s * load.steps:,.0f} steps a"
    yield "second, so"
    yield f"{load.at_once:,.0f} runs at once. {load.viewers_a_second:g} viewers come a second and stay"
    yield f"{load.watch_s:g} s:"
    yield f"{load.viewers:,.0f} look on at once, at {load.frames_a_second:g} frames a second each. No part is planned"
    yield f"fuller than {100 * FULL:.0f} %. All of this can be set: `python -m benchmarks.simulation --help`."
    yield ""
    yield "| part | how many | cores that work | set by |"
    yield "| --- | --- | --- | --- |"
    for part in PARTS:
        yield f"| {part} | {found.fleet.of(part)} | {found.used[part]:.2f} | {found.reasons[part]} |"
    yield ""
    yield "A web process, a worker, control and a Redis server are one core each; the database is PostgreSQL,"
    yield "and its number"
    yield "that of its cores. Run two of web and control in any case, so that one may die."
    yield "A worker's costs are those of a thousand runs at once, which share each wakeup of its loop; of a few runs"
    yield "each step costs several times as much."
    yield ""
    day = load.runs_a_day
    yield f"In a day Redis passes {day * found.costs.redis_bytes_run / 1e9:,.0f} GB of finished runs, kept for"
    yield "`GENISYS_KEEP_FINISHED_SECONDS` (a day unless it is set): lower it, or have that memory. The database"
    yield "grows by"
    yield f"{day * found.costs.database_bytes_run / 1e9:,.0f} GB a day (measured in SQLite) until"
    yield "`GENISYS_KEEP_HISTORY_DAYS`."
    yield "Both are for steps that return a number; what yours return comes on top."
    yield ""
    yield "## What breaks first"
    yield ""
    yield f"**{first[1].capitalize()}**, at {first[0]:.2f} times this load: {LIMITS[first[1]]}."
    yield ""
    for factor, part in others:
        yield f"- then {part}, at {factor:.2f} times: {LIMITS[part]}."
    yield ""
    yield found.alone()
    yield "A quota of the model's provider is not in this: at 20 calls a run it is likely to end first."
    yield ""
    yield "![How busy each part is as the load grows](images/capacity-growth.svg)"
    yield ""
    yield "The same fleet under more, simulated as queues. *Late* is what a step takes beyond its own wait, and"
    yield "how long a"
    yield "start waits for its worker; both at the 95th percentile."
    yield ""
    yield "| load | steps late, ms | starts late, ms |"
    yield "| --- | --- | --- |"
    for factor, seen in sorted(found.grown.items()):
        yield f"| {factor:g} times | {told(seen.step_p95_ms)} | {told(seen.begun_p95_ms)} |"
    yield ""
    yield from _measured()
    yield from _held()


def _measured() -> Iterable[str]:
    said = json.loads(MEASURED.read_text())
    yield "## What was measured"
    yield ""
    yield f"`python -m benchmarks.capacity --json` on {said['machine']}. The exponent is that of the growth: 0 is flat."
    yield ""
    yield "| figure | exponent | at each size |"
    yield "| --- | --- | --- |"
    for curve in said["curves"].values():
        points = ", ".join(f"{int(at):,}: {short(value)}" for at, value in curve["points"].items())
        slope = "" if curve["exponent"] is None else f"{curve['exponent']:+z.2f}"
        yield f"| {curve['means']}, {curve['unit']} | {slope} | {points} ({curve['of']}) |"
    yield ""
    yield from _why_it_grows(said["curves"])
    yield "![Processor time by size](images/capacity-costs.svg)"
    yield ""


def _why_it_grows(curves: dict[str, Any]) -> Iterable[str]:
    grown = [each for name, each in curves.items() if name in REASONS and (each["exponent"] or 0) > GROWS]
    for curve in grown:
        yield f"- *{curve['means']}* grows since {REASONS[curve['name']]}."
    if grown:
        yield ""


def _held() -> Iterable[str]:
    if not against.KEPT.exists():
        return
    machine, held = against.kept()
    within = [abs(part) <= 0.2 for each in held for part in each.off]
    yield "## How far to trust it"
    yield ""
    yield "The cost of 20 runs was measured, the model predicted from them what many at once do, and then they were run"
    yield f"(`python -m benchmarks.simulation --against`) on {machine}. Within 20 %: {sum(within)} of"
    yield f"{len(within)} predictions."
    yield "What else the machine did is told to the model, as the time that a process that was ready waited for a core."
    yield ""
    yield "| workers | runs of 20 steps | a step | runs/s: said | measured | off | p95, s: said | measured | off |"
    yield "| --- | --- | --- | --- | --- | --- | --- | --- | --- |"
    for each in held:
        rate, p95 = each.off
        yield (
            f"| {each.trial.workers} | {each.trial.runs} | {each.trial.step_s:g} s "
            f"| {each.predicted.rate:.1f} | {each.measured.rate:.1f} | {100 * rate:+z.0f} % "
            f"| {each.predicted.p95_s:.2f} | {each.measured.p95_s:.2f} | {100 * p95:+z.0f} % |"
        )
