"""Sequential durable steps: the floor, ours and DBOS, in turns, so that the machine's moods fall on all alike."""

from __future__ import annotations

import asyncio
import statistics
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from functools import partial

from ...harness.figures import Found, row
from ...harness.stage import Bench, Fsync, Stage, stage
from ..rivals.dbos import APIS, dbos, missing, variants
from ..rivals.redis_floor import blocking_floor_ms, floor_ms

Take = Callable[[int], Awaitable[list[float]]]

OURS_ALWAYS, OURS_DEFAULT = "genisys (fsync always)", "genisys (fsync each second, our default)"
FLOOR_ALWAYS, FLOOR_DEFAULT = "Redis floor (fsync always)", "Redis floor (fsync each second)"
SETTINGS: tuple[tuple[Fsync, str, str], ...] = (
    ("always", FLOOR_ALWAYS, OURS_ALWAYS),
    ("everysec", FLOOR_DEFAULT, OURS_DEFAULT),
)


async def sequential(bench: Bench) -> Found:
    """Measure ms per step, each round one stretch of steps of every participant."""
    steps, rounds = bench.size(400, 40), bench.size(5, 2)
    async with AsyncExitStack() as stack:
        takes: dict[str, Take] = {}
        for fsync, floor, ours in SETTINGS:
            place = await stack.enter_async_context(stage(bench, f"sequential-{fsync}", fsync))
            await place.ready(place.worker())
            takes[floor] = partial(floor_ms, place.url)
            takes[f"{floor}, blocking client"] = partial(_blocking_floor, place.url)
            takes[ours] = partial(_ours, place)
        headline: list[str] = []
        if not missing(bench):
            for variant in variants(bench, "sequential"):
                theirs = await stack.enter_async_context(dbos(bench, variant))
                for api in APIS:
                    takes[f"{variant.name}, {api}"] = partial(theirs.sequential, api)
                headline += [f"{variant.name}, {api}" for api in APIS] if variant.headline else []

        for take in takes.values():
            await take(20)  # compiled, connected, cached
        medians: dict[str, list[float]] = {name: [] for name in takes}
        for turn in range(rounds):
            order = list(takes)
            for name in order[turn % len(order) :] + order[: turn % len(order)]:
                medians[name].append(statistics.median(await takes[name](steps)))
    return _judged(medians, headline)


async def _blocking_floor(url: str, count: int) -> list[float]:
    return await asyncio.to_thread(blocking_floor_ms, url, count)


async def _ours(place: Stage, count: int) -> list[float]:
    """Run one workflow of `count` steps; its own clock times each call to its durable result, as in DBOS."""
    output = await place.output(await place.start("bench-steps", steps=count))
    return [each / 1000 for each in output["microseconds"]]


def _judged(medians: dict[str, list[float]], headline: list[str]) -> Found:
    found = Found(rows=[row(f"step, {name}", repetitions, "ms") for name, repetitions in medians.items()])
    found.figures["fsync_step_vs_floor"] = ratio(medians[OURS_ALWAYS], medians[FLOOR_ALWAYS])
    if headline:
        best = min((medians[name] for name in headline), key=statistics.median)
        found.figures["fsync_step_vs_dbos_sqlite"] = ratio(best, medians[OURS_ALWAYS])
        found.figures["default_step_vs_dbos_sqlite"] = ratio(best, medians[OURS_DEFAULT])
    return found


def ratio(above: list[float], below: list[float]) -> float:
    """Return the median over the rounds of one round's ratio: what slowed a whole round slowed both."""
    return statistics.median(a / b for a, b in zip(above, below, strict=True))
