"""Following a run over a bad line: nothing lost, nothing twice, nothing out of order, and only the end is the end."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx
import pytest

from genisys import GenisysError
from genisys import client as _follow
from genisys.client import FollowRefused, follow
from genisys.host import new_state
from tests.client.conftest import Line, Scripted, batch, end, event, live, ping, refuses, resync, says, stays

pytestmark = pytest.mark.usefixtures("in_no_time")

NO_STATE = {"reason": "x", "state": None}


async def read(scripted: Scripted, **options: Any) -> list[Any]:
    """Return the numbers of the events that come, with the reason in place of a resync."""
    async with asyncio.timeout(20), follow(scripted.url, **options) as run:
        got = [e["reason"] if e["type"] == "resync" else e["seq"] async for e in run]
        assert run.status == "completed"
        return got


async def test_a_run_is_followed_from_its_beginning_to_its_end(scripted: Scripted) -> None:
    scripted.play(stays(batch(1, 2), live(2), batch(3), ping(3), batch(4), end(4)))
    assert await read(scripted) == [1, 2, 3, 4]
    assert scripted.asked == ["0"]


async def test_frames_and_fields_of_a_later_server_are_passed_over(scripted: Scripted) -> None:
    scripted.play(says({"t": "weather", "sky": "blue"}, {**batch(1), "more": 1}, {**end(1), "more": 1}))
    assert await read(scripted) == [1]


async def test_an_answer_that_breaks_off_in_mid_line_is_taken_up_behind_the_last_whole_event(
    scripted: Scripted,
) -> None:
    cut = b'{"t":"batch","run":"r","log_id":"log1","first":3,"last":3,"events":[{"seq":3,"ty'
    scripted.play(says(batch(1, 2), cut), says(batch(3), end(3)))
    assert await read(scripted) == [1, 2, 3]
    assert scripted.asked == ["0", "log1:2"]


async def test_a_last_line_without_its_end_does_not_count(scripted: Scripted) -> None:
    whole_but_unfinished = b'{"t":"end","run":"r","seq":1,"status":"failed"}'
    scripted.play(says(batch(1), whole_but_unfinished), says(end(1)))
    assert await read(scripted) == [1]
    assert scripted.asked == ["0", "log1:1"]


async def test_events_that_come_again_are_dropped(scripted: Scripted) -> None:
    scripted.play(says(batch(1, 2), batch(1, 2), batch(2, 3), batch(3), end(3)))
    assert await read(scripted) == [1, 2, 3]


async def test_a_gap_between_batches_is_asked_for_at_once_from_the_cursor(scripted: Scripted) -> None:
    scripted.play(stays(batch(1), batch(4, 5)), says(batch(2, 3, 4, 5), end(5)))
    assert await read(scripted) == [1, 2, 3, 4, 5]
    assert scripted.asked == ["0", "log1:1"]


async def test_a_gap_within_a_batch_is_asked_for_behind_what_came_before_it(scripted: Scripted) -> None:
    scripted.play(stays(batch(1, 2, 4)), says(batch(3, 4), end(4)))
    assert await read(scripted) == [1, 2, 3, 4]
    assert scripted.asked == ["0", "log1:2"]


async def test_events_out_of_order_are_put_right_by_the_server(scripted: Scripted) -> None:
    scripted.play(stays(batch(1), batch(3), batch(2)), stays(batch(3, 2)), says(batch(2), batch(3), end(3)))
    assert await read(scripted) == [1, 2, 3]


@pytest.mark.parametrize("frame", [live(2), ping(2), end(2)])
async def test_a_frame_that_was_lost_shows_in_whatever_comes_next(scripted: Scripted, frame: dict[str, Any]) -> None:
    scripted.play(stays(batch(1), frame), says(batch(2), end(2)))
    assert await read(scripted) == [1, 2]
    assert scripted.asked == ["0", "log1:1"]


async def test_a_server_that_always_leaves_something_out_is_asked_ever_less_often(
    scripted: Scripted, monkeypatch: pytest.MonkeyPatch
) -> None:
    waits: list[int] = []

    def noted(failures: int) -> float:
        waits.append(failures)
        return 0.0

    monkeypatch.setattr(_follow, "backoff_s", noted)
    scripted.play(*([stays(batch(1), batch(3))] + [stays(batch(3))] * 5), says(batch(2, 3), end(3)))
    assert await read(scripted) == [1, 2, 3]
    assert waits == [1, 2, 3, 4, 5]


async def test_an_event_that_covers_others_stands_for_them(scripted: Scripted) -> None:
    joined = event(7, covers=5)
    scripted.play(says(batch(1, 2), batch(joined), batch(8), end(8)))
    assert await read(scripted) == [1, 2, 7, 8]


async def test_an_event_that_covers_what_is_known_in_part_is_taken_and_an_older_one_is_not(scripted: Scripted) -> None:
    scripted.play(says(batch(1, 2, 3), batch(event(5, covers=4)), batch(event(4, covers=2)), batch(6), end(6)))
    assert await read(scripted) == [1, 2, 3, 5, 6]


async def test_an_event_that_covers_too_little_leaves_a_gap(scripted: Scripted) -> None:
    scripted.play(stays(batch(1), batch(event(6, covers=4))), says(batch(event(6, covers=5)), end(6)))
    assert await read(scripted) == [1, 6]
    assert scripted.asked == ["0", "log1:1"]


async def test_a_resync_is_an_event_that_says_to_drop_what_came_before(scripted: Scripted) -> None:
    scripted.play(says(batch(1, 2), resync("log_id", "log2"), batch(1, 2, log_id="log2"), end(2)))
    run = follow(scripted.url)
    events = [each async for each in run]
    assert [(e["type"], e["seq"]) for e in events[2:4]] == [("resync", 0), ("status", 1)]
    assert events[2] == {"type": "resync", "seq": 0, "log_id": "log2", "reason": "log_id", "state": None}
    assert run.cursor == "log2:2"


async def test_a_resync_with_a_state_goes_on_behind_it(scripted: Scripted) -> None:
    state = {**new_state(), "seq": 900, "status_text": "Far on"}
    scripted.play(says(batch(1), resync("trimmed", seq=900, state=state)), says(batch(901), end(901)))
    run = follow(scripted.url)
    events = [each async for each in run]
    assert [e["seq"] for e in events] == [1, 900, 901]
    assert events[1]["state"] == state
    assert scripted.asked == ["0", "log1:900"]


async def test_a_batch_of_another_log_is_a_resync_even_where_the_server_forgot_to_say_so(scripted: Scripted) -> None:
    scripted.play(says(batch(1, 2)), stays(batch(3, log_id="log2")), says(batch(1, 2, 3, log_id="log2"), end(3)))
    assert await read(scripted) == [1, 2, "log_id", 1, 2, 3]
    assert scripted.asked == ["0", "log1:2", "log2:0"]


@pytest.mark.parametrize(
    "garbage",
    [
        b"<html>Bad gateway</html>\n",
        b"\x00\xff\xfe\n",
        b"[]\n",
        b"{}\n",
        b"\n",
        b'{"t":"batch","log_id":"log1","events":[{"seq":"2","type":"x"}]}\n',
        b'{"t":"batch","log_id":"log1","events":[{"seq":2}]}\n',
        b'{"t":"batch","log_id":"log1","events":[{"seq":2,"type":"x","covers":3}]}\n',
        b'{"t":"batch","log_id":"x\\r\\nX: y","events":[]}\n',
        b'{"t":"end","seq":1.5,"status":"completed"}\n',
        b'{"t":"end","status":"completed"}\n',
        b'{"t":"error","code":503,"message":"x","retry_after":NaN}\n',
        b"[" * 100_000 + b"\n",
    ],
)
async def test_garbage_is_a_broken_line_and_no_end(scripted: Scripted, garbage: bytes) -> None:
    scripted.play(stays(batch(1), garbage), says(batch(2), end(2)))
    assert await read(scripted) == [1, 2]
    assert scripted.asked == ["0", "log1:1"]


async def test_a_page_of_a_proxy_is_a_broken_line(scripted: Scripted) -> None:
    async def proxy(line: Line) -> None:
        await line.head(200, Content_Type="text/html")
        await line.raw(b"<html>We are back soon</html>")

    scripted.play(proxy, says(batch(1), end(1)))
    assert await read(scripted) == [1]


async def test_what_is_no_http_is_a_broken_line(scripted: Scripted) -> None:
    async def other(line: Line) -> None:
        await line.raw(b"220 mail.example ESMTP\r\n")

    scripted.play(other, says(batch(1), end(1)))
    assert await read(scripted) == [1]


async def test_a_line_without_end_is_given_up_rather_than_kept(
    scripted: Scripted, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_follow, "LONGEST_LINE_BYTES", 100_000)

    async def endless(line: Line) -> None:
        await line.say(batch(1))
        for _ in range(1_000):
            await line.raw(b"x" * 10_000)

    scripted.play(endless, says(end(1)))
    assert await read(scripted) == [1]


async def rest(line: Line) -> None:
    """Say what is left of two events: none may have arrived where the machine stood still for a moment."""
    await line.say(*([batch(1)] if line.after == "0" else []), batch(2), end(2))


async def test_silence_counts_as_a_dead_line(scripted: Scripted, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_follow, "SILENCE_S", 0.2)
    scripted.play(stays(batch(1)), rest)
    assert await read(scripted) == [1, 2]
    await scripted.gone.wait()


async def test_bytes_that_never_make_a_frame_are_silence_too(
    scripted: Scripted, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_follow, "SILENCE_S", 0.3)

    async def drips(line: Line) -> None:
        await line.say(batch(1))
        while True:
            await line.raw(b" ")
            await asyncio.sleep(0.02)  # much more often than SILENCE_S

    scripted.play(drips, rest)
    assert await read(scripted) == [1, 2]


async def test_a_server_that_takes_no_connection_is_waited_for(scripted: Scripted) -> None:
    async def slams(line: Line) -> None:
        pass

    scripted.play(slams, slams, says(batch(1), end(1)))
    assert await read(scripted) == [1]


@pytest.mark.parametrize("form", ["header", "frame", "date"])
async def test_retry_after_says_not_before(scripted: Scripted, form: str) -> None:
    async def not_now(line: Line) -> None:
        if form == "header":
            await line.problem(503, "Full.", Retry_After="1")
        elif form == "frame":
            await line.say({"t": "error", "run": None, "code": 503, "message": "Full.", "retry_after": 0.5})
        else:
            from datetime import UTC, datetime, timedelta
            from email.utils import format_datetime

            await line.problem(429, Retry_After=format_datetime(datetime.now(UTC) + timedelta(seconds=2), usegmt=True))

    scripted.play(not_now, says(batch(1), end(1)))
    assert await read(scripted) == [1]
    assert scripted.times[1] - scripted.times[0] >= {"header": 1.0, "frame": 0.5, "date": 0.9}[form]


async def test_trouble_says_why_there_is_no_line_and_is_gone_with_it(scripted: Scripted) -> None:
    scripted.play(refuses(503, "Redis is away.", Retry_After="30"), says(batch(1), end(1)))
    run = follow(scripted.url)
    reading = asyncio.create_task(anext(run))
    async with asyncio.timeout(10):
        while not run.trouble:
            await asyncio.sleep(0)
    assert run.trouble == "The server answered 503. The server says: Redis is away."
    reading.cancel()
    await asyncio.wait([reading])
    run._not_before = 0
    assert (await anext(run))["seq"] == 1
    assert run.trouble == ""
    await run.aclose()


@pytest.mark.parametrize(
    ("status", "token", "words"),
    [
        (401, "gen_x", "wrong, expired or withdrawn"),
        (401, None, "manage.py token"),
        (403, "gen_x", "may not read"),
        (404, "gen_x", "no such run"),
        (422, "gen_x", "422"),
        (302, "gen_x", "redirects"),
    ],
)
async def test_a_refusal_is_an_error_of_ours_with_a_sentence(
    scripted: Scripted, status: int, token: str | None, words: str
) -> None:
    scripted.play(refuses(status, "Because.", Location="http://127.0.0.1:1/elsewhere"))
    with pytest.raises(FollowRefused, match=words) as refused:
        async for _ in follow(scripted.url, token=token):
            pass
    assert (refused.value.status, refused.value.permanent) == (status, True)
    assert "The server says: Because." in refused.value.message
    assert isinstance(refused.value, GenisysError)
    assert len(scripted.lines) == 1, "neither asked again nor sent on"


async def test_a_redirect_is_not_followed_even_by_a_client_that_would(scripted: Scripted) -> None:
    scripted.play(refuses(307, Location=f"{scripted.url}/other"))
    async with httpx.AsyncClient(follow_redirects=True, trust_env=False) as client:
        with pytest.raises(FollowRefused):
            await anext(follow(scripted.url, token="gen_x", client=client))
    assert len(scripted.lines) == 1


async def test_a_token_that_expires_meanwhile_is_a_refusal_and_another_goes_on_from_the_cursor(
    scripted: Scripted,
) -> None:
    scripted.play(says(batch(1, 2)), refuses(401), says(batch(3), end(3)))
    run = follow(scripted.url, token="gen_old")
    assert [(await anext(run))["seq"] for _ in range(2)] == [1, 2]
    with pytest.raises(FollowRefused):
        await anext(run)
    assert await read(scripted, token="gen_new", after=run.cursor) == [3]
    assert scripted.lines[2].headers["authorization"] == "Bearer gen_new"


async def test_an_error_frame_is_a_refusal_or_a_pause_by_its_code(scripted: Scripted) -> None:
    error = {"t": "error", "run": None, "message": "Gone."}
    scripted.play(stays(batch(1), {**error, "code": 500}), stays({**error, "code": 404}))
    run = follow(scripted.url)
    assert (await anext(run))["seq"] == 1
    with pytest.raises(FollowRefused, match="Gone"):
        await anext(run)


async def test_the_cursor_is_that_of_what_was_handed_out_not_of_what_was_read(scripted: Scripted) -> None:
    scripted.play(stays(batch(1, 2, 3)))
    async with follow(scripted.url) as run:
        assert run.cursor == "0"
        await anext(run)
        assert run.cursor == "log1:1"
        await anext(run)
        assert run.cursor == "log1:2"
    scripted.play(*[says(batch(3), end(3))] * 2)
    assert await read(scripted, after="log1:2") == [3]


async def test_cancelling_loses_nothing_and_it_may_be_asked_again(scripted: Scripted) -> None:
    scripted.play(stays(batch(1)), stays(), says(batch(2), end(2)))
    run = follow(scripted.url)
    assert (await anext(run))["seq"] == 1
    for lines in (1, 2):
        asking = asyncio.ensure_future(anext(run))
        async with asyncio.timeout(10):
            while len(scripted.asked) < lines:
                await asyncio.sleep(0.01)
        await asyncio.sleep(0.1)  # it waits for the line by now
        asking.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asking
    async with asyncio.timeout(10):
        assert [each["seq"] async for each in run] == [2]
    assert run.status == "completed"
    assert scripted.asked == ["0", "log1:1", "log1:1"]


async def test_leaving_the_loop_early_closes_the_line(scripted: Scripted) -> None:
    scripted.play(stays(batch(1, 2)))
    async for each in follow(scripted.url):
        if each["seq"] == 1:
            break
    async with asyncio.timeout(10):
        await scripted.gone.wait()


async def test_a_slow_reader_is_not_read_ahead_for(scripted: Scripted) -> None:
    """What it does not take stays with the server: the line itself is full after a few megabytes."""
    sent = 0

    async def floods(line: Line) -> None:
        nonlocal sent
        for seq in range(1, 401):
            await line.say(batch(event(seq, "x" * 250_000)))
            sent = seq
        await line.say(end(400))

    scripted.play(floods)
    async with asyncio.timeout(60), follow(scripted.url) as run:
        await anext(run)
        before = -1
        while before != sent:
            before = sent
            await asyncio.sleep(0.2)  # that nothing more is sent has no event: two looks agree
        assert sent < 200, "a reader that took one event was read ahead for"
        assert [each["seq"] async for each in run] == list(range(2, 401))


async def test_states_come_once_a_frame_and_survive_a_resync(scripted: Scripted) -> None:
    state = {**new_state(), "seq": 10, "status_text": "Far on"}
    scripted.play(
        says(batch(1, 2, 3), batch(4), resync("trimmed", seq=10, state=state), batch(11)),
        says(resync("log_id", "log2"), batch(1, log_id="log2"), end(1)),
    )
    async with asyncio.timeout(20):
        seen = [(s["seq"], s["status_text"]) async for s in follow(scripted.url).states()]
    assert seen == [(3, "said 3"), (4, "said 4"), (10, "Far on"), (11, "said 11"), (0, ""), (1, "said 1")]


async def test_states_take_an_event_that_covers_others(scripted: Scripted) -> None:
    text = {"at": 1, "attempt": 1, "block": "b", "step": "s"}
    scripted.play(
        stays(
            batch(1, {"seq": 2, "type": "text.delta", "off": 0, "txt": "One", **text}),
            batch({"seq": 5, "type": "text.delta", "off": 3, "txt": " and three", "covers": 3, **text}),
            batch({"seq": 9, "type": "text.final", "txt": "One, two and three", "covers": 4, **text}),
            end(9),
        )
    )
    async with asyncio.timeout(20):
        seen = [(s["seq"], s["blocks"]["b"]["txt"]) async for s in follow(scripted.url).states()]
    assert seen == [(2, "One"), (5, "One and three"), (9, "One, two and three")]


async def test_states_go_on_from_a_state_and_its_cursor(scripted: Scripted) -> None:
    scripted.play(says(batch(3), end(3)))
    state = {**new_state(), "seq": 2, "title": "Kept"}
    seen = [s async for s in follow(scripted.url, after="log1:2").states(state)]
    assert [(s["seq"], s["title"]) for s in seen] == [(3, "Kept")]
    for after, wrong in (("log1:2", None), (None, state), ("log1:1", state)):
        with pytest.raises(ValueError, match="belongs to the cursor"):
            follow(scripted.url, after=after).states(wrong)


async def test_events_that_do_not_fit_on_the_state_are_asked_for_anew_once(scripted: Scripted) -> None:
    hole = {"seq": 2, "at": 1, "type": "text.delta", "attempt": 1, "block": "b", "off": 7, "txt": "x"}
    scripted.play(stays(batch(1, hole)), says(batch(1, 2), end(2)))
    seen = [s["seq"] async for s in follow(scripted.url).states()]
    assert seen == [0, 2]
    assert scripted.asked == ["0", "log1:0"]
    scripted.lines.clear()
    scripted.play(stays(batch(1, hole)))
    with pytest.raises(GenisysError, match="do not fit together"):
        async for _ in follow(scripted.url).states():
            pass


@pytest.mark.parametrize("url", ["", "runs/1", "ftp://x/api/runs/1", "http:///api", "http://me:secret@x/api/runs/1"])
def test_an_address_that_is_none_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match="address"):
        follow(url)


@pytest.mark.parametrize("after", ["", "-1", "a:b", "x y:1", "log1:", "1:2:3", "١"])
def test_a_cursor_that_is_none_is_refused(after: str) -> None:
    with pytest.raises(ValueError, match="cursor"):
        follow("http://127.0.0.1/api/runs/1", after=after)


@pytest.mark.parametrize("token", ["", "a b", "a\r\nX: y", "ключ"])
def test_a_token_that_is_none_is_refused_and_never_shown(token: str) -> None:
    with pytest.raises(ValueError, match="API token") as refused:
        follow("http://127.0.0.1/api/runs/1", token=token)
    assert not token or token not in str(refused.value)


def test_a_token_is_not_shown(scripted: Scripted) -> None:
    assert "gen_x" not in repr(follow("http://127.0.0.1/api/runs/1", token="gen_x"))


@pytest.mark.parametrize("url", ["http://h/api/runs/1", "http://h/api/runs/1/", "http://h/api/runs/1/events#x"])
def test_the_address_of_the_run_and_of_its_events_will_both_do(url: str) -> None:
    assert "http://h/api/runs/1/events at 0" in repr(follow(url))


def test_reconnecting_is_spread_from_half_a_second_to_a_ceiling_that_grows_to_ten(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.undo()
    for failures, ceiling in ((1, 1.0), (2, 2.0), (3, 4.0), (4, 8.0), (5, 10.0), (500, 10.0)):
        waits = [_follow.backoff_s(failures) for _ in range(300)]
        assert min(waits) >= 0.5 and max(waits) <= ceiling
        assert max(waits) - min(waits) > 0.5 * (ceiling - 0.5)
