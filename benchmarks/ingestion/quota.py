"""A site read with a model that allows so many requests a minute, and refuses some in bursts."""

from __future__ import annotations

import asyncio
from pathlib import Path

from .product import Size, Speed, product

BURST_S = 1.0


async def measure(folder: Path, size: Size, per_minute: int) -> dict[str, float]:
    """Return the time from the first question to the last answer over what the quota itself takes for so many."""
    speed = Speed(token_s=0.0005, per_minute=per_minute, burst_s=BURST_S)
    quota_s = size.pages / per_minute * 60
    async with product(folder / "quota", size, speed, INGEST_MIN_DELAY="0", INGEST_HOST_CONCURRENCY="8") as made:
        async with made.caller() as client:
            run_id = await made.begin(client)
            await made.recorded(run_id, 120 + 5 * quota_s)
            pages = (await client.get("/api/sites")).json()
            site = (await client.get(f"/api/sites/{pages[0]['id']}")).json()
        answers = await asyncio.to_thread(made.answers)
        times = [answer.at for answer in answers if answer.path]
        profile = site["profile"]
        return {
            "over_quota": (max(times) - min(times)) / ((len(times) - 1) / per_minute * 60),
            "failed_pages": profile["pages_failed"],
            "read_pages": profile["pages_read"],
            "answers": len(times),
            "asked_again": len(times) - len({answer.question for answer in answers if answer.path}),
            "quota_s": quota_s,
            "took_s": max(times) - min(times),
        }
