"""One contract for both stores: what `append` and `acquire` promise."""

from __future__ import annotations

import asyncio
import time
import uuid
from dataclasses import replace

import pytest
import redis.asyncio

from genisys.host import new_run_id
from genisys.redis_io.keys import partition  # how runs are spread, which no caller sees
from genisys.redis_io.servers import Met  # another server, without a second one
from genisys.store.records import Append, Lease  # the contract of the stores themselves is made of these
from genisys.testing import MemoryStore
from genisys.testing.redis import Store, now_ms

AnyStore = Store | MemoryStore


def events(*types: str) -> list[dict[str, object]]:
    return [{"type": kind, "at": now_ms()} for kind in types]


async def a_run(store: AnyStore) -> str:
    run_id = new_run_id()
    made = await store.create(run_id, {"workflow": "w"}, Append(events=events("run.queued"), status="queued"))
    assert made.code == "ok"
    return run_id


async def taken(store: AnyStore, run_id: str, worker: str = "w1") -> Lease:
    lease = await store.acquire(run_id, worker)
    assert isinstance(lease, Lease), lease
    return lease


def test_ids_are_uuids_of_version_7_and_sort_as_they_were_made() -> None:
    before_ms = time.time_ns() // 1_000_000
    ids = []
    for _ in range(200):
        ids.append(new_run_id())
        time.sleep(0.000_01)  # it holds to a quarter of a microsecond
    assert ids == sorted(ids)
    assert {(uuid.UUID(each).version, uuid.UUID(each).variant) for each in ids} == {(7, uuid.RFC_4122)}
    assert before_ms <= uuid.UUID(ids[0]).int >> 80 <= time.time_ns() // 1_000_000


async def test_a_run_is_made_once(store: AnyStore) -> None:
    run_id = await a_run(store)
    again = await store.create(run_id, {"workflow": "other"}, Append(events=events("run.queued")))
    assert (again.code, again.last_seq) == ("exists", 1)
    meta = await store.meta(run_id)
    assert meta is not None and meta.workflow == "w"


async def test_a_held_lease_is_not_given_to_another(store: AnyStore) -> None:
    run_id = await a_run(store)
    await taken(store, run_id)
    assert await store.acquire(run_id, "w2") == "held"


async def test_an_unknown_run_cannot_be_taken(store: AnyStore) -> None:
    assert await store.acquire(new_run_id(), "w1") == "missing"


async def test_sequence_numbers_are_contiguous_over_batches_and_writers(store: AnyStore) -> None:
    run_id = await a_run(store)
    lease = await taken(store, run_id)
    await store.append(lease, 1, Append(events=events("a", "b", "c")))
    await store.append_system(run_id, Append(events=events("run.cancelling")))
    await store.append(lease, 2, Append(events=events("d")))
    page = await store.read(run_id)
    assert [event["seq"] for event in page.events] == [1, 2, 3, 4, 5, 6]
    assert [event["type"] for event in page.events][-2:] == ["run.cancelling", "d"]


async def test_a_batch_sent_twice_is_written_once(store: AnyStore) -> None:
    run_id = await a_run(store)
    lease = await taken(store, run_id)
    batch = Append(events=events("a"), increments={"input_tokens": 7})
    assert (await store.append(lease, 1, batch)).code == "ok"
    assert (await store.append(lease, 1, batch)).code == "duplicate"
    meta = await store.meta(run_id)
    assert meta is not None and (meta.last_seq, meta.input_tokens) == (2, 7)


async def test_a_missing_batch_is_a_gap(store: AnyStore) -> None:
    run_id = await a_run(store)
    lease = await taken(store, run_id)
    await store.append(lease, 1, Append(events=events("a")))
    answer = await store.append(lease, 3, Append(events=events("c")))
    assert (answer.code, answer.batch) == ("gap", 1)


async def test_an_older_attempt_can_write_nothing(store: AnyStore) -> None:
    run_id = await a_run(store)
    old = await taken(store, run_id, "w1")
    released = await store.append_system(run_id, Append(events=events("run.recovering"), release="w1"))
    assert released.code == "ok"
    assert (await store.append(old, 1, Append(events=events("zombie")))).code == "fenced"
    new = await taken(store, run_id, "w2")
    assert new.attempt == 2
    assert (await store.append(old, 1, Append(events=events("zombie")))).code == "fenced"
    assert "zombie" not in [event["type"] for event in (await store.read(run_id)).events]


async def test_only_one_of_many_watchers_frees_a_lease(store: AnyStore) -> None:
    run_id = await a_run(store)
    await taken(store, run_id, "w1")
    frees = [store.append_system(run_id, Append(events=events("run.recovering"), release="w1")) for _ in range(5)]
    codes = [answer.code for answer in await asyncio.gather(*frees)]
    assert sorted(codes) == ["held", "held", "held", "held", "ok"]


async def test_a_closed_run_takes_nothing_more(store: AnyStore) -> None:
    run_id = await a_run(store)
    lease = await taken(store, run_id)
    await store.append(lease, 1, Append(events=events("run.completed"), status="completed", terminal=True))
    assert (await store.append_system(run_id, Append(events=events("late")))).code == "closed"
    assert await store.acquire(run_id, "w2") == "closed"
    page = await store.read(run_id)
    assert page.closed and page.status == "completed"


async def test_a_run_that_somebody_holds_cannot_be_ended_by_the_system(store: AnyStore) -> None:
    run_id = await a_run(store)
    await taken(store, run_id)
    end = Append(events=events("run.cancelled"), status="cancelled", terminal=True)
    assert (await store.append_system(run_id, end)).code == "held"


async def test_a_finished_run_opens_again_on_retry(store: AnyStore) -> None:
    run_id = await a_run(store)
    lease = await taken(store, run_id)
    await store.append(lease, 1, Append(events=events("run.failed"), status="failed", terminal=True))
    reopened = await store.append_system(run_id, Append(events=events("run.resumed"), status="queued"), reopen=True)
    assert reopened.code == "ok"
    assert (await taken(store, run_id, "w2")).attempt == 2


async def test_attempts_without_a_new_step_are_counted_as_barren(store: AnyStore) -> None:
    run_id = await a_run(store)
    for expected in (0, 1, 2):
        lease = await taken(store, run_id, f"w{expected}")
        assert lease.attempts_without_progress == expected
        await store.append_system(run_id, Append(events=events("run.recovering"), release=lease.worker))
    lease = await taken(store, run_id, "w3")
    assert lease.attempts_without_progress == 3
    await store.append(lease, 1, Append(journal={"step": b"{}"}))
    await store.append_system(run_id, Append(events=events("run.recovering"), release="w3"))
    assert (await taken(store, run_id, "w4")).attempts_without_progress == 0


async def test_a_cancel_in_the_state_comes_back_with_every_append(store: AnyStore) -> None:
    run_id = await a_run(store)
    lease = await taken(store, run_id)
    await store.append_system(run_id, Append(events=events("run.cancelling"), meta={"cancel": "1"}))
    assert (await store.append(lease, 1, Append(events=events("a")))).cancelled


async def test_one_field_of_a_journal_is_read_alone(store: AnyStore) -> None:
    run_id = await a_run(store)
    lease = await taken(store, run_id)
    await store.append(lease, 1, Append(journal={"step": b'{"output":1}'}))
    assert await store.journal_value(run_id, "step") == {"output": 1}
    assert await store.journal_value(run_id, "another") is None


async def test_reading_goes_on_behind_a_cursor_inside_a_batch(store: AnyStore) -> None:
    run_id = await a_run(store)
    lease = await taken(store, run_id)
    await store.append(lease, 1, Append(events=events("a", "b", "c")))
    assert [event["type"] for event in (await store.read(run_id, 2)).events] == ["b", "c"]


async def test_every_key_of_a_run_lives_for_a_while_only(redis_url: str) -> None:
    """Permanent keys are those that the store's table names, and no others."""
    import redis.asyncio

    store = Store(redis_url)
    run_id = await a_run(store)
    lease = await taken(store, run_id)
    await store.append(lease, 1, Append(events=events("a"), journal={"k": b"{}"}))
    client = redis.asyncio.Redis.from_url(redis_url)
    permanent = {key.decode() async for key in client.scan_iter() if await client.ttl(key) == -1}
    name = partition(run_id)
    assert permanent <= {f"genisys:{{{name}}}:due", f"genisys:{{{name}}}:lifecycle"}
    await client.aclose()
    await store.close()


async def test_a_restarted_server_gives_the_log_a_new_id(redis_url: str) -> None:
    store = Store(redis_url)
    run_id = await a_run(store)
    before = (await store.read(run_id)).log_id
    await store.append_system(run_id, Append(events=events("a")))
    assert (await store.read(run_id)).log_id == before
    store._servers._met[None] = Met("another-server", "another-log")
    await store.append_system(run_id, Append(events=events("b")))
    assert (await store.read(run_id)).log_id != before
    await store.close()


async def test_what_redis_has_closed_is_not_used_again(redis_url: str) -> None:
    """As after each restart of Redis: not one command may fail once it answers again."""
    store = Store(redis_url)
    async with redis.asyncio.Redis.from_url(redis_url) as admin:
        run_id = await a_run(store)
        await asyncio.gather(*[store.read(run_id) for _ in range(4)])
        await admin.client_kill_filter(_type="normal", skipme=True)
        await asyncio.sleep(0.1)  # for the ends of the connections to arrive here
        found = await asyncio.gather(*[store.read(run_id) for _ in range(4)])
        assert [page.last_seq for page in found] == [1] * 4
    await store.close()


async def test_the_doorbell_rings_for_every_append(redis_url: str) -> None:
    store = Store(redis_url)
    async with store.doorbells() as bells:
        run_id = await a_run(store)
        async with asyncio.timeout(5):
            assert await anext(bells) == run_id
    await store.close()


def test_run_ids_are_uuids_of_version_7_in_order_of_time() -> None:
    import uuid

    first = new_run_id()
    time.sleep(0.002)  # the id's clock ticks in milliseconds
    second = new_run_id()
    assert uuid.UUID(first).version == 7 and uuid.UUID(first).variant == uuid.RFC_4122
    assert first < second


@pytest.mark.parametrize("count", [6400])
def test_partitions_share_the_runs_evenly(count: int) -> None:
    from collections import Counter

    spread = Counter(partition(new_run_id()) for _ in range(count))
    assert len(spread) == 64 and max(spread.values()) < 2 * count / 64


async def test_a_task_can_be_cancelled_at_any_moment_of_a_command(redis_url: str) -> None:
    store = Store(redis_url)

    async def ask() -> None:
        while True:
            await store.ping()

    for turns in range(60):
        asking = asyncio.create_task(ask())
        for _ in range(turns % 12):
            await asyncio.sleep(0)
        await asyncio.sleep(turns * 1e-4)  # each round another moment of the command
        asking.cancel()
        done, _ = await asyncio.wait({asking}, timeout=2)
        assert done, "the cancellation was lost"
    await store.close()


@pytest.mark.parametrize(
    "wrong",
    [
        Append(increments={"input_tokens": 3.5}),  # type: ignore[dict-item]
        Append(increments={"input_tokens": 1, "output_tokens": float("nan")}),  # type: ignore[dict-item]
        Append(increments={"input_tokens": 2**53}),
        Append(increments={"title": 1}),
        Append(increments={"signals": 2**53 - 1, "input_tokens": 2**53 - 7}),
        Append(due_ms=float("inf")),  # type: ignore[arg-type]
        Append(due_ms=2**60),
    ],
)
async def test_a_batch_with_anything_wrong_in_it_is_not_written_at_all(store: AnyStore, wrong: Append) -> None:
    run_id = await a_run(store)
    lease = await taken(store, run_id)
    first = Append(meta={"title": "Words"}, increments={"input_tokens": 9})
    assert (await store.append(lease, 1, first)).code == "ok"
    before = await store.meta(run_id)
    batch = replace(wrong, events=events("a"), journal={"step": b"1"}, meta={"waiting": "{}"}, inbox={"field": b"1"})
    refused = await store.append(lease, 2, batch)
    assert (refused.code, refused.last_seq, refused.batch) == ("refused", 1, 1)
    assert (await store.append_system(run_id, batch)).code == "refused"
    after, inbox = await store.signals(run_id)
    assert (after, inbox) == (before, {})
    assert await store.journal(run_id) == {}
    assert [event["type"] for event in (await store.read(run_id)).events] == ["run.queued"]
    assert (await store.append(lease, 2, Append(events=events("b")))).code == "ok"
