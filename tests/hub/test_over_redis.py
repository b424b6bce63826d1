"""The hub over a real Redis: live tails, a restart in the middle, and how many connections it takes."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

from genisys.host import STORE_ERRORS, Engine, Frame, Hub, new_run_id
from genisys.testing.redis import make_run, write


async def begin(engine: Engine, run_id: str) -> None:
    await make_run(engine, run_id=run_id, events=[event("run.queued")])


def event(type: str, **fields: Any) -> dict[str, Any]:
    return {"type": type, "at": 1, **fields}


async def say(engine: Engine, run_id: str, *texts: str) -> None:
    await write(engine, run_id, [event("status", text=text) for text in texts])


async def finish(engine: Engine, run_id: str) -> None:
    await write(engine, run_id, [event("run.completed")], status="completed")


async def frames_to_end(hub: Hub, run_id: str, after: int = 0, log_id: str | None = None) -> list[Frame]:
    async with hub.view(run_id, after=after, log_id=log_id) as viewer:
        return [frame async for frame in viewer]


def seqs(frames: list[Frame]) -> list[int]:
    return [event["seq"] for frame in frames if frame.t == "batch" for event in frame["events"]]


async def test_a_viewer_gets_history_then_news_then_the_end(engine: Engine, hub: Hub) -> None:
    run_id = new_run_id()
    await begin(engine, run_id)
    await say(engine, run_id, "one", "two")
    got: list[Frame] = []
    async with asyncio.timeout(20), hub.view(run_id) as viewer:
        async for frame in viewer:
            got.append(frame)
            if frame.t == "live":
                await say(engine, run_id, "three ✓")
                await finish(engine, run_id)
    assert seqs(got) == [1, 2, 3, 4, 5]
    assert got[-1] == {"t": "end", "run": run_id, "seq": 5, "status": "completed"}
    assert "three ✓" in "".join(frame.text for frame in got)


async def test_viewers_who_stand_far_back_hold_one_stretch_of_history_between_them(engine: Engine, hub: Hub) -> None:
    run_id = new_run_id()
    await begin(engine, run_id)
    for at in range(30):
        await say(engine, run_id, f"{at:02}" * 50_000)
    await finish(engine, run_id)
    async with hub.view(run_id) as first, hub.view(run_id) as second, asyncio.timeout(20):
        held = await anext(first)
        assert 0 < held["last"] < 10, "a viewer is not given all that the run wrote at once"
        assert (await anext(second)) is held, "who comes later shares what another still holds"
    whole = await frames_to_end(hub, run_id)
    assert seqs(whole) == list(range(1, 33))


async def test_a_viewer_who_attached_before_the_run_began_gets_all_of_it(engine: Engine, hub: Hub) -> None:
    run_id = new_run_id()
    watching = asyncio.create_task(frames_to_end(hub, run_id))
    await begin(engine, run_id)
    await finish(engine, run_id)
    async with asyncio.timeout(20):
        assert seqs(await watching) == [1, 2]


async def test_a_retried_run_goes_on_behind_its_first_end(engine: Engine, hub: Hub) -> None:
    run_id = new_run_id()
    await begin(engine, run_id)
    await engine.cancel(run_id)
    async with asyncio.timeout(20):
        first = await frames_to_end(hub, run_id)
        assert first[-1]["status"] == "cancelled"
        await write(engine, run_id, [event("run.resumed", reason="retry")], status="queued", reopen=True)
        again = asyncio.create_task(frames_to_end(hub, run_id, first[-1].seq, first[0].log_id))
        await finish(engine, run_id)
        second = await again
    assert seqs(first) + seqs(second) == [1, 2, 3, 4, 5]
    assert second[-1]["status"] == "completed"


async def test_many_viewers_of_many_runs_take_three_connections(engine: Engine, redis_url: str) -> None:
    own = Engine(redis_url)
    hub = Hub(own)
    await hub.start()
    runs = [new_run_id() for _ in range(20)]
    for run_id in runs:
        await begin(engine, run_id)
        await say(engine, run_id, *map(str, range(50)))
    before = await connections(engine)
    views = [asyncio.create_task(frames_to_end(hub, run_id, after)) for run_id in runs for after in range(10)]
    for run_id in runs:
        for number in range(5):
            await say(engine, run_id, f"more {number}")
    during = await connections(engine)
    for run_id in runs:
        await finish(engine, run_id)
    async with asyncio.timeout(60):
        for view, after in zip(views, [*range(10)] * 20, strict=True):
            assert seqs(await view) == list(range(after + 1, 58))
    await hub.stop()
    await own.close()
    assert during - before <= 3


async def connections(engine: Engine) -> int:
    info: dict[str, Any] = await engine.store._redis.info("clients")
    return int(info["connected_clients"])


async def test_viewers_notice_nothing_but_a_pause_when_redis_restarts(
    tmp_path: Path, redis_server: Any, wait_until: Callable[..., Any]
) -> None:
    server = type(redis_server)(tmp_path)
    server.start()
    try:
        async with Engine(server.url) as engine:
            hub = Hub(engine)
            await hub.start()
            run_id = new_run_id()
            await begin(engine, run_id)
            await say(engine, run_id, "before")
            watching = asyncio.create_task(frames_to_end(hub, run_id))
            await asyncio.to_thread(server.restart)
            await said_by(engine, run_id, "after")
            await finish(engine, run_id)
            async with asyncio.timeout(30):
                frames = await watching
            await hub.stop()
    finally:
        server.process.kill()
    # Another server means another log id: the viewer starts over rather than trust what it has.
    behind = max((place for place, frame in enumerate(frames) if frame.t == "resync"), default=-1)
    assert seqs(frames[behind + 1 :]) == [1, 2, 3, 4, 5], "one of them tells of the restart"
    assert frames[-1]["status"] == "completed"


async def said_by(engine: Engine, run_id: str, text: str) -> None:
    """Append once the client has found the server again."""
    async with asyncio.timeout(30):
        while True:
            try:
                return await say(engine, run_id, text)
            except STORE_ERRORS:
                await asyncio.sleep(0.05)
