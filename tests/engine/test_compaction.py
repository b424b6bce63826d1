"""A run's log is trimmed behind a snapshot, nothing of its history is lost, and a first look stays short."""

from __future__ import annotations

import asyncio
import zlib
from collections.abc import AsyncIterator

import pytest
from redis.asyncio import Redis

from genisys.host import Compactor, Engine, canonical, contiguous, fold, new_run_id
from genisys.testing.redis import HeldRun, leaked_keys, make_run, run_key

BYTES_A_CHUNK = 512 * 1024
GRACE_EVENTS = 1000
"""So many of the last events stay in the log, for viewers who were just away."""
RUN_TTL_S = 30 * 24 * 3600


@pytest.fixture
async def redis(redis_url: str) -> AsyncIterator[Redis]:
    async with Redis.from_url(redis_url, decode_responses=True) as client:
        yield client


class Pen:
    """Writes a run's log as a worker does, and keeps what it wrote."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.run_id = new_run_id()
        self.written: list[dict[str, object]] = []
        self._held: HeldRun

    async def begin(self) -> Pen:
        queued = {"type": "run.queued", "at": 1, "workflow": "w", "title": "t"}
        await make_run(self.engine, run_id=self.run_id, events=[queued])
        self._held = await HeldRun.take(self.engine, self.run_id)
        self._keep([queued], attempt=0)
        return self

    async def write(self, events: list[dict[str, object]], a_batch: int = 50) -> None:
        for first in range(0, len(events), a_batch):
            part = events[first : first + a_batch]
            await self._held.write(part)
            self._keep(part, attempt=1)

    async def stream(self, pieces: int) -> None:
        """Write a text of so many pieces, and finish it."""
        begun = {"type": "text.reset", "block": "article"}
        deltas = [{"type": "text.delta", "block": "article", "off": 5 * at, "txt": "word "} for at in range(pieces)]
        final = {"type": "text.final", "block": "article", "txt": "word " * pieces}
        await self.write([{"at": 1, **event} for event in (begun, *deltas, final)])

    def _keep(self, events: list[dict[str, object]], attempt: int) -> None:
        for event in events:
            self.written.append({"attempt": attempt, **event, "seq": len(self.written) + 1})

    def state(self) -> str:
        return canonical(fold(self.written))


@pytest.fixture
async def pen(engine: Engine) -> Pen:
    return await Pen(engine).begin()


async def seen(engine: Engine, run_id: str) -> str:
    found = await engine.snapshot(run_id)
    assert found is not None
    return canonical(found[1])


async def test_a_log_that_has_grown_is_trimmed_behind_a_snapshot(engine: Engine, pen: Pen, redis: Redis) -> None:
    await pen.stream(3000)
    before = await redis.xlen(run_key(pen.run_id, "log"))
    assert await Compactor(engine).sweep() == 1
    assert await seen(engine, pen.run_id) == pen.state()
    assert await redis.xlen(run_key(pen.run_id, "log")) < before / 2
    kept = [entry_id for entry_id, _ in await redis.xrange(run_key(pen.run_id, "log"))]
    assert int(kept[0].split("-")[0]) > len(pen.written) - GRACE_EVENTS - 50
    assert await Compactor(engine).sweep() == 0, "there is nothing more to do"


async def test_the_whole_history_can_still_be_read_from_any_place(engine: Engine, pen: Pen) -> None:
    compactor = Compactor(engine)
    for _ in range(4):
        await pen.stream(700)
        await compactor.sweep()
    events = await engine.events(pen.run_id)
    assert contiguous(events, 0) == events
    assert canonical(fold(events)) == pen.state()
    assert len(events) < len(pen.written) / 2
    for after in (0, 1, 350, 699, 1500, 2100, len(pen.written) - 3):
        state = fold(pen.written[:after])
        while state["seq"] < len(pen.written):
            fold((await engine.read(pen.run_id, state["seq"])).events, state)
        assert canonical(state) == pen.state()


async def test_a_page_of_so_many_bytes_ends_behind_them_and_the_next_goes_on(engine: Engine, pen: Pen) -> None:
    await pen.write([{"type": "status", "at": 1, "text": "é" * 5_000} for _ in range(60)], a_batch=3)
    everything = (await engine.read(pen.run_id)).events
    seen: list[dict[str, object]] = []
    while len(seen) < len(everything):
        page = await engine.store.read(pen.run_id, len(seen), 1000, 70_000)
        assert (page.found, page.last_seq, page.log_id != "") == (True, 61, True)
        assert 1 <= len(page.events) <= 10, "the first event, and three batches of 30 KB"
        seen.extend(page.events)
    assert seen == everything
    assert (await engine.store.read(pen.run_id, len(seen), 1000, 1)).events == []
    assert len((await engine.store.read(pen.run_id, 1, 2, 1_000_000)).events) == 6, "two entries"
    assert not (await engine.store.read("no-such-run", 0, 10, 10)).found


async def test_no_chunk_of_history_is_much_larger_than_a_viewer_may_hold(
    engine: Engine, pen: Pen, redis_url: str
) -> None:
    await pen.write([{"type": "status", "at": 1, "text": f"{at:06}" * 4_000} for at in range(100)], a_batch=1)
    await Compactor(engine).sweep()
    async with Redis.from_url(redis_url) as raw:
        chunks = await raw.xrange(run_key(pen.run_id, "history"))
    sizes = [len(zlib.decompress(fields[b"z"])) for _, fields in chunks]
    assert len(sizes) > 1
    assert max(sizes) < BYTES_A_CHUNK + 100_000
    assert canonical(fold(await engine.events(pen.run_id))) == pen.state()


async def test_a_run_that_grows_by_bytes_is_compacted_as_one_that_grows_by_events(engine: Engine, pen: Pen) -> None:
    big = {"type": "event", "at": 1, "name": "page", "data": "x" * 5000}
    await pen.write([{**big, "key": str(at)} for at in range(20)])
    assert await Compactor(engine).sweep() == 1
    assert await seen(engine, pen.run_id) == pen.state()


async def test_a_short_run_is_left_alone(engine: Engine, pen: Pen, redis: Redis) -> None:
    await pen.stream(100)
    assert await Compactor(engine).sweep() == 0
    assert not await redis.exists(run_key(pen.run_id, "snapshot"))


async def test_a_first_look_is_one_round_trip_however_long_the_log(
    engine: Engine, pen: Pen, monkeypatch: pytest.MonkeyPatch
) -> None:
    await pen.stream(5000)
    await Compactor(engine).sweep()
    pipe, calls = engine.store._pipe, []
    send = pipe._send
    monkeypatch.setattr(pipe, "_send", lambda *command: calls.append(command[0]) or send(*command))
    pool = engine.store._redis.connection_pool
    monkeypatch.setattr(pool, "get_connection", lambda *_: pytest.fail("another command was sent"))
    assert await seen(engine, pen.run_id) == pen.state()
    assert calls == ["EVALSHA"]


async def test_who_has_folded_a_part_gets_only_what_follows(engine: Engine, pen: Pen) -> None:
    await pen.stream(50)
    meta, state = await engine.snapshot(pen.run_id) or pytest.fail("the run is gone")
    await pen.stream(20)
    seen = await engine.store.read_snapshot(pen.run_id, state["seq"], meta.log_id)
    assert seen is not None
    assert (seen.state, len(seen.events)) == (None, 22)
    found = await engine.snapshot(pen.run_id, state, meta.log_id)
    assert found is not None
    assert canonical(found[1]) == pen.state()
    assert found[1] is state


async def test_a_fold_of_another_log_is_begun_again(engine: Engine, pen: Pen) -> None:
    await pen.stream(10)
    wrong = fold([{"type": "status", "seq": 1, "at": 1, "attempt": 1, "text": "of another log"}])
    found = await engine.snapshot(pen.run_id, wrong, "another")
    assert found is not None
    assert canonical(found[1]) == pen.state()


async def test_two_compactors_side_by_side_move_every_event_once(engine: Engine, pen: Pen) -> None:
    await pen.stream(4000)
    counts = await asyncio.gather(*(Compactor(engine).sweep() for _ in range(4)))
    assert sum(counts) >= 1
    async with Redis.from_url(engine.store.url) as raw:
        chunks = await raw.xrange(run_key(pen.run_id, "history"))
    firsts = [int(fields[b"f"]) for _, fields in chunks]
    lasts = [int(entry_id.split(b"-")[0]) for entry_id, _ in chunks]
    assert firsts == [1, *(last + 1 for last in lasts[:-1])]
    assert await seen(engine, pen.run_id) == pen.state()


async def test_what_was_read_before_redis_lost_its_end_is_not_written(engine: Engine, pen: Pen, redis: Redis) -> None:
    await pen.stream(1000)
    state = fold(list(pen.written))
    await redis.hset(run_key(pen.run_id, "meta"), "log_id", "another")
    chunk = list(pen.written)
    assert not await engine.store.history.compact(pen.run_id, "before", 1, chunk, state, None)
    await redis.hset(run_key(pen.run_id, "meta"), mapping={"log_id": "before", "last_seq": "900"})
    assert not await engine.store.history.compact(pen.run_id, "before", 1, chunk, state, None)
    assert not await redis.exists(run_key(pen.run_id, "history"), run_key(pen.run_id, "snapshot"))


async def test_history_lives_as_long_as_its_run_and_no_longer(
    engine: Engine, pen: Pen, redis: Redis, redis_url: str
) -> None:
    await pen.stream(1000)
    await Compactor(engine).sweep()
    for part in ("history", "snapshot"):
        assert 0 < await redis.ttl(run_key(pen.run_id, part)) <= RUN_TTL_S
    assert await leaked_keys(redis_url) == []
    await engine.expire(pen.run_id, 5)
    assert [await redis.ttl(run_key(pen.run_id, part)) for part in ("history", "snapshot")] == [5, 5]


async def test_a_log_with_a_hole_is_left_as_it_is(engine: Engine, pen: Pen, redis: Redis) -> None:
    await pen.stream(1000)
    await redis.xtrim(run_key(pen.run_id, "log"), minid="200-0")
    assert await Compactor(engine).sweep() == 0
    assert not await redis.exists(run_key(pen.run_id, "snapshot"))
    with pytest.raises(ValueError, match="missing"):
        await engine.snapshot(pen.run_id)


async def test_the_mark_of_a_run_that_is_gone_goes_too(engine: Engine, pen: Pen, redis: Redis) -> None:
    await pen.stream(1000)
    await redis.delete(*(run_key(pen.run_id, part) for part in ("meta", "log", "journal")))
    assert await Compactor(engine).sweep() == 0
    assert await engine.store.history.grown() == []
