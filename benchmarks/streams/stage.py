"""The stage of the streams: a Redis, a database, one web process, a writer, and viewers in processes of their own."""

from __future__ import annotations

import asyncio
import contextlib
import json
import math
import os
import resource
import shutil
import subprocess
import sys
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import httpx

from genisys.host import new_run_id
from genisys_site.launching import ports

from ..harness.processes import REPOSITORY, BenchmarkFailed, Child
from ..harness.stage import Bench, redis_server, until
from .check import Faults

VIEWER_PROCESSES = 2
ANSWER_S = 60.0
START_S = 60.0


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


class Told:
    """A process that takes one order a line and answers each with a line."""

    def __init__(self, name: str, module: str, folder: Path, env: dict[str, str] | None = None) -> None:
        self.child = Child(name, [sys.executable, "-m", module], folder, pipes=True, env=env)

    async def order(self, do: str, **order: Any) -> dict[str, Any]:
        def ask() -> str:
            assert self.child.process.stdin is not None
            assert self.child.process.stdout is not None
            self.child.process.stdin.write(json.dumps({"do": do, **order}).encode() + b"\n")
            self.child.process.stdin.flush()
            return self.child.process.stdout.readline().decode()

        try:
            async with asyncio.timeout(ANSWER_S):
                line = await asyncio.to_thread(ask)
        except (TimeoutError, OSError) as error:
            self.child.must_live()
            raise BenchmarkFailed(f"{self.child.name} did not answer {do!r}") from error
        if not line:
            await asyncio.sleep(0.1)  # its output closes just before it ends
            self.child.must_live()
            raise BenchmarkFailed(f"{self.child.name} did not answer {do!r}")
        answer: dict[str, Any] = json.loads(line)
        return answer


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


class Site:
    """One web process with its own database, as `manage.py serve` or under uvicorn."""

    def __init__(self, folder: Path, redis: str, server: str) -> None:
        self._folder = folder
        self._server = server
        self._started = 0
        self.port = ports.reserve()
        self.redis_port = int(redis.rpartition(":")[2].partition("/")[0])
        home = folder / "home"
        home.mkdir(exist_ok=True)
        self.env = {
            "GENISYS_HOME": str(home),
            "DATABASE_URL": f"sqlite:///{home / 'db.sqlite3'}",
            "REDIS_URL": redis,
            "PORT": str(self.port),
            "OPENAI_API_KEY": "bench",
            "GENISYS_VIEWERS_PER_PROCESS": "20000",
            "GENISYS_VIEWERS_PER_PERSON": "20000",
            "PYTHONUNBUFFERED": "1",
        }
        self.process: Child | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def pid(self) -> int:
        assert self.process is not None
        return self.process.pid

    def prepare(self, template: Path) -> None:
        """Give it a database: the first one is made, the others are copies of it."""
        database = Path(self.env["GENISYS_HOME"]) / "db.sqlite3"
        if template.exists():
            shutil.copy(template, database)
        else:
            self._manage([sys.executable, "manage.py", "migrate", "--noinput", "--verbosity", "0"])
            shutil.copy(database, template)

    def people(self, runs: Sequence[str], *, staff: bool = False) -> dict[str, str]:
        """Give each run a row and an owner; return the owners' cookies."""
        order = json.dumps({"runs": list(runs), "staff": staff})
        made = self._manage([sys.executable, "-m", "benchmarks.streams.people"], order)
        cookies: dict[str, str] = json.loads(made.splitlines()[-1])
        return cookies

    def token(self) -> str:
        """Return an API token of a user of its own."""
        return self._manage([sys.executable, "-m", "benchmarks.harness.site_token"]).strip()

    def _manage(self, argv: Sequence[str], said: str = "") -> str:
        done = subprocess.run(  # noqa: S603 - our own commands
            argv,
            env={**os.environ, **self.env},
            cwd=REPOSITORY,
            input=said,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise BenchmarkFailed(f"{argv[-1]} ended with {done.returncode}:\n{done.stderr[-2000:]}")
        return done.stdout

    async def start(self) -> None:
        self._started += 1
        argv = [sys.executable, "manage.py", "serve"]
        if self._server == "uvicorn":
            argv = [sys.executable, "-m", "uvicorn", "genisys_site.asgi:application", "--port", str(self.port)]
            argv += ["--log-level", "warning"]
        self.process = Child(f"web-{self._started}", argv, self._folder, env=self.env)
        await until(self._answers, "the web process does not answer", START_S, every=0.05)

    async def _answers(self) -> bool:
        assert self.process is not None
        self.process.must_live()
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", self.port)
        except OSError:
            return False
        writer.close()
        await writer.wait_closed()
        return True

    async def warm(self) -> None:
        """Have it import and compile what its first requests would."""
        async with httpx.AsyncClient(trust_env=False, timeout=30) as client:
            for path in ("/healthz", "/accounts/login/"):
                await client.get(self.url + path)

    async def stop(self) -> None:
        if self.process is not None:
            await asyncio.to_thread(self.process.stop, 20.0)

    def memory_kb(self) -> int:
        """Resident memory of the web process, in KiB."""
        status = Path(f"/proc/{self.pid}/status").read_text()
        return int(status.partition("VmRSS:")[2].split()[0])

    def cpu_s(self) -> float:
        fields = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def redis_connections(self) -> int:
        """Count this process's open connections to Redis, as the kernel knows them."""
        mine = set()
        for fd in Path(f"/proc/{self.pid}/fd").iterdir():
            with contextlib.suppress(OSError):
                mine.add(os.readlink(fd))
        count = 0
        for line in Path(f"/proc/{self.pid}/net/tcp").read_text().splitlines()[1:]:
            parts = line.split()
            to, state, inode = int(parts[2].rpartition(":")[2], 16), parts[3], parts[9]
            count += to == self.redis_port and state == "01" and f"socket:[{inode}]" in mine
        return count


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
