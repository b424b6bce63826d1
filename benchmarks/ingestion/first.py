"""How soon a person sees something: from the start over the API to the first news of a run's live tail."""

from __future__ import annotations

import json
import statistics
import time
from pathlib import Path
from typing import Any

import httpx

from .product import Product, Size, Speed, product
from .site import path_of

TRIES = 5
STREAM_S = 120.0


async def measure(folder: Path, size: Size) -> dict[str, float]:
    """Return the medians of some readings, one after another; the product's own pace and options."""
    found = list[dict[str, float]]()
    async with product(folder / "first", size, Speed(token_s=0.001)) as made, made.caller() as client:
        for turn in range(TRIES):
            found.append(await _one(made, client, turn))
    return {name: statistics.median(each[name] for each in found) for name in found[0]} | {
        f"{name}_worst": max(each[name] for each in found) for name in found[0]
    }


async def _one(made: Product, client: httpx.AsyncClient, turn: int) -> dict[str, float]:
    """Start a reading, watch it until its first fact, and have it end."""
    began = time.monotonic()
    start = path_of(10 + turn * (made.size.pages // TRIES))  # a site of its own, whose answers no reading has asked for
    run_id = await made.begin(client, url=f"{made.read.url}{start}", max_pages=5)
    found = {"started_s": time.monotonic() - began}
    headers = {"Accept": "application/x-ndjson"}
    async with client.stream("GET", f"/api/runs/{run_id}/events", headers=headers, timeout=STREAM_S) as answer:
        async for line in answer.aiter_lines():
            frame = json.loads(line) if line.strip() else {}
            for event in frame.get("events", []):
                for name in news(event):
                    found.setdefault(name, time.monotonic() - began)
    return found


def news(event: dict[str, Any]) -> list[str]:
    """Return of which kinds an event is the news: a status, a page that was read, a fact."""
    found = ["status_s"] if event["type"] == "status" else []
    data = event.get("data")
    if event["type"] == "event" and event.get("name") == "page" and isinstance(data, dict):
        found += ["page_s"] if data.get("words") else []
        found += ["fact_s"] if data.get("facts") else []
    return found
