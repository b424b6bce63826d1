"""A log that cannot be read is told to its own viewers, and the others hear nothing of it."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import AsyncIterator

import pytest
from redis.exceptions import ResponseError

from genisys.host import Engine, Frame, Hub, apart, new_run_id, store_is_away
from genisys.testing.redis import run_key
from tests.hub.test_over_redis import begin, finish, frames_to_end, say, seqs

UNREADABLE = (
    "The log of this run cannot be read. What it made is kept; whoever runs this site sees the cause in the log."
)
UNREADABLE_LOGS = {
    "no JSON": b"[{",
    "a number in place of an event": b"[7]",
    "an event without a type": b'[{"at":1}]',
    "nested 230 deep": b'[{"type":"status","at":1,"text":"x","more":%s}]' % (b"[" * 230 + b"]" * 230),
    "half a character": b'[{"type":"status","at":1,"text":"\\ud83d"}]',
}


@pytest.fixture
async def hub(engine: Engine) -> AsyncIterator[Hub]:
    hub = Hub(engine, sweep_s=0.2)
    await hub.start()
    yield hub
    await hub.stop()


async def spoil(engine: Engine, run_id: str, body: bytes) -> None:
    """Write an entry at the log's end that no component would, and ring for it.

    This loop stands still meanwhile, or the hub might read the entry before it is written over.
    """

    async def write_over() -> None:
        async with Engine(engine.store.url) as other:
            await say(other, run_id, "to be written over")
            key = run_key(run_id, "log")
            (entry,) = await other.store._redis.xrevrange(key, count=1)
            await other.store._redis.xdel(key, entry[0])
            await other.store._redis.xadd(key, {**entry[1], b"b": body}, id=b"%d-1" % int(entry[0].split(b"-")[0]))

    writing = threading.Thread(target=lambda: asyncio.run(write_over()))
    writing.start()
    writing.join()


async def listen(hub: Hub, run_id: str, heard: list[Frame], live: asyncio.Event) -> None:
    async with hub.view(run_id) as viewer:
        async for frame in viewer:
            heard.append(frame)
            if frame.t == "live":
                live.set()


@pytest.mark.parametrize("body", UNREADABLE_LOGS.values(), ids=UNREADABLE_LOGS.keys())
async def test_the_viewers_of_a_spoilt_run_get_a_sentence_and_the_others_their_news(
    engine: Engine, hub: Hub, body: bytes
) -> None:
    spoilt, *others = [new_run_id() for _ in range(8)]
    heard: dict[str, list[Frame]] = {run_id: [] for run_id in (spoilt, *others)}
    live = {run_id: asyncio.Event() for run_id in heard}
    for run_id in heard:
        await begin(engine, run_id)
    async with asyncio.timeout(30), asyncio.TaskGroup() as group:
        for run_id in heard:
            group.create_task(listen(hub, run_id, heard[run_id], live[run_id]))
        for event in live.values():
            await event.wait()
        await spoil(engine, spoilt, body)
        for run_id in others:
            await say(engine, run_id, "news")
        for run_id in others:
            await finish(engine, run_id)

    assert heard[spoilt][-1] == {"t": "error", "run": spoilt, "code": 410, "message": UNREADABLE}
    for run_id in others:
        assert seqs(heard[run_id]) == [1, 2, 3]
        assert heard[run_id][-1].t == "end"


async def test_history_that_cannot_be_read_is_told_to_those_who_ask_for_it(engine: Engine, hub: Hub) -> None:
    spoilt, other = new_run_id(), new_run_id()
    for run_id in (spoilt, other):
        await begin(engine, run_id)
        await say(engine, run_id, *(f"line {at}" for at in range(600)))
        await say(engine, run_id, "the last")
    key = run_key(spoilt, "log")
    async with asyncio.timeout(30), hub.view(spoilt, after=602) as viewer:
        assert (await anext(viewer)).t == "live"
        entries = await engine.store._redis.xrange(key)
        await engine.store._redis.delete(key)
        for at, (entry_id, fields) in enumerate(entries):
            await engine.store._redis.xadd(key, {**fields, b"b": b"[{"} if at == 0 else fields, id=entry_id)
        assert [frame.t for frame in await frames_to_end(hub, spoilt)] == ["error"]
        await finish(engine, other)
        assert (await frames_to_end(hub, other))[-1].t == "end"


async def test_a_log_that_was_mended_is_shown_to_who_comes_back(engine: Engine, hub: Hub) -> None:
    run_id = new_run_id()
    await begin(engine, run_id)
    await spoil(engine, run_id, b"[{")
    assert [frame.t for frame in await frames_to_end(hub, run_id)] == ["error"]
    key = run_key(run_id, "log")
    (entry,) = await engine.store._redis.xrevrange(key, count=1)
    await engine.store._redis.xdel(key, entry[0])
    mended = {**entry[1], b"b": b'[{"type":"status","at":1,"text":"mended"}]'}
    await engine.store._redis.xadd(key, mended, id=b"%s-2" % entry[0].split(b"-")[0])
    await finish(engine, run_id)
    frames = await frames_to_end(hub, run_id)
    assert (seqs(frames), frames[-1].t) == ([1, 2, 3], "end")


async def test_what_a_browser_gets_is_json_whatever_the_log_holds(engine: Engine, hub: Hub) -> None:
    run_id = new_run_id()
    await begin(engine, run_id)
    await spoil(engine, run_id, b'[{"type":"status","at":1,"text":"x","logprob":-Infinity,"score":NaN}]')
    await finish(engine, run_id)

    def none(name: str) -> None:
        raise AssertionError(f"{name} is no JSON")

    frames = [json.loads(frame.text, parse_constant=none) for frame in await frames_to_end(hub, run_id)]
    told = [event for frame in frames if frame["t"] == "batch" for event in frame["events"]]
    assert [event.get("logprob", "-") for event in told] == ["-", None, "-"]


async def test_of_many_questions_those_that_fail_are_found_by_halving() -> None:
    asked: list[int] = []

    async def answer(keys: list[int]) -> dict[int, str]:
        asked.append(len(keys))
        if wrong := {3, 400}.intersection(keys):
            raise ValueError(f"{wrong}")
        return {key: str(key) for key in keys}

    found, faults = await apart(list(range(500)), answer)
    assert set(faults) == {3, 400}
    assert found == {key: str(key) for key in range(500) if key not in (3, 400)}
    assert len(asked) < 50

    async def away(keys: list[int]) -> dict[int, str]:
        raise ConnectionError("Redis is away")

    with pytest.raises(ConnectionError):
        await apart([1, 2], away)
    assert store_is_away(ResponseError("Command # 1 (EVALSHA 0a 2) of pipeline caused error: NOREPLICAS Not enough"))
    assert not store_is_away(ValueError())
