"""What a run costs PostgreSQL: the processor time of all its processes, from the start over the API to the archive."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

import psycopg

from genisys.host import Deployments

from ..harness.postgres import postgres_server
from ..harness.processes import BenchmarkFailed, Child
from ..harness.site import Site
from ..harness.stage import DEPLOYMENT, Bench, Stage, stage, until
from .curves import Curve
from .idle import cpu_ns, family
from .whole import PATIENCE_S, UNLIMITED, starts
from .work import STEPS

MORE_CONTROLS = (2, 4)


async def postgres(bench: Bench) -> list[Curve]:
    with postgres_server(bench.folder) as address:
        if address is None:
            raise BenchmarkFailed("no PostgreSQL of Debian's package is installed")
        async with stage(bench, "postgres-redis") as place:
            product = _Product(bench, place, address)
            try:
                await product.start()
                with psycopg.connect(address, autocommit=True) as connection:
                    return await _curves(bench, product, connection)
            finally:
                await product.stop()


async def _curves(bench: Bench, product: _Product, connection: psycopg.Connection) -> list[Curve]:
    cost = Curve("postgres_ms_a_run", "runs", "ms", f"PostgreSQL's cores for a run of {STEPS} steps")
    control = Curve(
        "control_postgres_ms_a_run", "runs", "ms", f"control's core for a run of {STEPS} steps, in PostgreSQL"
    )
    shared = Curve("control_ms_by_controls", "controls", "ms", "the same of all controls together, where several run")
    server = _postmaster(connection)
    largest = bench.size(1000, 100)
    for size in (10, 10, 100, largest):  # the first warms all of them
        before = _used(server)
        control.points[size] = await product.control_ms_a_run(connection, size)
        cost.points[size] = _since(before, _used(server)) / 1e6 / size
    shared.points[1] = control.points[largest]
    for controls in MORE_CONTROLS:
        product.run_controls(controls)
        await product.control_ms_a_run(connection, 20)  # warms them
        shared.points[controls] = await product.control_ms_a_run(connection, largest)
    return [cost, control, shared]


class _Product:
    """A web process, a worker and controls, whose record is in PostgreSQL."""

    def __init__(self, bench: Bench, place: Stage, address: str) -> None:
        self._bench, self._place = bench, place
        folder = bench.folder / "postgres-site"
        folder.mkdir()
        self._site = Site(folder, place.url, "daphne")
        self._site.env |= UNLIMITED | {"DATABASE_URL": address}
        self._token = ""
        self._controls: list[Child] = []
        self._ended = 0

    async def start(self) -> None:
        await asyncio.to_thread(self._site.migrate)
        self._token = await asyncio.to_thread(self._site.token)
        await self._site.start()
        await self._place.ready(self._place.worker(concurrency=100))
        await Deployments(self._place.engine).promote(DEPLOYMENT)
        self.run_controls(1)

    def run_controls(self, count: int) -> None:
        """Have so many of them, with those that run already."""
        argv = [sys.executable, "manage.py", "control"]
        for number in range(len(self._controls), count):
            self._controls.append(Child(f"control-{number}", argv, self._bench.folder, env=self._site.env))

    async def control_ms_a_run(self, connection: psycopg.Connection, runs: int) -> float:
        """Start so many runs and wait for their records; return what that cost all controls."""
        before = sum(cpu_ns(each.pid) for each in self._controls)
        self._ended += runs
        await starts(self._site, self._token, runs)
        await _recorded(connection, self._ended)
        return (sum(cpu_ns(each.pid) for each in self._controls) - before) / 1e6 / runs

    async def stop(self) -> None:
        for each in self._controls:
            await asyncio.to_thread(each.stop)
        await self._site.stop()


def _postmaster(connection: psycopg.Connection) -> int:
    """Return the id of the server's own process, which starts one for each connection."""
    backend = connection.info.backend_pid
    return int(Path(f"/proc/{backend}/stat").read_text().rpartition(")")[2].split()[1])


def _used(server: int) -> dict[int, int]:
    """Return the nanoseconds of each process of the server."""
    return {pid: cpu_ns(pid) for pid in family(server)}


def _since(before: dict[int, int], after: dict[int, int]) -> int:
    """Return the nanoseconds since then; a connection that was closed meanwhile counts until it was last seen."""
    return sum(used - before.get(pid, 0) for pid, used in after.items())


async def _recorded(connection: psycopg.Connection, wanted: int) -> None:
    async def are() -> bool:
        found = connection.execute("select count(*) from runs_run where status = 'completed'").fetchone()
        return found is not None and int(found[0]) >= wanted

    await until(are, f"not all of {wanted} runs are on record", PATIENCE_S, every=0.5)
