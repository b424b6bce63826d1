"""One test for each way in which streams of runs are known to break elsewhere, named after the bug.

In virtual time where the order of things is the bug, over a real Redis where Redis is. Those of HTTP are in
tests/api/test_known_bugs.py, those of the page in tests/js and tests/browser.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest
from redis.asyncio import Redis

from genisys.host import Engine, Hub, LogPage, canonical, new_run_id
from tests.hub.test_contiguity import RUN, FaultyLogs, Reader, connected, good, in_virtual_time
from tests.hub.test_over_redis import begin, finish, frames_to_end, say, seqs
from tests.waits import until

SWEEP_S = 2.0
"""How often the hub looks at what nobody rang for."""


@pytest.fixture
async def engine(redis_url: str) -> AsyncIterator[Engine]:
    async with Engine(redis_url, connections=1) as engine:
        yield engine


async def test_read_from_dollar(engine: Engine, hub: Hub, redis_url: str) -> None:
    """XREAD from `$` drops what lands between two reads. Every read of ours names the id it goes on from."""
    run_id = new_run_id()
    said: list[str] = []

    async def listen(client: Redis) -> None:
        async with client.monitor() as monitor:
            ready.set()
            async for command in monitor.listen():
                said.append(command["command"])

    async def told_all() -> bool:
        return any("all was said" in command for command in said)

    ready = asyncio.Event()
    async with Redis.from_url(redis_url, decode_responses=True, socket_timeout=None) as client:
        listening = asyncio.create_task(listen(client))
        await ready.wait()
        await begin(engine, run_id)
        following = asyncio.create_task(frames_to_end(hub, run_id))
        for number in range(20):
            await say(engine, run_id, str(number))
        await finish(engine, run_id)
        frames = await asyncio.wait_for(following, 20)
        await client.echo("all was said")
        await until(told_all, "Redis does not tell what it was asked")
        listening.cancel()
        await asyncio.gather(listening, return_exceptions=True)
    assert seqs(frames) == list(range(1, 23))
    reads = [command for command in said if command.startswith(("XRANGE", "XREAD"))]
    assert reads
    assert not [command for command in reads if "$" in command]


@in_virtual_time
async def test_stream_made_after_the_viewer_came(hub: Hub, logs: FaultyLogs) -> None:
    """A viewer who is there before the run is gets its first event, and not only those after he was noticed."""
    reader = await connected(hub)
    logs.append(RUN, 3)
    await asyncio.sleep(1)
    assert [event["seq"] for event in good(reader).events] == [1, 2, 3]


@in_virtual_time
async def test_trimmed_cursor_skipped_in_silence(hub: Hub, logs: FaultyLogs) -> None:
    """What was trimmed comes from the history; where that is lost, the reader is told, and given the state."""
    logs.append(RUN, 40)
    logs.compact(RUN, grace=0)
    logs.append(RUN, 5)
    log = logs.logs[RUN]
    behind = good(await connected(hub, events=log.events[:10], log_id=log.log_id))
    assert behind.resyncs == []
    assert canonical(behind.state) == canonical(log.state())

    log.history.clear()
    lost = good(await connected(hub, events=log.events[:10], log_id=log.log_id))
    assert lost.resyncs == ["trimmed"]
    assert canonical(lost.state) == canonical(log.state())


@in_virtual_time
async def test_lost_end(hub: Hub, logs: FaultyLogs) -> None:
    """The end is in the log and in its meta: where its doorbell is lost it comes with the next sweep."""
    logs.append(RUN, 3)
    reader = await connected(hub)
    logs.append(RUN, 1, ring=False)
    logs.logs[RUN].closed, logs.logs[RUN].status = True, "completed"
    await asyncio.sleep(SWEEP_S + 0.1)
    assert good(reader).status == "completed"
    assert reader.seq == 4


@in_virtual_time
async def test_end_seen_before_it_was_saved(hub: Hub, logs: FaultyLogs) -> None:
    """A reader who comes after the end gets all of it, and the end, for as long as the log is there."""
    logs.append(RUN, 30)
    logs.end(RUN)
    reader = good(await connected(hub))
    assert (reader.status, reader.seq) == ("completed", 31)


@in_virtual_time
async def test_live_before_replay(hub: Hub, logs: FaultyLogs) -> None:
    """News that comes while history is being read waits for its place: the Reader fails on anything out of order."""
    logs.append(RUN, 200)
    reader = Reader(hub)
    reader.connect()
    for _ in range(50):
        logs.append(RUN, 1)
        await asyncio.sleep(0.003)
    await asyncio.sleep(1)
    assert [event["seq"] for event in good(reader).events] == list(range(1, 251))
    assert reader.lives == 1


@in_virtual_time
async def test_duplicate_after_reconnect(hub: Hub, logs: FaultyLogs) -> None:
    """A cursor moves with the replay itself: breaking off in its middle, again and again, brings nothing twice."""
    logs.append(RUN, 100, size=30)
    reader = Reader(hub)
    for _ in range(30):
        reader.connect()
        await asyncio.sleep(0.004)
        await reader.disconnect()
        good(reader)
    reader.connect()
    await asyncio.sleep(1)
    assert [event["seq"] for event in good(reader).events] == list(range(1, 101))


@in_virtual_time
async def test_ids_that_collide_in_one_millisecond(hub: Hub, logs: FaultyLogs) -> None:
    """Order comes from the sequence alone: events of one moment, and a clock that goes back, change nothing."""
    logs.append(RUN, 50)
    for event in logs.logs[RUN].events:
        event["at"] = 1000 - event["seq"] % 3
    reader = good(await connected(hub))
    assert [event["seq"] for event in reader.events] == list(range(1, 51))


@in_virtual_time
async def test_cursor_compared_as_text(hub: Hub, logs: FaultyLogs) -> None:
    """9 comes before 10, whatever the letters say."""
    logs.append(RUN, 12)
    log = logs.logs[RUN]
    reader = good(await connected(hub, events=log.events[:9], log_id=log.log_id))
    assert [event["seq"] for event in reader.events] == list(range(1, 13))
    assert reader.resyncs == []


@in_virtual_time
async def test_lost_doorbell(hub: Hub, logs: FaultyLogs) -> None:
    reader = await connected(hub)
    logs.append(RUN, 5, ring=False)
    await asyncio.sleep(SWEEP_S + 0.1)
    assert good(reader).seq == 5


@in_virtual_time
async def test_cursor_ahead_waits_for_ever(hub: Hub, logs: FaultyLogs) -> None:
    """After a failover a reader may know more than the log does. A plain read would wait in silence."""
    logs.append(RUN, 20)
    log = logs.logs[RUN]
    had = list(log.events)
    log.events = log.events[:15]  # the same log id: nobody has written since
    reader = good(await connected(hub, events=had, log_id=log.log_id))
    assert reader.resyncs == ["ahead"]
    assert reader.seq == 15


@in_virtual_time
async def test_one_read_that_fails_stops_all(hub: Hub, logs: FaultyLogs) -> None:
    reader = await connected(hub)
    logs.go_away()
    logs.append(RUN, 4)
    await asyncio.sleep(10)
    logs.away = False
    await asyncio.sleep(6)
    assert good(reader).seq == 4


async def test_pool_exhaustion(engine: Engine, hub: Hub, redis_url: str) -> None:
    """A viewer is no connection: five hundred of them on fifty runs take as many as one, and none waits for another."""
    run_ids = [new_run_id() for _ in range(50)]
    for run_id in run_ids:
        await begin(engine, run_id)
    async with Redis.from_url(redis_url) as client:
        before = {each["id"] for each in await client.client_list()}
        following = [asyncio.create_task(frames_to_end(hub, run_id)) for run_id in run_ids for _ in range(10)]
        for run_id in run_ids:
            await say(engine, run_id, "a", "b")
        looks = await asyncio.gather(*(engine.meta(run_id) for run_id in run_ids))
        taken = len({each["id"] for each in await client.client_list()} - before)
        for run_id in run_ids:
            await finish(engine, run_id)
        frames = await asyncio.wait_for(asyncio.gather(*following), 30)
    assert all(looks)
    assert all(seqs(each) == [1, 2, 3, 4] for each in frames)
    # The pool's, the scripts' and the doorbells'; the first two were there before.
    assert taken <= 3


async def test_page_is_read_whole(engine: Engine) -> None:
    """A page that ends within an entry would lose the entry's rest: whole entries are read, whatever the limit."""
    run_id = new_run_id()
    await begin(engine, run_id)
    await say(engine, run_id, *map(str, range(10)))
    page: LogPage = await engine.read(run_id, 0, limit=2)
    assert [event["seq"] for event in page.events] == list(range(1, 12))
