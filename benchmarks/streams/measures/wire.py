"""Bytes that go over the wire for a byte of text: live, as a real worker writes it, and for who comes after the end."""

from __future__ import annotations

import asyncio
import sys
from typing import Any

from genisys.host import Engine

from ...harness.figures import Found, Row
from ...harness.processes import Child
from ...harness.stage import until
from ..check import Faults
from ..stage import Load, stage

TOKENS_PER_S = 100
WRITES_S = 30.0
RUN_S = 60.0
END_S = 60.0


async def wire(load: Load) -> tuple[Found, Faults]:
    """Every byte that the viewer's socket received counts, the handshake's answer too."""
    seconds = WRITES_S if not load.bench.quick else 3.0
    async with stage(load, "wire") as it, Engine(it.redis, deployment="bench") as engine:
        run = (await _new_run(engine, seconds)).strip()
        cookies = await asyncio.to_thread(it.site.people, [run])
        viewer = [(run, cookies[run])]
        live = it.audience(1)
        await it.attached(live, viewer, within_s=0)
        argv = [sys.executable, "-m", "genisys", "worker", "benchmarks.harness.workflows", "--redis", it.redis]
        worker = Child("wire-worker", [*argv, "--deployment", "bench"], load.bench.folder)
        try:
            await until(lambda: _closed(engine, run), "the text was not written", RUN_S + seconds, every=0.1)
        finally:
            await asyncio.to_thread(worker.stop)
        output: dict[str, Any] = await engine.output_of(run)
        meta = await engine.meta(run)
        assert meta is not None
        written = {run: [meta.last_seq, output["digest"]]}
        await live.until(lambda seen: seen.ended == 1, "the live viewer saw no end", END_S)
        replay = it.audience(1)
        await replay.open(viewer, it.site.port, within_s=0)
        await replay.until(lambda seen: seen.ended == 1, "the late viewer saw no end", END_S)
        reports = [await audience.report(written) for audience in (live, replay)]
    sizes = [report.bytes_each[0] for report in reports]
    faults = Faults()
    for report in reports:
        faults.add(report.faults)
    rows = [
        Row(f"{output['bytes']:,} bytes of text at {TOKENS_PER_S} tokens/s: live", f"{sizes[0]:,} bytes"),
        Row("  its frames", f"{reports[0].frames}"),
        Row("  after the end", f"{sizes[1]:,} bytes"),
    ]
    figures = {"wire_live": sizes[0] / output["bytes"], "wire_replay": sizes[1] / output["bytes"]}
    return Found(figures, rows), faults


async def _new_run(engine: Engine, seconds: float) -> str:
    request = {"tokens_per_second": TOKENS_PER_S, "seconds": seconds}
    return await engine.start("bench-text", request, title="A text")


async def _closed(engine: Engine, run: str) -> bool:
    meta = await engine.meta(run)
    return meta is not None and meta.closed
