"""Those who use the product: they start runs of both workflows, look on, leave, and count what was lost."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import random
import time
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

import httpx

from genisys.client import follow

from .product import Product

CALL_S = 60.0
ENDED = ("completed", "failed", "cancelled")
PATIENCE_S = 300.0
READING_EVERY = 3
"""One run in so many reads a site; the others write posts from what was read."""


@dataclass(slots=True)
class Account:
    """What came of the runs, and how long things took in the present minute (seconds)."""

    started: int = 0
    ended: Counter[str] = field(default_factory=Counter)
    faults: list[str] = field(default_factory=list)
    viewers: int = 0
    refused: int = 0
    start_s: list[float] = field(default_factory=list)
    lag_s: list[float] = field(default_factory=list)


class Traffic:
    """All of it, as tasks that end with `over`."""

    def __init__(self, product: Product, *, seed: int = 7) -> None:
        self._product = product
        self._random = random.Random(seed)  # noqa: S311 - a load, no secret
        self._client = httpx.AsyncClient(
            base_url=product.site.url,
            headers={"Authorization": f"Bearer {product.token}"},
            trust_env=False,
            timeout=CALL_S,
        )
        self.open_runs: list[str] = []
        self._read = asyncio.Event()
        self.account = Account()
        self.over = asyncio.Event()

    async def start_runs(self, every_s: float, most_open: int) -> None:
        """Start a run of one workflow or the other every so often, unless so many are open."""
        for number in itertools.count():
            if len(self.open_runs) < most_open:
                await self._start(number)
            if await self._is_over(every_s):
                return

    async def look_on(self) -> None:
        """Be one viewer after another, each for a while."""
        while not self.over.is_set():
            if self.open_runs:
                await self._view(self._random.choice(self.open_runs), self._random.uniform(1, 20))
            else:
                await self._is_over(1)

    async def settle(self) -> None:
        """Look at the runs that were open until each has ended, and read its log whole."""
        while not (self.over.is_set() and not self.open_runs):
            for run_id in list(self.open_runs):
                with contextlib.suppress(httpx.HTTPError):  # it is asked for again
                    await self._settle(run_id)
            await asyncio.sleep(1)  # people ask again, but not all the time

    async def disturb(self, act: Any, every_s: float) -> None:
        while not await self._is_over(every_s):
            await act()

    async def close(self) -> None:
        await self._client.aclose()

    async def _is_over(self, seconds: float) -> bool:
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self.over.wait(), seconds)
        return self.over.is_set()

    async def _start(self, number: int) -> None:
        reads = number % READING_EVERY == 0 or not self._read.is_set()
        address = self._product.addresses[number // READING_EVERY % 2]
        order = {"url": address, "max_pages": 4} if reads else {"topic": "How a valve is looked after", "sections": 3}
        name = "ingest-site" if reads else "write-post"
        before = time.monotonic()
        try:
            answer = await self._client.post(f"/api/workflows/{name}/start", json=order)
        except httpx.HTTPError:
            answer = None
        if answer is None or answer.status_code != 202:
            self.account.refused += 1
            return
        self.account.start_s.append(time.monotonic() - before)
        self.account.started += 1
        self.open_runs.append(answer.json()["id"])

    async def _view(self, run_id: str, seconds: float) -> None:
        self.account.viewers += 1
        url = f"{self._product.site.url}/api/runs/{run_id}/events"
        came, last = time.time(), 0
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds), follow(url, token=self._product.token) as run:
                async for event in run:
                    if event["type"] == "resync":  # Redis was restarted
                        last = event["seq"]
                        continue
                    if event["seq"] <= last:
                        self.account.faults.append(f"a viewer of {run_id} got event {event['seq']} behind {last}")
                    last = event["seq"]
                    if event["at"] / 1000 > came:
                        self.account.lag_s.append(time.time() - event["at"] / 1000)

    async def _asked(self, path: str, **query: int) -> Any:
        answer = await self._client.get(path, params=query)
        return answer.raise_for_status().json()

    async def _settle(self, run_id: str) -> None:
        run = await self._asked(f"/api/runs/{run_id}")
        if run["status"] not in ENDED:
            return
        completed: Counter[str] = Counter()
        after = 0
        while True:
            page = await self._asked(f"/api/runs/{run_id}/events", after=after, limit=1000)
            for event in page["events"]:
                if event["seq"] - event.get("covers", 1) != after:
                    self.account.faults.append(f"the log of {run_id} has a hole behind {after}")
                after = event["seq"]
                if event["type"] == "step.completed":
                    completed[event["step"]] += 1
            if page["up_to_date"]:
                break
        if twice := [step for step, times in completed.items() if times > 1]:
            self.account.faults.append(f"{run_id} completed {len(twice)} steps twice")
        self.open_runs.remove(run_id)
        self.account.ended[run["status"]] += 1
        if run["workflow"] == "ingest-site" and run["status"] == "completed":
            self._read.set()
        if run["status"] != "completed":
            self.account.faults.append(f"{run_id} ended as {run['status']}: {run.get('error')}")
