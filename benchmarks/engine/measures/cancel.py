"""Cancel in mid-step, by a person, of a run whose step sleeps for an hour: how long until the log says cancelled?"""

from __future__ import annotations

from genisys.host import RunMeta

from ...harness.figures import Found, row
from ...harness.processes import BenchmarkFailed
from ...harness.stage import Bench, Stage, epoch_ms, stage, swept, until
from ...harness.workflows import HOUR_S


async def cancel(bench: Bench) -> Found:
    """Return the worst of all repetitions, the worker working or draining."""
    rounds = bench.size(4, 1)
    async with stage(bench, "cancel") as place, swept(place.engine):
        await place.ready(place.worker())
        working = [await _cancelled(place, await _sleeping(place)) for _ in range(rounds)]
    draining = [await _while_draining(bench, n) for n in range(bench.size(2, 1))]
    return Found(
        figures={"cancel_s": max(working + draining)},
        rows=[
            row("cancel in mid-step to run.cancelled (worst)", working, "s", worst=True),
            row("the same, the worker draining (worst)", draining, "s", worst=True),
        ],
    )


async def _while_draining(bench: Bench, n: int) -> float:
    async with stage(bench, f"cancel-draining-{n}") as place, swept(place.engine):
        worker = place.worker()
        await place.ready(worker)
        run_id = await _sleeping(place)
        worker.terminate()

        async def drains() -> bool:
            return any(info.draining for info in await place.engine.workers())

        await until(drains, "the worker does not drain", 60)
        return await _cancelled(place, run_id)


async def _sleeping(place: Stage) -> str:
    run_id = await place.start("bench-waits", steps=1, seconds=HOUR_S)
    await place.event(run_id, lambda event: event["type"] == "step.started", seconds=20)
    return run_id


async def _cancelled(place: Stage, run_id: str) -> float:
    before = epoch_ms()
    await place.engine.cancel(run_id, by="benchmark")

    async def closed() -> RunMeta | None:
        meta = await place.engine.meta(run_id)
        return meta if meta is not None and meta.closed else None

    meta = await until(closed, "the run was not cancelled", 30)
    took = (epoch_ms() - before) / 1000
    if meta.status != "cancelled":
        raise BenchmarkFailed(f"the cancelled run ended as {meta.status}")
    return took
