"""`python -m benchmarks.soak`: the whole product under mixed load, with kills, deploys and losses of Redis.

Ends with 1 where a run was lost, failed or done twice, or where a curve grows in a soak that is long enough to tell.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import sys
import time
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from pathlib import Path

from genisys.host import STORE_ERRORS

from ..harness.measuring import machine, say, taken
from ..harness.processes import BenchmarkFailed
from ..harness.sentinels import watched_redis
from ..harness.stage import Bench, redis_process
from .page import write_page
from .product import Product, Servers
from .traffic import PATIENCE_S, Account, Traffic
from .watching import Verdict, Watching, judge

LOOKS = 60
SERVERS: dict[str, Callable[[Bench, str], AbstractAsyncContextManager[Servers]]] = {
    "sentinel": watched_redis,
    "one": lambda bench, name: redis_process(bench, name, "everysec"),
}
"""What is lost of each: a master, which is killed and replaced; or one server, which is restarted."""
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
    parser.add_argument("--lose-every", type=float, metavar="S", help="seconds between two losses of Redis (a sixth)")
    parser.add_argument(
        "--redis", choices=SERVERS, default="sentinel", help="'sentinel' (default): its master is killed"
    )
    parser.add_argument("--page", metavar="FILE", help="write a page of the curves there")
    parser.add_argument("--folder", help="where the files that are written lie; default: the current directory")
    return parser.parse_args()


async def _soak(bench: Bench, given: argparse.Namespace) -> tuple[Account, list[Verdict]]:
    seconds = given.minutes * 60
    async with SERVERS[given.redis](bench, "soak-redis") as servers:
        with servers.client() as client:
            product = Product(bench, servers)
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
                        tasks.create_task(traffic.disturb(product.lose_redis, given.lose_every or seconds / 6))
                        await _watch(watching, traffic, product, seconds)
                        tasks.create_task(_patience(traffic, product))
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


async def _patience(traffic: Traffic, product: Product) -> None:
    """Give up on runs that do not end."""
    deadline = time.monotonic() + PATIENCE_S
    while traffic.open_runs and time.monotonic() < deadline:
        await asyncio.sleep(0.5)
    if left := traffic.open_runs:
        known = await product.engine.metas(left)
        told = [f"{run_id}: {known.get(run_id, 'Redis does not have it')}" for run_id in left[:5]]
        raise BenchmarkFailed(f"{len(left)} runs did not end:\n" + "\n".join(told))


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
