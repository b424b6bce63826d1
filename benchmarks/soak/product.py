"""The product as an installation has it: Redis, web process, control, two workers, a scripted provider, two sites."""

from __future__ import annotations

import asyncio
import contextlib
import sys
from pathlib import Path
from typing import Protocol

import redis

from genisys import GenisysError
from genisys.host import Deployments, Engine
from genisys_site.launching import ports

from ..capacity.idle import family
from ..capacity.whole import LIMITS
from ..harness.processes import Child
from ..harness.site import Site
from ..harness.stage import Bench, until

KEEP_FINISHED_S = 60
"""How long Redis keeps a run that has ended: short, so that a soak sees runs go as well as come."""
READY_S = 300.0
PAGES, LATENCY_MS = 40, 20  # with the faults that real sites have
WORKERS = 2


class Servers(Protocol):
    """One Redis, or some of which another takes over when one is gone."""

    url: str

    @property
    def pids(self) -> list[int]: ...
    def client(self) -> redis.Redis: ...
    async def disturb(self) -> None: ...


class Product:
    """Its processes, and what is done to them: kills, deploys and losses of Redis."""

    def __init__(self, bench: Bench, servers: Servers) -> None:
        self._bench = bench
        self._servers = servers
        self.site = Site(bench.folder, servers.url, "daphne")
        self.engine = Engine(servers.url, deployment="v0")
        self.workers: list[Child] = []
        self.control: Child | None = None
        self.addresses: list[str] = []
        self.token = ""
        self._others: list[Child] = []
        self._leaving: list[Child] = []
        self._version = 0
        self._made = 0
        self._change = asyncio.Lock()  # a worker that is killed while it comes up would never be there
        provider = ports.reserve()
        self.site.env |= dict.fromkeys(LIMITS, "1000000") | {
            "GENISYS_RUNS_PER_PERSON": "0",
            "GENISYS_KEEP_FINISHED_SECONDS": str(KEEP_FINISHED_S),
            "OPENAI_BASE_URL": f"http://127.0.0.1:{provider}/v1",
            "GENISYS_MODEL": "scripted",
            "INGEST_ALLOWED_PRIVATE_HOSTS": "127.0.0.1",
            "INGEST_MIN_DELAY": "0",
            "SECRET_KEY": "a key of this soak alone, which nobody else needs to know",
            "ALLOWED_HOSTS": "127.0.0.1,localhost",
        }
        self._helper("provider", "-m", "genisys.testing", "--port", str(provider))
        for number in range(2):
            port = ports.reserve()
            order = (str(port), str(PAGES), str(LATENCY_MS), "1")
            self._helper(f"site-{number}", "-m", "benchmarks.ingestion.site", *order)
            self.addresses.append(f"http://127.0.0.1:{port}/")

    def _helper(self, name: str, *arguments: str) -> None:
        self._others.append(Child(name, [sys.executable, *arguments], self._bench.folder))

    async def start(self) -> None:
        await asyncio.to_thread(self.site.prepare, self._bench.folder / "template.sqlite3")
        self.token = await asyncio.to_thread(self.site.token)
        await self.site.start()
        self.control = self._command("control")
        await self.deploy()

    def _command(self, *arguments: str) -> Child:
        self._made += 1
        argv = [sys.executable, "manage.py", *arguments]
        env = self.site.env | {"GENISYS_DEPLOYMENT": f"v{self._version}"}
        return Child(f"{arguments[0]}-{self._made}", argv, self._bench.folder, env=env)

    async def deploy(self) -> None:
        """Start workers of another version, promote it once they are there, and tell those of the last one to leave."""
        async with self._change:
            await self._deploy()

    async def _deploy(self) -> None:
        self._version += 1
        before, self.workers = self.workers, [self._command("worker") for _ in range(WORKERS)]
        await self._all_work()
        await Deployments(self.engine).promote(f"v{self._version}")
        await self._move_runs()
        for worker in before:
            worker.terminate()
        self._leaving = [each for each in self._leaving if each.process.poll() is None] + before

    async def _move_runs(self) -> None:
        """Have the new version go on with all runs: one whose version has no worker left would stand still."""
        newest = f"v{self._version}"

        async def are_moved() -> bool:
            runs = await self.engine.metas(await self.engine.store.unfinished())
            behind = [run_id for run_id, meta in runs.items() if meta.deployment != newest]
            for run_id in behind:
                with contextlib.suppress(GenisysError):  # it has ended meanwhile
                    await self.engine.move(run_id, newest, by="soak")
            return not behind

        await until(are_moved, f"the runs do not move to {newest}", READY_S, every=0.5)

    async def kill(self) -> None:
        """Kill a worker and all that it has started, as the loss of a host does, and start another in its place."""
        async with self._change:
            lost = self.workers.pop(0)
            await asyncio.to_thread(lost.kill_all)
            self.workers.append(self._command("worker"))
            await self._all_work()

    async def lose_redis(self) -> None:
        async with self._change:
            await self._servers.disturb()

    async def _all_work(self) -> None:
        async def do_they() -> bool:
            for worker in self.workers:
                worker.must_live()
            alive = [info for info in await self.engine.workers() if info.deployment == f"v{self._version}"]
            known = {each.name for each in await Deployments(self.engine).all() if each.registered_ms}
            return len(alive) >= WORKERS and f"v{self._version}" in known

        await until(do_they, f"the workers of v{self._version} do not come up", READY_S, every=0.5)

    def parts(self) -> dict[str, list[int]]:
        """Return the processes of each part that stays: of workers those of the newest version."""
        assert self.control is not None
        roots = {"web": [self.site.pid], "control": [self.control.pid], "worker": [each.pid for each in self.workers]}
        return {name: [pid for root in pids for pid in family(root)] for name, pids in roots.items()} | {
            "redis": self._servers.pids
        }

    def must_live(self) -> None:
        assert self.control is not None
        for each in (self.control, *self.workers, *self._others):
            each.must_live()

    @property
    def database(self) -> Path:
        return Path(self.site.env["GENISYS_HOME"]) / "db.sqlite3"

    async def stop(self) -> None:
        for each in (*self.workers, *self._leaving):
            each.terminate()
        for each in (*self.workers, *self._leaving, *([self.control] if self.control else []), *self._others):
            await asyncio.to_thread(each.stop, 20.0)
        await self.site.stop()
        await self.engine.close()
