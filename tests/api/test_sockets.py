"""The socket of a page, through the whole ASGI application: origin check, session, access, acks, and the way out."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
from channels.testing import WebsocketCommunicator
from django.test import AsyncClient

from genisys_site.asgi import application
from runs.live import following, viewer_slots
from runs.live import sockets as consumers
from runs.models import Run

PATIENCE_S = 10


class Socket:
    """A page's end of the socket."""

    def __init__(self, cookie: str, origin: str = "http://localhost") -> None:
        headers = [(b"host", b"localhost"), (b"origin", origin.encode()), (b"cookie", cookie.encode())]
        self.line = WebsocketCommunicator(application, "/ws/runs", headers)

    async def open(self) -> bool:
        return bool((await self.line.connect(timeout=PATIENCE_S))[0])

    async def say(self, **message: Any) -> None:
        await self.line.send_json_to(message)

    async def hear(self) -> dict[str, Any]:
        frame: dict[str, Any] = json.loads(await self.line.receive_from(timeout=PATIENCE_S))
        return frame

    async def hear_until(self, kind: str) -> list[dict[str, Any]]:
        frames = [await self.hear()]
        while frames[-1]["t"] != kind:
            frames.append(await self.hear())
        return frames

    async def closed_with(self) -> int:
        while True:
            message = await self.line.receive_output(timeout=PATIENCE_S)
            if message["type"] == "websocket.close":
                return int(message["code"])


Open = Callable[..., Any]


@pytest.fixture
async def connect(engine: Any, people: Any) -> AsyncIterator[Open]:
    """Opens a socket as this person."""
    sockets: list[Socket] = []

    async def connect(user: Any, **options: Any) -> Socket:
        client = AsyncClient()
        if user is not None:
            await client.aforce_login(user)
        cookie = "; ".join(f"{name}={morsel.value}" for name, morsel in client.cookies.items())
        socket = Socket(cookie, **options)
        sockets.append(socket)
        assert await socket.open()
        return socket

    yield connect
    for socket in sockets:
        await socket.line.disconnect(timeout=PATIENCE_S)


def seqs(frames: list[dict[str, Any]]) -> list[int]:
    return [event["seq"] for frame in frames if frame["t"] == "batch" for event in frame["events"]]


async def test_a_page_follows_its_run_to_the_end(connect: Open, people: Any, live_run: Any) -> None:
    socket = await connect(people.owner)
    await socket.say(t="sub", run=live_run.id, after=0, log_id=None)
    history = await socket.hear_until("live")
    await live_run.say("news")
    await live_run.finish()
    news = await socket.hear_until("end")
    assert seqs(history + news) == [1, 2, 3]
    assert news[-1]["status"] == "completed"


@pytest.mark.parametrize("log_id", ["", "٣", "é", "a b", "a:b", "x" * 65])
async def test_a_log_that_no_cursor_can_name_is_refused(connect: Open, people: Any, live_run: Any, log_id: str) -> None:
    socket = await connect(people.owner)
    await socket.say(t="sub", run=live_run.id, after=0, log_id=log_id)
    assert (await socket.hear_until("error"))[-1]["code"] == 400


async def test_one_socket_follows_many_runs_each_from_its_cursor(
    connect: Open, people: Any, live_run: Any, engine: Any
) -> None:
    from runs.service.starting import start_run

    other = await start_run(user=people.owner, workflow="api-test", input={"topic": "wasps"})
    await live_run.say("a", "b")
    socket = await connect(people.owner)
    await socket.say(t="sub", run=live_run.id, after=2)
    await socket.say(t="sub", run=other.pk)
    frames = await socket.hear_until("live")
    frames += await socket.hear_until("live")
    assert seqs([frame for frame in frames if frame["run"] == live_run.id]) == [3]
    assert seqs([frame for frame in frames if frame["run"] == other.pk]) == [1]


async def test_an_outsider_and_a_wrong_id_get_the_same_404(connect: Open, people: Any, live_run: Any) -> None:
    socket = await connect(people.outsider)
    answers = []
    for run_id in (live_run.id, "018f0000-0000-7000-8000-000000000000", "nonsense"):
        await socket.say(t="sub", run=run_id)
        answers.append(await socket.hear())
    assert [(answer["t"], answer["code"]) for answer in answers] == [("error", 404)] * 3
    assert len({answer["message"] for answer in answers}) == 1


async def test_staff_may_follow_any_run(connect: Open, people: Any, live_run: Any) -> None:
    socket = await connect(people.staff)
    await socket.say(t="sub", run=live_run.id)
    assert seqs(await socket.hear_until("live")) == [1]


async def test_who_is_not_signed_in_is_told_so_and_closed_with_4401(connect: Open) -> None:
    socket = await connect(None)
    assert (await socket.hear())["code"] == 401
    assert await socket.closed_with() == 4401


async def test_a_page_of_another_origin_gets_no_socket(people: Any) -> None:
    client = AsyncClient()
    await client.aforce_login(people.owner)
    socket = Socket(f"sessionid={client.cookies['sessionid'].value}", origin="http://evil.example")
    assert not await socket.open()


@pytest.mark.parametrize(
    "text",
    ["{", "[]", '"sub"', '{"t":"dance"}', '{"t":"sub"}', '{"t":"sub","run":"x","after":-1}', '{"t":"sub","run":7}'],
)
async def test_a_bad_message_is_an_error_frame_and_the_socket_goes_on(
    connect: Open, people: Any, live_run: Any, text: str
) -> None:
    socket = await connect(people.owner)
    await socket.line.send_to(text_data=text)
    answer = await socket.hear()
    assert (answer["t"], answer["code"]) == ("error", 400)
    await socket.say(t="sub", run=live_run.id)
    assert seqs(await socket.hear_until("live")) == [1]


async def test_a_huge_or_binary_message_closes_the_socket(connect: Open, people: Any) -> None:
    for message in ({"text_data": "x" * 5000}, {"bytes_data": b"\x00"}):
        socket = await connect(people.owner)
        await socket.line.send_to(**message)
        assert (await socket.hear())["code"] == 413
        assert await socket.closed_with() == 1009


async def test_one_socket_follows_at_most_fifty_runs(connect: Open, people: Any, engine: Any) -> None:
    ids = [
        (await Run.objects.acreate(workflow="w", owner=people.owner, deployment="dev", input={})).pk for _ in range(51)
    ]
    socket = await connect(people.owner)
    for run_id in ids:
        await socket.say(t="sub", run=run_id)
    refused = await socket.hear()
    assert (refused["run"], refused["code"]) == (ids[50], 429)


async def test_who_asks_for_news_in_brief_gets_a_piece_of_text_without_its_envelope(
    connect: Open, people: Any, live_run: Any
) -> None:
    def piece(off: int, txt: str) -> dict[str, Any]:
        return {"type": "text.delta", "at": 1, "block": "article", "off": off, "txt": txt}

    await live_run._append([{"type": "text.reset", "at": 1, "block": "article"}, piece(0, "history ")])
    brief, plain = await connect(people.owner), await connect(people.owner)
    await brief.say(t="sub", run=live_run.id, brief=True)
    await plain.say(t="sub", run=live_run.id)
    history, live = await brief.hear(), await brief.hear()
    assert (history["t"], history["last"], live["t"], live["log_id"]) == ("batch", 3, "live", history["log_id"])
    assert [(await plain.hear())["t"] for _ in range(2)] == ["batch", "live"]

    await live_run._append([piece(8, "news")])
    said = await brief.hear()
    assert said == {"t": "text", "key": live["key"], "seq": 4, "block": "article", "off": 8, "txt": "news"}
    [whole] = (await plain.hear())["events"]
    assert {**whole, "t": "text", "key": live["key"]} == {**said, "type": "text.delta", "at": 1, "attempt": 0}

    await live_run.say("a status line is a batch as ever")
    assert (await brief.hear())["first"] == 5


async def test_runs_that_have_ended_do_not_count(connect: Open, people: Any, engine: Any) -> None:
    fields = {"workflow": "w", "owner": people.owner, "deployment": "dev", "input": {}, "status": "completed"}
    socket = await connect(people.owner)
    for _ in range(52):
        run = await Run.objects.acreate(**fields)
        await socket.say(t="sub", run=run.pk)
        ended = await socket.hear()
        assert (ended["t"], ended["run"]) == ("end", run.pk)


async def test_unsub_is_silence(connect: Open, people: Any, live_run: Any) -> None:
    socket = await connect(people.owner)
    await socket.say(t="sub", run=live_run.id)
    await socket.hear_until("live")
    hub = await following.hub()
    assert hub.viewers == 1
    await socket.say(t="unsub", run=live_run.id)
    await socket.line.send_to(text_data="{")
    assert (await socket.hear())["code"] == 400
    assert hub.viewers == 0


async def test_a_reader_without_acks_gets_256_kb_and_the_rest_with_its_acks(
    connect: Open, people: Any, live_run: Any
) -> None:
    for _ in range(12):
        await live_run.say("x" * 50_000)
    socket = await connect(people.owner)
    await socket.say(t="sub", run=live_run.id)
    first = await socket.hear()
    assert len(json.dumps(first)) < 260_000
    assert await socket.line.receive_nothing(timeout=0.3)
    frames = [first]
    while seqs(frames)[-1:] != [13]:
        await socket.say(t="ack", run=live_run.id, seq=seqs(frames)[-1])
        frames.append(await socket.hear())
    assert seqs(frames) == list(range(1, 14))


async def test_a_large_batch_waits_for_no_ack_that_a_reader_does_not_owe(
    connect: Open, people: Any, live_run: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(consumers, "ACK_PATIENCE_S", 0.5)
    socket = await connect(people.owner)
    await socket.say(t="sub", run=live_run.id)
    frames = await socket.hear_until("live")
    for size in (20_000, 250_000):
        await live_run.say("x" * size)
        frames.append(await socket.hear())
    assert seqs(frames) == [1, 2, 3]


async def test_a_reader_that_never_acknowledges_is_closed_with_4008(
    connect: Open, people: Any, live_run: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(consumers, "ACK_PATIENCE_S", 0.2)
    for _ in range(12):
        await live_run.say("x" * 50_000)
    socket = await connect(people.owner)
    await socket.say(t="sub", run=live_run.id)
    assert await socket.closed_with() == 4008
    assert (await following.hub()).viewers == 0


async def test_a_right_that_is_taken_away_ends_the_subscription(
    connect: Open, people: Any, live_run: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(viewer_slots, "RECHECK_S", 0.1)
    socket = await connect(people.owner)
    await socket.say(t="sub", run=live_run.id)
    await socket.hear_until("live")
    await Run.objects.filter(pk=live_run.id).aupdate(owner=people.outsider)
    refused = await socket.hear()
    assert (refused["t"], refused["run"], refused["code"]) == ("error", live_run.id, 404)
    assert (await following.hub()).viewers == 0


async def test_signing_out_closes_the_socket_with_4401(
    people: Any, engine: Any, live_run: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(viewer_slots, "RECHECK_S", 0.1)
    client = AsyncClient()
    await client.aforce_login(people.owner)
    socket = Socket(f"sessionid={client.cookies['sessionid'].value}")
    assert await socket.open()
    await socket.say(t="sub", run=live_run.id)
    await socket.hear_until("live")
    await client.alogout()
    assert await socket.closed_with() == 4401
    await socket.line.disconnect(timeout=PATIENCE_S)


async def test_a_process_on_its_way_out_closes_sockets_with_4012(connect: Open, people: Any, live_run: Any) -> None:
    socket = await connect(people.owner)
    await socket.say(t="sub", run=live_run.id)
    await socket.hear_until("live")
    await asyncio.gather(consumers.drain(), following.leave())
    assert await socket.closed_with() == 4012
    late = await connect(people.owner)
    assert await late.closed_with() == 4012


async def test_a_page_that_comes_back_gets_every_event_once(connect: Open, people: Any, live_run: Any) -> None:
    got: list[dict[str, Any]] = []
    for number in range(4):
        await live_run.say(f"said {number}")
        socket = await connect(people.owner)
        last = seqs(got)[-1] if got else 0
        log_id = got[0]["log_id"] if got else None
        await socket.say(t="sub", run=live_run.id, after=last, log_id=log_id)
        got += await socket.hear_until("live")
        await socket.line.disconnect(timeout=PATIENCE_S)
    assert seqs(got) == list(range(1, 6))
