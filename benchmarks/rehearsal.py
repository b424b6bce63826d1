"""`python -m benchmarks.rehearsal`, as `deploy/rehearse` calls it: a deploy under long runs and their viewers.

Runs begin on blue. Green comes up beside it and is promoted; blue's runs are moved there, and its worker is stopped.
Then all is taken back to a new worker of blue. Every viewer follows its run through the hub, as a web process has it;
at the end every log and every journal is read. The exit code is 1 where anything was lost or done twice.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

from genisys.host import Deployments, Hub

from .engine.measures.handover import nothing_lost_or_doubled
from .harness.processes import BenchmarkFailed, Child, log_errors_alone
from .harness.stage import DEPLOYMENT, Bench, Stage, stage, swept, until

BLUE, GREEN = DEPLOYMENT, "green"
STEP_S = 0.5
STEPS = 3600
MOST_SILENCE_S = 2.0
PATIENCE_S = 60.0


class Viewers:
    """Readers of runs in one hub, and for how long one of them was without news."""

    def __init__(self, hub: Hub) -> None:
        self._hub = hub
        self._watching: list[asyncio.Task[None]] = []
        self._heard: dict[int, float] = {}
        self.longest_s = 0.0

    def watch(self, run_id: str) -> None:
        self._watching.append(asyncio.create_task(self._watch(len(self._watching), run_id)))

    async def _watch(self, number: int, run_id: str) -> None:
        async with self._hub.view(run_id) as viewer:
            async for _ in viewer:
                now = time.monotonic()
                self.longest_s = max(self.longest_s, now - self._heard.get(number, now))
                self._heard[number] = now

    def all_listen(self) -> bool:
        return len(self._heard) == len(self._watching)

    async def stop(self) -> None:
        """End them; one that has heard nothing since counts until now."""
        self.longest_s = max([self.longest_s, *(time.monotonic() - heard for heard in self._heard.values())])
        for task in self._watching:
            task.cancel()
        await asyncio.gather(*self._watching, return_exceptions=True)


class Rehearsal:
    """One deploy there and back on a stage."""

    def __init__(self, place: Stage, runs: int) -> None:
        self._place = place
        self._engine = place.engine
        self._deployments = Deployments(place.engine)
        self._runs = runs
        self._ids: list[str] = []

    async def go(self, viewers: int) -> bool:
        """Play it; return whether nothing was lost, nothing doubled and nobody waited for long."""
        blue = self._worker(BLUE)
        await self._took("blue comes up", self._registered(BLUE))
        await self._deployments.promote(BLUE)
        self._ids = [await self._place.start("bench-waits", steps=STEPS, seconds=STEP_S) for _ in range(self._runs)]
        await self._took(f"{self._runs} runs are under way", self._all_on(BLUE))
        hub = Hub(self._engine)
        await hub.start()
        watching = Viewers(hub)
        for number in range(viewers):
            watching.watch(self._ids[number % self._runs])
        await self._took(
            f"{viewers} viewers are attached", until(_said(watching), "a viewer hears nothing", PATIENCE_S)
        )
        green = self._worker(GREEN)
        await self._took("green comes up beside it", self._registered(GREEN))
        await self._deployments.promote(GREEN)
        await self._took("all runs are moved to green", self._moved(GREEN))
        await self._took("blue has stopped", blue.ended(PATIENCE_S))
        self._worker(BLUE)
        await self._deployments.promote(BLUE)
        await self._took("all is taken back to blue", self._moved(BLUE))
        await self._took("green has stopped", _stopped(green))
        await watching.stop()
        await hub.stop()
        return await self._account(watching.longest_s)

    def _worker(self, deployment: str) -> Child:
        return self._place.worker(concurrency=self._runs + 2, deployment=deployment)

    async def _took(self, what: str, act: Awaitable[object]) -> None:
        before = time.monotonic()
        await act
        print(f"{what:<34} {time.monotonic() - before:6.1f} s", flush=True)

    async def _registered(self, deployment: str) -> None:
        async def is_alive() -> bool:
            # Its first beat comes before it has written down what its code holds.
            known = {each.name for each in await self._deployments.all() if each.registered_ms}
            return deployment in known and any(
                worker.deployment == deployment for worker in await self._engine.workers()
            )

        await until(is_alive, f"no worker of {deployment} came up", PATIENCE_S, every=0.1)

    async def _all_on(self, deployment: str) -> None:
        async def are() -> bool:
            metas = await self._engine.metas(self._ids)
            return all(meta.deployment == deployment and meta.worker for meta in metas.values())

        await until(are, f"not all runs are held by {deployment}", PATIENCE_S, every=0.1)

    async def _moved(self, deployment: str) -> None:
        await self._registered(deployment)
        for run_id in self._ids:
            await self._engine.move(run_id, deployment, by="rehearse")
        if deployment == GREEN:
            self._place.workers[0].terminate()
        holders = {worker.id for worker in await self._engine.workers() if worker.deployment == deployment}

        async def are() -> bool:
            metas = await self._engine.metas(self._ids)
            holders.update(each.id for each in await self._engine.workers() if each.deployment == deployment)
            return all(meta.worker in holders for meta in metas.values())

        await until(are, f"not all runs are held by {deployment}", PATIENCE_S, every=0.1)

    async def _account(self, silence_s: float) -> bool:
        faults = []
        for run_id in self._ids:
            try:
                await nothing_lost_or_doubled(self._place, run_id)
            except BenchmarkFailed as error:
                faults.append(str(error))
        attempts = [meta.attempt for meta in (await self._engine.metas(self._ids)).values()]
        print(f"moved: {sum(attempts) - len(attempts)} hand-overs of {len(attempts)} runs")
        print(f"lost: {self._runs - len(attempts)}, with a hole or a step done twice: {len(faults)}")
        print(f"longest time without news at a viewer: {silence_s:.1f} s (at most {MOST_SILENCE_S:g})")
        for fault in faults:
            print(fault, file=sys.stderr)
        return not faults and len(attempts) == self._runs and silence_s <= MOST_SILENCE_S


def _said(watching: Viewers) -> Callable[[], Awaitable[bool]]:
    async def all_listen() -> bool:
        return watching.all_listen()

    return all_listen


async def _stopped(child: Child) -> None:
    child.terminate()
    await child.ended(PATIENCE_S)


async def _play(folder: Path, runs: int, viewers: int) -> bool:
    async with stage(Bench(folder), "rehearsal") as place, swept(place.engine):
        return await Rehearsal(place, runs).go(viewers)


def main() -> int:
    parser = argparse.ArgumentParser(prog="deploy/rehearse", description="A deploy there and back under long runs.")
    parser.add_argument("--runs", type=int, default=20, help="long runs (%(default)s)")
    parser.add_argument("--viewers", type=int, default=40, help="viewers, dealt out to the runs (%(default)s)")
    given = parser.parse_args()
    log_errors_alone()
    with tempfile.TemporaryDirectory(prefix="rehearsal-", ignore_cleanup_errors=True) as folder:
        return 0 if asyncio.run(_play(Path(folder), given.runs, given.viewers)) else 1


if __name__ == "__main__":
    sys.exit(main())
