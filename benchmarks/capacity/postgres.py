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
from ..harness.stage import DEPLOYMENT, Bench, stage, until
from .curves import Curve
from .idle import cpu_ns, family
from .whole import PATIENCE_S, UNLIMITED, starts
from .work import STEPS


async def postgres(bench: Bench) -> list[Curve]:
    cost = Curve("postgres_ms_a_run", "runs", "ms", f"PostgreSQL's cores for a run of {STEPS} steps")
    control = Curve(
        "control_postgres_ms_a_run", "runs", "ms", f"control's core for a run of {STEPS} steps, in PostgreSQL"
    )
    folder = bench.folder / "postgres-site"
    folder.mkdir()
    with postgres_server(bench.folder) as address:
        if address is None:
            raise BenchmarkFailed("no PostgreSQL of Debian's package is installed")
        async with stage(bench, "postgres-redis") as place:
            site = Site(folder, place.url, "daphne")
            site.env |= UNLIMITED | {"DATABASE_URL": address}
            await asyncio.to_thread(site.migrate)
            token = await asyncio.to_thread(site.token)
            recorder: Child | None = None
            try:
                await site.start()
                await place.ready(place.worker(concurrency=100))
                await Deployments(place.engine).promote(DEPLOYMENT)
                recorder = Child("control", [sys.executable, "manage.py", "control"], bench.folder, env=site.env)
                ended = 0
                with psycopg.connect(address, autocommit=True) as connection:
                    server = _postmaster(connection)
                    for size in (10, 10, 100, bench.size(1000, 100)):  # the first warms all of them
                        before = _used(server), cpu_ns(recorder.pid)
                        ended += size
                        await starts(site, token, size)
                        await _recorded(connection, ended)
                        cost.points[size] = _since(before[0], _used(server)) / 1e6 / size
                        control.points[size] = (cpu_ns(recorder.pid) - before[1]) / 1e6 / size
            finally:
                if recorder is not None:
                    await asyncio.to_thread(recorder.stop)
                await site.stop()
    return [cost, control]


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
