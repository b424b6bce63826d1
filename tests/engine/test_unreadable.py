"""What is in Redis of one run, and cannot be read, stops neither the watch nor the compactor nor a line."""

from __future__ import annotations

import pytest

from genisys.host import Compactor, Engine, Watch
from genisys.testing.redis import make_run, partition_key, run_key, write

SPOILT = {
    "an attempt that is no number": ("attempt", b"first"),
    "a wait that is no JSON": ("waiting", b"{"),
    "a title that is no text": ("title", b"\xff"),
    "a lease without an end": ("lease_until", b"soon"),
}


async def begin(engine: Engine) -> str:
    queued = {"type": "run.queued", "at": 1, "workflow": "w", "title": "", "owner": "", "deployment": ""}
    return await make_run(engine, events=[queued])


@pytest.mark.parametrize(("field", "value"), SPOILT.values(), ids=SPOILT.keys())
async def test_the_watch_frees_the_runs_of_a_dead_worker_beside_one_that_cannot_be_read(
    engine: Engine, field: str, value: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    runs = [await begin(engine) for _ in range(5)]
    spoilt = runs[2]
    for run_id in runs:
        assert not isinstance(await engine.store.acquire(run_id, "dead"), str)
        await engine.store._redis.hset(run_key(run_id, "meta"), "lease_until", 1)
        await engine.store._redis.zadd(partition_key(run_id, "due"), {run_id: 1})
    await engine.store._redis.hset(run_key(spoilt, "meta"), field, value)

    assert await Watch(engine).sweep() == 4
    assert await Watch(engine).sweep() == 0, "the one that cannot be read is left alone for a while"

    metas = await engine.readable_metas(runs)
    assert sorted(metas) == sorted(set(runs) - {spoilt})
    assert all(not meta.worker for meta in metas.values())
    assert spoilt in caplog.text


async def test_a_worker_is_released_beside_a_run_that_cannot_be_read(engine: Engine) -> None:
    runs = [await begin(engine) for _ in range(3)]
    for run_id in runs:
        assert not isinstance(await engine.store.acquire(run_id, "dead"), str)
    await engine.store._redis.hset(run_key(runs[1], "meta"), "attempt", "first")
    assert await engine.release_worker("dead") == 2


@pytest.mark.parametrize("body", [b"[{", b"[7]", b'[{"at":1}]'])
async def test_the_compactor_goes_on_behind_a_log_that_cannot_be_read(engine: Engine, body: bytes) -> None:
    runs = [await begin(engine) for _ in range(3)]
    for run_id in runs:
        lines = [{"type": "status", "at": 1, "text": f"line {at}"} for at in range(600)]
        await write(engine, run_id, lines)
        await engine.store._redis.zadd(partition_key(run_id, "growing"), {run_id: 1})
    key = run_key(runs[0], "log")
    first, second = await engine.store._redis.xrange(key)
    await engine.store._redis.delete(key)
    for entry_id, fields in ((first[0], first[1]), (second[0], {**second[1], b"b": body})):
        await engine.store._redis.xadd(key, fields, id=entry_id)
    assert await Compactor(engine).sweep() == 2
    assert await Compactor(engine).sweep() == 0
