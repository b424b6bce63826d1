"""How much of a provider's quota four workers use, and how much of what they send is refused."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path

from ..harness.processes import BenchmarkFailed
from .stage import ProviderProcess, stage

RUNS = 40
SETTLING_S = 5.0  # the first requests may catch up a little, which is not the steady use that is asked for


async def measure(folder: Path, requests_per_minute: int, seconds: float) -> dict[str, float]:
    """Return `quota_used` and `share_429` (fractions) and `failed_runs`; takes about `seconds` and the start of all."""
    calls = max(1, round(requests_per_minute / 60 * seconds / RUNS))
    provider = ProviderProcess("quota-provider", folder, token_seconds=0.02)
    await provider.start()
    try:
        await provider.ask("POST", "/__quota", {"requests_per_minute": requests_per_minute})
        known = {"name": "scripted", "base_url": provider.base_url, "requests_per_minute": requests_per_minute}
        async with stage(folder, "quota", [known]) as here:
            run_ids = await here.start(RUNS, calls)
            counted = asyncio.create_task(_counted(provider, RUNS * calls))
            try:
                metas = await here.ended(run_ids, 2 * seconds + 60)
            finally:
                counted.cancel()
                points = await counted
        answered, refused = await provider.counts()
    finally:
        provider.kill()
    return {
        "quota_used": used(points, requests_per_minute, RUNS * calls),
        "share_429": refused / max(1, answered + refused),
        "failed_runs": sum(meta.status != "completed" for meta in metas),
    }


def used(points: list[tuple[float, int]], requests_per_minute: int, calls: int) -> float:
    """Return the share of the quota that was answered between the settling and the last twentieth of the calls."""
    began = next(at for at, answered in points if answered)
    steady = [(at, answered) for at, answered in points if at >= began + SETTLING_S and answered <= 0.95 * calls]
    if len(steady) < 2:
        raise BenchmarkFailed("the calls were over before their rate could be measured")
    (first_at, first), (last_at, last) = steady[0], steady[-1]
    return (last - first) / ((last_at - first_at) / 60 * requests_per_minute)


async def _counted(provider: ProviderProcess, calls: int) -> list[tuple[float, int]]:
    points: list[tuple[float, int]] = []
    try:
        while not points or points[-1][1] < calls:
            answered, _ = await provider.counts()
            points.append((time.monotonic(), answered))
            await asyncio.sleep(0.25)  # some points a second are enough for a rate
    except asyncio.CancelledError:
        pass  # what was counted so far is what is asked for
    return points
