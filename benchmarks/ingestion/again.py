"""A site read twice, unchanged: what the second reading asks of the model, and how often the site says 304."""

from __future__ import annotations

import asyncio
from pathlib import Path

from .product import Size, Speed, product

S_PER_PAGE_MOST = 2.0


async def measure(folder: Path, size: Size) -> dict[str, float]:
    """Read the site, read it again, and count what the second reading asked for."""
    limit_s = 120 + size.pages * S_PER_PAGE_MOST
    settings = {"INGEST_MIN_DELAY": "0", "INGEST_HOST_CONCURRENCY": "8"}
    async with product(folder / "again", size, Speed(token_s=0.0), **settings) as made, made.caller() as client:
        await made.recorded(await made.begin(client), limit_s)
        asked = len(await asyncio.to_thread(made.answers))
        whole = await asyncio.to_thread(made.read.whole)
        site_id = (await client.get("/api/sites")).json()[0]["id"]
        await made.recorded((await client.post(f"/api/sites/{site_id}/read", json={})).json()["run_id"], limit_s)
        answers = (await asyncio.to_thread(made.answers))[asked:]
        again = await asyncio.to_thread(made.read.whole)
        return {
            "model_calls_of_pages": sum(bool(answer.path) for answer in answers),
            "model_calls": len(answers),
            "unchanged": await asyncio.to_thread(made.read.unchanged),
            "fetched_whole": sum(map(len, again.values())) - sum(map(len, whole.values())),
            "pages": size.pages,
        }
