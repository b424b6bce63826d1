"""A run's events over HTTP: pages of history, Server-Sent Events, NDJSON."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import quote

import pytest

from genisys.host import Compactor, fold, parse_cursor, write_cursor
from genisys.testing.redis import run_key
from runs.live import following, sockets, sse
from runs.live.following import Cursor
from runs.models import Run
from runs.record.recordings import recording_of

SSE = {"Accept": "text/event-stream"}
NDJSON = {"Accept": "application/x-ndjson"}


async def blocks(answer: Any) -> AsyncIterator[dict[str, str]]:
    """Parse an event stream as WHATWG HTML 9.2.6 says, as far as our frames use it."""
    text = ""
    async for part in answer.streaming_content:
        text += part.decode()
        while "\n\n" in text:
            block, text = text.split("\n\n", 1)
            yield dict(line.split(": ", 1) for line in block.split("\n"))


async def frames_of(answer: Any) -> list[dict[str, Any]]:
    async with asyncio.timeout(20):
        return [json.loads(block["data"]) async for block in blocks(answer) if "data" in block]


def seqs(frames: list[dict[str, Any]]) -> list[int]:
    return [event["seq"] for frame in frames if frame["t"] == "batch" for event in frame["events"]]


async def test_history_comes_in_pages_that_join_up(owner: Any, live_run: Any) -> None:
    await live_run.say(*"abcdefgh")
    await live_run.finish()
    events: list[Any] = []
    after = "0"
    while True:
        page = (await owner.get(f"{live_run.url}/events?after={after}&limit=3")).json()
        events += page["events"]
        after = page["next"]
        if page["up_to_date"]:
            break
    assert [event["seq"] for event in events] == list(range(1, 11))
    assert page["closed"]
    assert page["resync"] is None
    assert fold(events)["run_status"] == "completed"


async def test_a_page_of_history_stays_under_256_kb(owner: Any, live_run: Any) -> None:
    for _ in range(5):
        await live_run.say("x" * 100_000)
    answer = await owner.get(f"{live_run.url}/events")
    assert len(answer.content) < 257 * 1024
    assert not answer.json()["up_to_date"]


@pytest.mark.parametrize(("after", "reason"), [("otherlog:2", "log_id"), ("900", "ahead")])
async def test_history_behind_a_cursor_that_does_not_fit_begins_again(
    owner: Any, live_run: Any, after: str, reason: str
) -> None:
    await live_run.say("a", "b")
    page = (await owner.get(f"{live_run.url}/events?after={after}")).json()
    assert (page["resync"], [event["seq"] for event in page["events"]]) == (reason, [1, 2, 3])


async def test_history_that_redis_lost_is_bridged_by_the_snapshot_or_said_to_be_gone(
    owner: Any, live_run: Any, engine: Any
) -> None:
    await live_run.say(*map(str, range(600)))
    await Compactor(engine).sweep()
    await live_run.say("news")
    whole, expected = await engine.snapshot(live_run.id)
    log, history = (run_key(live_run.id, part) for part in ("log", "history"))
    await engine.store._redis.xtrim(log, minid=f"{whole.last_seq}-0")
    await engine.store._redis.delete(history)
    page = (await owner.get(f"{live_run.url}/events?after=3")).json()
    assert page["resync"] == "trimmed"
    assert fold(page["events"], page["state"]) == expected
    async with asyncio.timeout(20):
        async for block in blocks(await owner.get(f"{live_run.url}/events?after=3", **SSE)):
            if block.get("event") == "resync":
                frame = json.loads(block["data"])
                # Who breaks off here must not come back for what the state holds already.
                assert block["id"] == f"{whole.log_id}:{frame['state']['seq']}"
                break
    await engine.store._redis.delete(run_key(live_run.id, "snapshot"))
    lost = await owner.get(f"{live_run.url}/events?after=3")
    assert lost.status_code == 410
    assert "was lost" in lost.json()["detail"]


NO_CURSORS = ["-1", "a:b", "x y:1", "log1:", "1:2:3", "1.0", "1e3", "+1", "1_0", "1\n", " 1", "١", "log:٣", "１", "é:1"]


@pytest.mark.parametrize("text", NO_CURSORS)
async def test_what_the_library_refuses_as_a_cursor_the_api_refuses_too(owner: Any, live_run: Any, text: str) -> None:
    with pytest.raises(ValueError, match="cursor"):
        parse_cursor(text)
    with pytest.raises(ValueError, match="cursor"):
        Cursor.parse(text)
    for form in (SSE, {}):
        answer = await owner.get(f"{live_run.url}/events?after={quote(text)}", **form)
        assert answer.status_code == 422
        assert "cursor" in answer.json()["detail"]


@pytest.mark.parametrize("text", ["0", "007", "log1:0", "A-b_9:999999999999999"])
def test_a_cursor_that_the_library_reads_the_server_reads_alike(text: str) -> None:
    log_id, seq = parse_cursor(text)
    assert Cursor.parse(text) == Cursor(seq, log_id)
    assert Cursor.parse(write_cursor(log_id, seq)) == Cursor(seq, log_id)


async def test_a_form_that_we_do_not_give_is_406(owner: Any, live_run: Any) -> None:
    assert (await owner.get(f"{live_run.url}/events", Accept="image/png")).status_code == 406


async def test_the_form_with_the_higher_q_wins(owner: Any, live_run: Any) -> None:
    accept = "text/event-stream;q=0.5, application/x-ndjson;q=0.9, application/json;q=0.1"
    answer = await owner.get(f"{live_run.url}/events", Accept=accept)
    assert answer["Content-Type"] == "application/x-ndjson"
    answer.close()


async def test_sse_follows_a_run_to_its_end(owner: Any, live_run: Any) -> None:
    answer = await owner.get(f"{live_run.url}/events", **SSE)
    assert answer["Content-Type"] == "text/event-stream"
    assert answer["X-Accel-Buffering"] == "no"
    assert answer["Cache-Control"] == "no-store, private, no-transform"
    assert answer["Content-Encoding"] == "identity"
    got: list[dict[str, str]] = []
    async with asyncio.timeout(20):
        async for block in blocks(answer):
            got.append(block)
            if block.get("event") == "live":
                await live_run.say("news")
                await live_run.finish()
    assert "retry" in got[0]
    frames = [json.loads(block["data"]) for block in got[1:]]
    assert seqs(frames) == [1, 2, 3]
    assert frames[-1] == {"t": "end", "run": live_run.id, "seq": 3, "status": "completed"}
    assert [block["event"] for block in got[1:]] == [frame["t"] for frame in frames]
    log_id = frames[0]["log_id"]
    assert got[-1]["id"] == f"{log_id}:3"


async def test_last_event_id_wins_over_after_and_nothing_comes_twice(owner: Any, live_run: Any) -> None:
    await live_run.say("a", "b", "c")
    first = await owner.get(f"{live_run.url}/events", **SSE)
    async for block in blocks(first):
        if block.get("event") == "batch":
            cursor = Cursor.parse(block["id"])
            break
    first.close()
    await live_run.finish()
    resume = str(Cursor(2, cursor.log_id))
    again = await owner.get(f"{live_run.url}/events?after=0", **SSE, **{"Last-Event-ID": resume})
    assert seqs(await frames_of(again)) == [3, 4, 5]


@pytest.mark.parametrize("archived", [False, True], ids=["in Redis", "in the archive"])
async def test_a_finished_run_gives_the_same_frames_wherever_it_is_kept(
    owner: Any, live_run: Any, archived: bool
) -> None:
    await live_run.say("a", "b")
    await live_run.finish()
    if archived:
        await live_run.archive()
    frames = await frames_of(await owner.get(f"{live_run.url}/events", **SSE))
    assert seqs(frames) == [1, 2, 3, 4]
    assert frames[-1]["t"] == "end"
    over = await frames_of(await owner.get(f"{live_run.url}/events?after=other:2", **SSE))
    assert [frame["t"] for frame in over] == ["resync", "batch", "end"]
    assert seqs(over) == [1, 2, 3, 4]
    page = (await owner.get(f"{live_run.url}/events?after=2")).json()
    assert [event["seq"] for event in page["events"]] == [3, 4]


async def test_ndjson_is_one_frame_a_line(owner: Any, live_run: Any) -> None:
    await live_run.say("a\nb")
    await live_run.finish()
    answer = await owner.get(f"{live_run.url}/events", **NDJSON)
    text = b"".join([part async for part in answer.streaming_content]).decode()
    frames = [json.loads(line) for line in text.splitlines()]
    assert seqs(frames) == [1, 2, 3]
    assert frames[-1]["t"] == "end"


async def test_a_run_whose_log_is_gone_for_good_ends_rather_than_hang(owner: Any, live_run: Any, engine: Any) -> None:
    await live_run.finish()
    await engine.store._redis.flushall()
    frames = await frames_of(await owner.get(f"{live_run.url}/events", **SSE))
    assert [(frame["t"], frame["status"]) for frame in frames] == [("end", "completed")]


async def test_a_process_on_its_way_out_ends_streams_without_an_end_and_takes_no_new_one(
    owner: Any, live_run: Any
) -> None:
    await live_run.say("a")
    answer = await owner.get(f"{live_run.url}/events", **SSE)
    frames = []
    async with asyncio.timeout(20):
        async for block in blocks(answer):
            if "data" in block:
                frames.append(json.loads(block["data"]))
            if block.get("event") == "live":
                await asyncio.gather(sockets.drain(), sse.drain())
    assert [frame["t"] for frame in frames] == ["batch", "live"]
    refused = await owner.get(f"{live_run.url}/events", **SSE)
    assert refused.status_code == 503
    assert refused["Retry-After"]


async def test_a_client_that_goes_away_leaves_no_viewer_behind(owner: Any, live_run: Any) -> None:
    answer = await owner.get(f"{live_run.url}/events", **SSE)
    caught_up = asyncio.Event()

    async def read() -> None:
        async for block in blocks(answer):
            if block.get("event") == "live":
                caught_up.set()

    reading = asyncio.create_task(read())
    async with asyncio.timeout(20):
        await caught_up.wait()
    hub = await following.hub()
    assert hub.viewers == 1
    reading.cancel()  # what Django does when the connection is closed
    await asyncio.wait([reading])
    assert hub.viewers == 0


async def test_a_long_stream_ends_so_that_its_reader_comes_back(
    owner: Any, live_run: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sse, "MAX_BYTES", 1000)
    await live_run.say("x" * 2000)
    frames = await frames_of(await owner.get(f"{live_run.url}/events", **SSE))
    assert [frame["t"] for frame in frames] == ["batch"]


async def test_those_who_read_a_recorded_run_at_the_same_time_share_what_it_was_decoded_to(live_run: Any) -> None:
    await live_run.say(*(f"line {at}" for at in range(50)))
    await live_run.finish()
    await live_run.archive()
    run = await Run.objects.aget(pk=live_run.id)
    first, second = await recording_of(run), await recording_of(run)
    assert first is second
    whole = [frame async for frame in following.follow(run, Cursor())]
    assert [frame.t for frame in whole] == ["batch", "end"]
    behind = [frame async for frame in following.follow(run, Cursor(20, whole[0].log_id))]
    assert [event["seq"] for event in behind[0]["events"]] == list(range(21, 53))
    ahead = [frame.t async for frame in following.follow(run, Cursor(900, whole[0].log_id))]
    another = [frame.t async for frame in following.follow(run, Cursor(20, "another"))]
    assert ahead == another == ["resync", "batch", "end"]
    gone = [frame.t async for frame in following.follow(run, Cursor(52, whole[0].log_id))]
    assert gone == ["end"]
