"""Fleets of real worker processes, and what their workflows leave behind."""

from __future__ import annotations

import sys
from collections import Counter
from pathlib import Path
from typing import Any

from genisys.host import Engine, WorkerInfo
from tests.waits import until

LEASE_S = 4.0
"""As short as leases can be, so that a lost host costs seconds."""


def worker_argv(redis_url: str, deployment: str, *, module: str = "tests.engine.flows", **options: Any) -> list[str]:
    """Return the command of a parent and its children. `options` are its own, with underscores; True for a flag."""
    given = {"lease_seconds": LEASE_S, **options}
    argv = [sys.executable, "-m", "genisys", "worker", module, "--redis", redis_url, "--deployment", deployment]
    for name, value in given.items():
        argv += [f"--{name.replace('_', '-')}", *([] if value is True else [str(value)])]
    return argv


async def workers(engine: Engine, count: int) -> list[WorkerInfo]:
    """Wait until there are so many workers, and return them."""

    async def alive() -> list[WorkerInfo] | None:
        found = await engine.workers()
        return found if len(found) >= count else None

    return await until(alive, f"{count} workers are not there")


def marks(folder: Path) -> Counter[str]:
    """Return how often each mark was written there."""
    file = folder / "marks"
    return Counter(line.split()[0] for line in file.read_text().splitlines()) if file.exists() else Counter()
