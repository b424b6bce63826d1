"""A run of ten thousand steps that goes on, in a real browser: how long its pages take to open, scroll and follow it.

A web process serves the run from its log in Redis, to somebody of the staff whose own run it is. A long task is one
that holds the browser's main thread for 50 ms or more (PerformanceObserver), so none is under that.
"""

from __future__ import annotations

import asyncio
import random
import shutil
import time
from dataclasses import dataclass, field
from typing import Any

from playwright.async_api import Browser, Page, async_playwright

from genisys.host import Engine, new_run_id
from genisys.store.records import Append, Lease

from ..harness.processes import BenchmarkFailed
from ..harness.site import Site
from ..harness.stage import Bench, redis_server

INSIDE = 99
"""Steps inside each step at the top."""
OPENED, FOLLOWED = 5, 12
FILL = 200
WAIT_MS = 20_000
_WATCH = """
window.benchmark = { long: [], seen: {} };
new PerformanceObserver((list) => {
  for (const task of list.getEntries()) window.benchmark.long.push(task.duration);
}).observe({ type: "longtask", buffered: true });
document.addEventListener("DOMContentLoaded", () => {
  const look = () => {
    for (const [found] of document.body.textContent.matchAll(/late news [0-9]+!/g)) {
      window.benchmark.seen[found] ??= Date.now();
    }
  };
  new MutationObserver(look).observe(document.body, { childList: true, subtree: true, characterData: true });
});
"""
_DRAWN = "() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => done(true))))"
_SCROLL = """async () => {
  window.benchmark.long.length = 0;
  const whole = document.documentElement.scrollHeight;
  for (let at = 0; at <= 60; at += 1) {
    scrollTo(0, (whole * (at <= 30 ? at : 60 - at)) / 30);
    await new Promise((done) => requestAnimationFrame(() => setTimeout(done, 16)));
  }
  return Math.max(0, ...window.benchmark.long);
}"""


@dataclass(slots=True)
class Opened:
    """What a page of the run took: seconds to open, the longest task while it was scrolled, seconds behind the log."""

    name: str
    open_s: list[float] = field(default_factory=list)
    longest_ms: float = 0.0
    lag_s: list[float] = field(default_factory=list)


class BigRun:
    """A run in this process's hand, with `steps` steps in its log and more to come."""

    def __init__(self, engine: Engine, run_id: str) -> None:
        self.id = run_id
        self._engine = engine
        self._lease: Lease | None = None
        self._batches = 0
        self._late = 0

    async def begin(self, steps: int) -> None:
        """Write its beginning and its steps, each of which has ended."""
        now = _now_ms()
        meta = {"workflow": "bench-text", "title": "A big one", "deployment": "bench", "created_ms": str(now)}
        queued = {"type": "run.queued", "at": now, "workflow": "bench-text", "title": "A big one"}
        await self._engine.store.create(self.id, meta, Append(events=[queued], status="queued"))
        lease = await self._engine.store.acquire(self.id, "benchmark")
        if isinstance(lease, str):
            raise BenchmarkFailed(f"the lease of the run is {lease}")
        self._lease = lease
        await self._append({"type": "run.started", "worker": "benchmark"}, status="running")
        events = [event for number in range(steps) for event in _step(number)]
        for begin in range(0, len(events), FILL):
            await self._append(*events[begin : begin + FILL])

    async def news(self) -> tuple[str, float]:
        """Write that one more step has begun; return how its name reads, and when it was written."""
        self._late += 1
        name = f"late news {self._late}!"
        step = {"type": "step.started", "step": f"late{self._late}", "name": name, "title": name, "parent": ""}
        at = time.time()
        await self._append(step)
        return name, at

    async def _append(self, *events: dict[str, Any], status: str = "") -> None:
        assert self._lease is not None
        self._batches += 1
        batch = Append(events=[{"at": _now_ms(), **event} for event in events], status=status)
        answer = await self._engine.store.append(self._lease, self._batches, batch)
        if answer.code != "ok":
            raise BenchmarkFailed(f"the log of the run answered {answer.code}")


def _now_ms() -> int:
    return time.time_ns() // 1_000_000


def _step(number: int) -> list[dict[str, Any]]:
    top = number // (INSIDE + 1)
    inside = bool(number % (INSIDE + 1))
    name = ("fetch", "split", "ask")[number % 3] if inside else "chapter"
    step = {"step": f"{number:08x}", "name": name, "title": f"{name} {number}"}
    parent = f"{top * (INSIDE + 1):08x}" if inside else ""
    failed = number % 500 == 77
    end = (
        {"type": "step.failed", "error": {"kind": "Broken", "message": "It broke."}}
        if failed
        else {"type": "step.completed"}
    )
    return [{"type": "step.started", **step, "parent": parent}, {**end, "step": step["step"]}]


async def look(bench: Bench) -> list[Opened]:
    """Return how the staff's trace and the run's own page do."""
    path = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if path is None:
        raise BenchmarkFailed("There is no Chromium on PATH.")
    (bench.folder / "site").mkdir()
    async with redis_server(bench, "redis", "everysec") as url, Engine(url, deployment="bench") as engine:
        site = Site(bench.folder / "site", url, "daphne")
        await asyncio.to_thread(site.prepare, bench.folder / "template.sqlite3")
        run = BigRun(engine, new_run_id())
        await run.begin(bench.size(10_000, 1_000))
        cookies = await asyncio.to_thread(lambda: site.people([run.id], staff=True))
        await site.start()
        try:
            await site.warm()
            async with async_playwright() as playwright:
                browser = await playwright.chromium.launch(executable_path=path, args=["--no-sandbox", "--disable-gpu"])
                trace = await _looked(browser, site, f"/staff/runs/{run.id}/", cookies[run.id], run)
                own = await _looked(browser, site, f"/runs/{run.id}/", cookies[run.id], run)
                await browser.close()
        finally:
            await site.stop()
    return [trace, own]


async def _looked(browser: Browser, site: Site, path: str, cookie: str, run: BigRun) -> Opened:
    found = Opened(path.split("/")[1])
    context = await browser.new_context(viewport={"width": 1280, "height": 900})
    name, _, value = cookie.partition("=")
    await context.add_cookies([{"name": name, "value": value, "url": site.url}])
    page = await context.new_page()
    await page.add_init_script(_WATCH)
    for _ in range(OPENED):
        began = time.perf_counter()
        await page.goto(site.url + path, timeout=WAIT_MS)
        await page.get_by_text("chapter").first.wait_for(timeout=WAIT_MS)
        await page.evaluate(_DRAWN)
        found.open_s.append(time.perf_counter() - began)
    found.longest_ms = await page.evaluate(_SCROLL)
    await page.evaluate("scrollTo(0, 0)")
    await _follow(page, run, found)
    await context.close()
    return found


async def _follow(page: Page, run: BigRun, found: Opened) -> None:
    for _ in range(FOLLOWED):
        await asyncio.sleep(random.uniform(0.5, 1.5))  # noqa: S311 - news does not keep in step with who looks
        name, at = await run.news()
        await page.wait_for_function("name => window.benchmark.seen[name]", arg=name, timeout=WAIT_MS)
        found.lag_s.append(await page.evaluate("name => window.benchmark.seen[name]", name) / 1000 - at)
