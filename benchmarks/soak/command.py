"""`python -m benchmarks.soak`: the whole product under mixed load, with kills, deploys and restarts of Redis.

Ends with 1 where a run was lost, failed or done twice, or where a curve grows in a soak that is long enough to tell.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import sys
import time
from pathlib import Path

from genisys.host import STORE_ERRORS

from ..capacity.work import server
from ..harness.measuring import machine, say, taken
from ..harness.processes import BenchmarkFailed
from ..harness.stage import Bench, redis_process
from .page import write_page
from .product import Product
from .traffic import PATIENCE_S, Account, Traffic
from .watching import Verdict, Watching, judge

LOOKS = 60
LONG_ENOUGH_S = 1800.0
"""A shorter soak says which curves grow; whether they go on growing it cannot tell."""


def main() -> int:
    given = _arguments()
    failed: BaseExceptionGroup[BenchmarkFailed] | None = None
    try:
        account, verdicts = taken(given.folder, lambda folder: _soak(Bench(folder), given))
    except* BenchmarkFailed as errors:
        failed = errors
    if failed is not None:
        print(*failed.exceptions, sep="\n", file=sys.stderr)
        return 1
    seconds = given.minutes * 60
    print(as_text(account, verdicts, seconds))
    if given.page:
        write_page(Path(given.page), as_text(account, verdicts, seconds), verdicts)
    grows = seconds >= LONG_ENOUGH_S and not all(each.flat for each in verdicts)
    return 1 if account.faults or account.started != account.ended.total() or grows else 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.soak", description=__doc__.partition("\n")[0])
    parser.add_argument("--minutes", type=float, default=60.0, help="how long (default: 60)")
    parser.add_argument("--start-every", type=float, default=4.0, metavar="S", help="seconds between two starts (4)")
    parser.add_argument("--open", type=int, default=10, help="runs that are open at once, at most (10)")
    parser.add_argument("--viewers", type=int, default=10, help="viewers at once; each leaves within 20 s (10)")
    parser.add_argument("--kill-every", type=float, metavar="S", help="seconds between two kills (an eighth of it all)")
    parser.add_argument("--deploy-every", type=float, metavar="S", help="seconds between two deploys (a fifth)")
    parser.add_argument("--restart-every", type=float, metavar="S", help="seconds between restarts of Redis (a sixth)")
    parser.add_argument("--page", metavar="FILE", help="write a page of the curves there")
    parser.add_argument("--folder", help="where the files that are written lie; default: the current directory")
    return parser.parse_args()


async def _soak(bench: Bench, given: argparse.Namespace) -> tuple[Account, list[Verdict]]:
    seconds = given.minutes * 60
    async with redis_process(bench, "soak-redis", "everysec") as redis:
        with server(redis.url) as client:
            product = Product(bench, redis)
            try:
                await product.start()
                traffic = Traffic(product)
                watching = Watching(product, client)
                try:
                    async with asyncio.TaskGroup() as tasks:
                        tasks.create_task(traffic.start_runs(given.start_every, given.open))
                        for _ in range(given.viewers):
                            tasks.create_task(traffic.look_on())
                        tasks.create_task(traffic.settle())
                        tasks.create_task(traffic.disturb(product.kill, given.kill_every or seconds / 8))
                        tasks.create_task(traffic.disturb(product.deploy, given.deploy_every or seconds / 5))
                        tasks.create_task(traffic.disturb(product.restart_redis, given.restart_every or seconds / 6))
                        await _watch(watching, traffic, product, seconds)
                        tasks.create_task(_patience(traffic))
                finally:
                    await traffic.close()
            finally:
                await asyncio.shield(product.stop())
    return traffic.account, [judge(curve, seconds) for curve in watching.curves.values()]


async def _watch(watching: Watching, traffic: Traffic, product: Product, seconds: float) -> None:
    """Look sixty times, by the minute in an hour."""
    began = time.monotonic()
    for number in range(1, LOOKS + 1):
        await asyncio.sleep(max(0.0, began + number * seconds / LOOKS - time.monotonic()))
        product.must_live()
        found: dict[str, float] = {}
        with contextlib.suppress(*STORE_ERRORS):  # Redis is just being restarted
            found = await asyncio.to_thread(watching.look, round(time.monotonic() - began), traffic.account)
        if number % 10 == 0:
            account = traffic.account
            say(f"{time.monotonic() - began:.0f} s: {account.started} runs started, {dict(account.ended)}, {found}")
    traffic.over.set()


async def _patience(traffic: Traffic) -> None:
    """Give up on runs that do not end."""
    deadline = time.monotonic() + PATIENCE_S
    while traffic.open_runs and time.monotonic() < deadline:
        await asyncio.sleep(0.5)
    if left := traffic.open_runs:
        raise BenchmarkFailed(f"{len(left)} runs did not end: {', '.join(left[:5])}")


def as_text(account: Account, verdicts: list[Verdict], seconds: float) -> str:
    lines = [
        f"{seconds / 60:g} minutes, {machine()}",
        f"{account.started} runs: {', '.join(f'{count} {name}' for name, count in account.ended.items())}; "
        f"{account.viewers} viewers; starts refused: {account.refused}; faults: {len(account.faults)}",
        "",
        f"{'looked at':<52} {'exponent':>6}",
        *map(str, verdicts),
        *account.faults[:20],
    ]
    return "\n".join(lines)
