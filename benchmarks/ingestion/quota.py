"""A site read with a model that allows so many requests a minute, and refuses some in bursts."""

from __future__ import annotations

import asyncio
from pathlib import Path

from .model import BURST_EVERY
from .product import Size, Speed, product

BURST_S = 1.0


async def measure(folder: Path, size: Size, per_minute: int, token_s: float) -> dict[str, float]:
    """Return the time from the first question to the last over what the quota itself takes for so many.

    The bursts are no part of that: while one lasts the quota is there and cannot be used. `over_allowed` is the time
    over that of the quota and the bursts together.
    """
    speed = Speed(token_s=token_s, per_minute=per_minute, burst_s=BURST_S)
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
        took_s, own_s = max(times) - min(times), (len(times) - 1) / per_minute * 60
        bursts_s = (len(times) - 1) // BURST_EVERY * BURST_S
        return {
            "over_quota": took_s / own_s,
            "over_allowed": took_s / (own_s + bursts_s),
            "failed_pages": profile["pages_failed"],
            "read_pages": profile["pages_read"],
            "answers": len(times),
            "asked_again": len(times) - len({answer.question for answer in answers if answer.path}),
            "quota_s": quota_s,
            "took_s": took_s,
        }
