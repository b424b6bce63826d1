"""What runs lose while a provider is down: its process is killed, and started again after some seconds."""

from __future__ import annotations

import asyncio
import statistics
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

from genisys.host import Engine

from ..harness.stage import until
from .stage import LimitsStage, ProviderProcess, stage

RUNS = 20
CALL_S = 0.4
UP_S = 6.0


async def measure(folder: Path, down_s: float, *, fallback: bool) -> dict[str, float]:
    """Return `failed_runs` and `lost_s`: the longest time that a run stood still, over the outage itself.

    With a fallback the outage is no excuse: all that a run stood still counts.
    """
    name = "fallback" if fallback else "alone"
    first = ProviderProcess(f"{name}-first", folder, CALL_S / 6)
    spare = ProviderProcess(f"{name}-spare", folder, CALL_S / 6)
    await first.start()
    providers = [{"name": "first", "base_url": first.base_url}]
    if fallback:
        await spare.start()
        providers.append({"name": "spare", "base_url": spare.base_url})
    calls = round((UP_S * 2 + (down_s if fallback else 0)) / CALL_S)
    try:
        async with stage(folder, name, providers) as here:
            run_ids = await here.start(RUNS, calls)
            await until(lambda: _all_answered(here, run_ids), "the runs do not begin", 60)
            await asyncio.sleep(UP_S / 2)  # for the usual time between two answers to be seen
            first.kill()
            await asyncio.sleep(down_s)  # the outage itself
            await first.start()
            metas = await here.ended(run_ids, down_s + UP_S * 4 + 90)
            still = max([await _stood_still(here.engine, run_id) for run_id in run_ids])
    finally:
        first.kill()
        spare.kill()
    lost = still if fallback else still - down_s
    return {"failed_runs": sum(meta.status != "completed" for meta in metas), "lost_s": max(0.0, lost)}


async def _all_answered(here: LimitsStage, run_ids: Sequence[str]) -> bool:
    return all([await _ends(here.engine, run_id) for run_id in run_ids])


async def _ends(engine: Engine, run_id: str) -> list[float]:
    """Return when each call of the run was answered, in seconds."""
    return [event["at"] / 1000 for event in await engine.events(run_id) if event["type"] == "step.completed"]


async def _stood_still(engine: Engine, run_id: str) -> float:
    """Return the longest time between two answers, over the usual one."""
    gaps = [later - earlier for earlier, later in pairwise(await _ends(engine, run_id))]
    return max(gaps) - statistics.median(gaps)
