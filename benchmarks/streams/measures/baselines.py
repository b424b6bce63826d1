"""How much gets through at the same 99th percentile, here and as others do it.

For each participant the rate of events is raised until a try at it fails twice. A try holds a rate for some seconds; it
succeeds when the writer kept that rate up, 95 % of what it wrote reached the viewers within the try, and the 99th
percentile from append to applied stayed within P99_MS. What counts is the most events a second that were delivered to
viewers in a try that succeeded. All have the same viewers, runs, client, writer's pace and Redis settings, one Daphne
process each, and write each event by itself.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from genisys.host import new_run_id
from genisys_site.launching import ports

from ...harness.figures import Found, Row
from ...harness.processes import BenchmarkFailed, Child, Told
from ...harness.stage import redis_server, until
from ..check import Faults
from ..stage import Audience, Load, dealt, stage
from .latency import CONNECTS_PER_S

P99_MS = 200.0
STEP = 1.5
SETTLE_S = 1.0
TRY_S = 4.0
TRIES = 2
FIRST_RATE = 1.0
HIGHEST_RATE = 400.0

RIVALS = {"xread_each": "plain", "group_send": "plain", "eventstream": "sse"}
"""Their names and what their viewers speak."""


@dataclass(frozen=True, slots=True)
class Contest:
    """One participant, set up: its writer, its viewers."""

    writer: Told
    viewers: Audience
    runs: int


async def baselines(load: Load) -> tuple[Found, Faults]:
    """Ours first, then each of the others, with the same load."""
    found, most = Found(), {}
    async with stage(load, "contest") as it:
        writer, cookies = await it.runs(load.runs)
        viewers = it.audience()
        await it.attached(viewers, dealt(cookies, load.viewers), within_s=load.viewers / CONNECTS_PER_S)
        ours = await _most(Contest(writer, viewers, load.runs), load)
        closed = await it.ended(viewers, writer)
    found.rows.append(Row(f"events/s delivered within p99 {P99_MS:g} ms: ours", f"{ours:,.0f}"))
    for name, dialect in RIVALS.items():
        async with _rival(load, name, dialect) as contest:
            most[name] = await _most(contest, load)
        found.rows.append(Row(f"  {name}", f"{most[name]:,.0f}"))
        found.figures[f"vs_{name}"] = ours / most[name]
    return found, closed.faults


async def _most(contest: Contest, load: Load) -> float:
    """Raise the rate by STEP until it fails, then try once between; return events a second."""
    best, rate = 0.0, FIRST_RATE
    while rate <= HIGHEST_RATE and (got := await _held(contest, rate, load)):
        best, rate = max(best, got), rate * STEP
        if load.bench.quick:
            return best
    if not best:
        raise BenchmarkFailed(f"not even {FIRST_RATE:g} event/s each got through within {P99_MS:g} ms")
    return max(best, await _held(contest, rate / STEP**0.5, load))


async def _held(contest: Contest, rate: float, load: Load) -> float:
    """Return how many events a second were delivered at this rate, 0 where it cannot be held."""
    seconds = TRY_S if not load.bench.quick else 1.0
    for _ in range(TRIES):
        await contest.writer.order("rate", per_run=rate)
        await asyncio.sleep(SETTLE_S)  # for the rate to become steady
        await contest.viewers.order("mark")
        before = await contest.writer.order("count")
        await asyncio.sleep(seconds)  # the time that is measured
        seen = await contest.viewers.report()
        written = (await contest.writer.order("count"))["events"] - before["events"]
        await contest.writer.order("rate", per_run=0)
        due = written * load.viewers / contest.runs
        kept_up = written >= 0.9 * rate * contest.runs * seconds and seen.events >= 0.95 * due
        if kept_up and seen.percentile_ms(99) <= P99_MS:
            return seen.events / seconds
        await asyncio.sleep(SETTLE_S)  # for what is still queued to be gone before the next try
    return 0.0


@asynccontextmanager
async def _rival(load: Load, name: str, dialect: str) -> AsyncIterator[Contest]:
    folder = load.bench.folder
    runs = [new_run_id() for _ in range(load.runs)]
    port = ports.reserve()
    async with redis_server(load.bench, f"{name}-redis", "everysec") as url:
        env = {"BENCH_RIVAL": name, "BENCH_REDIS": url, "PYTHONUNBUFFERED": "1"}
        argv = [sys.executable, "-m", "daphne", "-p", str(port), "-v", "0", "benchmarks.streams.rivals:application"]
        web = Child(f"{name}-web", argv, folder, env=env)
        writer = Told(f"{name}-writer", "benchmarks.streams.rivals", folder, env)
        viewers = Audience(folder, name)
        try:
            await until(lambda: _listens(web, port), f"{name} does not answer", 60, every=0.1)
            await writer.order("create", runs=runs)
            await viewers.open(
                dealt(dict.fromkeys(runs, ""), load.viewers),
                port,
                within_s=load.viewers / CONNECTS_PER_S,
                dialect=dialect,
            )
            await viewers.until(lambda seen: seen.open == load.viewers, f"{name}: not all viewers are open", 90)
            await asyncio.sleep(SETTLE_S)  # an open socket may not have subscribed yet, and nothing tells when it has
            yield Contest(writer, viewers, load.runs)
        finally:
            viewers.stop()
            writer.child.stop()
            await asyncio.to_thread(web.kill_all)


async def _listens(web: Child, port: int) -> bool:
    web.must_live()
    try:
        _, stream = await asyncio.open_connection("127.0.0.1", port)
    except OSError:
        return False
    stream.close()
    return True
