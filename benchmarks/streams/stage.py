"""The stage of the streams: a Redis, a database, one web process, a writer, and viewers in processes of their own."""

from __future__ import annotations

import asyncio
import contextlib
import math
import resource
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from genisys.host import new_run_id

from ..harness.processes import BenchmarkFailed, Told
from ..harness.site import Site
from ..harness.stage import Bench, redis_server, until
from .check import Faults

VIEWER_PROCESSES = 2


@dataclass(frozen=True, slots=True)
class Load:
    """What the command line asks for, and for how long each thing is looked at."""

    bench: Bench
    viewers: int
    rate: float
    runs: int
    server: str
    seconds: float
    stall_seconds: float
    stall_share: float
    many: int

    def with_viewers(self, viewers: int) -> Load:
        return replace(self, viewers=viewers)


@dataclass(slots=True)
class Seen:
    """What all viewer processes report together."""

    open: int
    live: int
    ended: int
    slowest: int
    resyncs: int
    refused: int
    reopened: int
    frames: int
    events: int
    bytes: int
    busy: float
    latency: Counter[int]
    caught_up: list[tuple[float, float]]
    bytes_each: list[int]
    faults: Faults

    def percentile_ms(self, percent: float) -> float:
        """Nearest rank over every event at every viewer."""
        if not self.latency:
            raise BenchmarkFailed("no viewer received anything")
        wanted = math.ceil(sum(self.latency.values()) * percent / 100)
        passed = 0
        for bucket in sorted(self.latency):
            passed += self.latency[bucket]
            if passed >= wanted:
                return (bucket + 0.5) / 10
        raise AssertionError


class Audience:
    """Viewers, dealt out to a few processes."""

    def __init__(self, folder: Path, name: str, processes: int = VIEWER_PROCESSES) -> None:
        self.size = 0
        self._processes = [
            Told(f"{name}-viewers-{number}", "benchmarks.streams.viewers", folder) for number in range(processes)
        ]

    async def open(
        self, viewers: Sequence[tuple[str, str]], port: int, *, within_s: float, dialect: str = "genisys"
    ) -> None:
        """Connect viewers, each given as (run, cookie)."""
        dealt = [viewers[number :: len(self._processes)] for number in range(len(self._processes))]
        self.size += len(viewers)
        for process, part in zip(self._processes, dealt, strict=True):
            chosen = [{"run": run, "cookie": cookie} for run, cookie in part]
            await process.order("open", viewers=chosen, port=port, within_s=within_s, dialect=dialect)

    async def order(self, do: str, **order: Any) -> list[dict[str, Any]]:
        return list(await asyncio.gather(*(process.order(do, **order) for process in self._processes)))

    async def report(self, written: dict[str, Any] | None = None) -> Seen:
        """Merge the reports; with what was written, each viewer's account is closed and counted in `faults`."""
        parts = await self.order("report", **({"written": written} if written else {}))
        latency: Counter[int] = Counter()
        faults = Faults()
        for part in parts:
            latency.update(dict(map(tuple, part["latency"])))
            faults.add(Faults(**part["faults"]))
        added = {
            name: sum(part[name] for part in parts)
            for name in ("open", "live", "ended", "resyncs", "refused", "reopened", "frames", "events", "bytes")
        }
        return Seen(
            **added,
            slowest=min(part["slowest"] for part in parts),
            busy=max(part["busy"] for part in parts),
            latency=latency,
            caught_up=[(began, done) for part in parts for began, done in part["caught_up"]],
            bytes_each=[each for part in parts for each in part["bytes_each"]],
            faults=faults,
        )

    async def until(self, what: Callable[[Seen], bool], message: str, seconds: float) -> Seen:
        async def look() -> Seen | None:
            seen = await self.report()
            return seen if what(seen) else None

        return await until(look, message, seconds, every=0.25)

    def stop(self) -> None:
        for process in self._processes:
            process.child.stop()


class Stage:
    """Everything of one measure, on one Redis."""

    def __init__(self, load: Load, name: str, redis: str, site: Site, stack: AsyncExitStack) -> None:
        self.load = load
        self.redis = redis
        self.site = site
        self._name = name
        self._stack = stack
        self._writers = 0

    async def runs(self, count: int) -> tuple[Told, dict[str, str]]:
        """Make runs with a writer that holds them; return it and the owners' cookies by run."""
        ids = [new_run_id() for _ in range(count)]
        cookies = await asyncio.to_thread(self.site.people, ids)
        self._writers += 1
        writer = Told(f"{self._name}-writer-{self._writers}", "benchmarks.streams.writer", self.load.bench.folder)
        self._stack.callback(writer.child.stop)
        await writer.order("create", redis=self.redis, runs=ids)
        return writer, cookies

    def audience(self, processes: int = VIEWER_PROCESSES) -> Audience:
        made = Audience(self.load.bench.folder, self._name, processes)
        self._stack.callback(made.stop)
        return made

    async def attached(self, audience: Audience, viewers: Sequence[tuple[str, str]], *, within_s: float) -> None:
        """Open them and wait until each is live."""
        await audience.open(viewers, self.site.port, within_s=within_s)
        wanted = audience.size
        await audience.until(
            lambda seen: seen.live >= wanted, f"not all of {wanted} viewers are live", 30 + within_s + wanted / 50
        )

    async def ended(self, audience: Audience, writer: Told, seconds: float = 30) -> Seen:
        """End all runs, wait until everybody saw it, and close the account."""
        written = await writer.order("end")
        with contextlib.suppress(BenchmarkFailed):  # the account says who did not
            await audience.until(lambda seen: seen.ended >= audience.size, "", seconds)
        return await audience.report(written)


def dealt(cookies: dict[str, str], viewers: int) -> list[tuple[str, str]]:
    """Deal viewers out to the runs, one after another."""
    runs = list(cookies.items())
    return [runs[number % len(runs)] for number in range(viewers)]


@asynccontextmanager
async def stage(load: Load, name: str) -> AsyncIterator[Stage]:
    """Set a stage and clear it again, whatever happens on it."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))  # what is started here inherits it
    folder = load.bench.folder / f"{name}-site"
    folder.mkdir()
    async with redis_server(load.bench, f"{name}-redis", "everysec") as url, AsyncExitStack() as stack:
        site = Site(folder, url, load.server)
        await asyncio.to_thread(site.prepare, load.bench.folder / "template.sqlite3")
        stack.push_async_callback(site.stop)
        await site.start()
        await site.warm()
        yield Stage(load, name, url, site, stack)


async def watched(seconds: float, look: Callable[[], int], every_s: float = 1.0) -> list[int]:
    """Look again and again for so long."""
    found, until_s = [look()], time.monotonic() + seconds
    while time.monotonic() < until_s:
        await asyncio.sleep(min(every_s, max(0.0, until_s - time.monotonic())))
        found.append(look())
    return found
