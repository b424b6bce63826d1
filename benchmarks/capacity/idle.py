"""What an installation costs while nothing happens: the CPU of every process of `manage.py up`, with nothing to do."""

from __future__ import annotations

import asyncio
import sys
import time
from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx

from genisys_site.launching import ports

from ..harness.processes import BenchmarkFailed, Child
from ..harness.stage import Bench, until
from .curves import Curve

SETTLED_S = 45.0
"""What a start leaves behind: connections open, a spare worker imports, caches fill, and control comes to rest."""
READY_S = 120.0
PARTS = ("serve", "worker", "control")


@asynccontextmanager
async def installation(bench: Bench, name: str) -> AsyncIterator[Child]:
    """Run `manage.py up` with a home of its own and no model, until it is ready."""
    home = bench.folder / name
    home.mkdir()
    port = ports.reserve()
    env = {"GENISYS_HOME": str(home), "PORT": str(port), "OPENAI_API_KEY": "bench", "DATABASE_URL": "", "REDIS_URL": ""}
    up = Child(f"{name}-up", [sys.executable, "manage.py", "up"], bench.folder, env=env)

    async def ready() -> bool:
        up.must_live()
        try:
            async with httpx.AsyncClient(trust_env=False, timeout=5) as client:
                return (await client.get(f"http://127.0.0.1:{port}/readyz")).status_code == 200
        except httpx.HTTPError:
            return False

    try:
        await until(ready, "the installation is not ready", READY_S, every=0.5)
        yield up
    finally:
        await asyncio.to_thread(up.stop, 20.0)


def family(pid: int) -> dict[int, str]:
    """Return the process and all it has started, each with the part of the product that it is."""
    parents: dict[int, list[int]] = defaultdict(list)
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            try:
                parents[int(_stat(int(folder.name))[1])].append(int(folder.name))
            except OSError:
                continue  # it ended meanwhile
    found, left = {}, [pid]
    while left:
        each = left.pop()
        found[each] = _part(each)
        left += parents[each]
    return found


def cpu_ns(pid: int) -> int:
    """Return the time that a process has spent on a processor, threads that have ended included, to the nanosecond."""
    # clock_getcpuclockid(3), which Python does not have: Linux makes the clock's number of the process's.
    return time.clock_gettime_ns((~pid << 3) | 2)


async def idle_shares(pid: int, seconds: float) -> dict[str, float]:
    """Return per cents of one core, by part and process, over so many seconds."""
    parts = family(pid)
    before = {each: cpu_ns(each) for each in parts}
    clock = asyncio.get_running_loop().time()
    await asyncio.sleep(seconds)  # the time that is measured
    passed_ns = (asyncio.get_running_loop().time() - clock) * 1e9
    used = {}
    for each, part in parts.items():
        try:
            used[f"{part} {each}"] = 100 * (cpu_ns(each) - before[each]) / passed_ns
        except OSError as error:
            raise BenchmarkFailed(f"{part} ended while nothing happened") from error
    return used


def _stat(pid: int) -> list[str]:
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()


def _part(pid: int) -> str:
    words = Path(f"/proc/{pid}/cmdline").read_text().split("\0")
    if "redis" in words[0]:
        return "redis"
    return next((part for part in PARTS if part in words), "up")


async def idle(bench: Bench) -> list[Curve]:
    """Return the share of one core that each part and all of them take: `up` runs two workers and a spare one."""
    async with installation(bench, "idle") as up:
        await asyncio.sleep(SETTLED_S)
        used = await idle_shares(up.pid, bench.size(60, 5))
    parts = sorted({name.split()[0] for name in used})
    if missing := {*PARTS, "redis"} - set(parts):
        raise BenchmarkFailed(f"while nothing happened there was no {' and no '.join(sorted(missing))}")
    curves = [Curve(f"idle_{part}", "processes", "% of a core", f"an idle installation: {part}") for part in parts]
    for curve, part in zip(curves, parts, strict=True):
        of_part = [share for name, share in used.items() if name.split()[0] == part]
        curve.points[len(of_part)] = sum(of_part)
    every = Curve("idle_all", "processes", "% of a core", "an idle installation: all its processes")
    every.points[len(used)] = sum(used.values())
    return [*curves, every]
