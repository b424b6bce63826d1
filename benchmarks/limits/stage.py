"""The stage of `benchmarks.limits`: scripted providers and worker processes beside the Redis of `harness.stage`."""

from __future__ import annotations

import json
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import httpx

from genisys.host import Engine, RunMeta
from genisys_site.launching import ports

from ..harness.processes import ANSWER_S, Child
from ..harness.stage import Bench, redis_server, swept, until
from .workflows import PROVIDERS

DEPLOYMENT = "bench-limits"
WORKERS = 4
RUNS_EACH = 10


class ProviderProcess:
    """A scripted provider that can be killed, and started again on the same port."""

    def __init__(self, name: str, folder: Path, token_seconds: float) -> None:
        self.name = name
        self.port = ports.reserve()
        self.base_url = f"http://{ports.LOOPBACK}:{self.port}/v1"
        self._folder = folder
        self._token_seconds = token_seconds
        self._child: Child | None = None

    async def start(self) -> None:
        argv = [sys.executable, "-m", "genisys.testing", "--port", str(self.port)]
        child = self._child = Child(self.name, [*argv, "--token-seconds", str(self._token_seconds)], self._folder)

        async def answers() -> bool:
            child.must_live()
            with suppress(httpx.HTTPError):
                return await self.ask("GET", "/__counts") is not None
            return False

        await until(answers, f"provider {self.name} does not answer", 120)

    async def ask(self, method: str, path: str, body: Any = None) -> Any:
        base_url = self.base_url.removesuffix("/v1")
        async with httpx.AsyncClient(base_url=base_url, trust_env=False, timeout=ANSWER_S) as http:
            return (await http.request(method, path, json=body)).json()

    async def counts(self) -> tuple[int, int]:
        """Return how many requests were answered, and how many were refused as too many."""
        counts = await self.ask("GET", "/__counts")
        return sum(count for status, count in counts.items() if status == "200"), counts.get("429", 0)

    def kill(self) -> None:
        if self._child is not None:
            self._child.kill_all()


class LimitsStage:
    """An engine with its workers, for one measure."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine

    async def start(self, runs: int, calls: int) -> list[str]:
        return [await self.engine.start("bench-ask", {"calls": calls}, title=f"ask {n}") for n in range(runs)]

    async def ended(self, run_ids: Sequence[str], seconds: float) -> list[RunMeta]:
        """Wait until every run has ended. Raises BenchmarkFailed when that takes longer."""

        async def all_closed() -> list[RunMeta]:
            metas = await self.engine.metas(run_ids)
            closed = [meta for meta in metas.values() if meta.closed]
            return closed if len(closed) == len(run_ids) else []

        return await until(all_closed, "the runs did not end", seconds, every=0.2)


@asynccontextmanager
async def stage(folder: Path, name: str, providers: Sequence[dict[str, Any]]) -> AsyncIterator[LimitsStage]:
    """Set the stage with these providers, and clear it again whatever happens on it."""
    async with (
        redis_server(Bench(folder), f"{name}-redis", "everysec") as url,
        Engine(url, deployment=DEPLOYMENT) as engine,
        swept(engine),
    ):
        argv = [sys.executable, "-m", "genisys", "worker", "benchmarks.limits.workflows", "--redis", url]
        options = ["--deployment", DEPLOYMENT, "--processes", str(WORKERS), "--concurrency", str(RUNS_EACH)]
        env = {PROVIDERS: json.dumps(list(providers))}
        workers = Child(f"{name}-workers", [*argv, *options], folder, env=env)

        async def all_beat() -> bool:
            workers.must_live()
            return len(await engine.workers()) == WORKERS

        try:
            await until(all_beat, "the workers do not beat", 180, every=0.2)
            yield LimitsStage(engine)
        finally:
            workers.stop()
