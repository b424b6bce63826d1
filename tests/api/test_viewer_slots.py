"""How many may watch from one process, and that whoever may no longer see a run is shown it no longer."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import timedelta
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from channels.testing import WebsocketCommunicator
from django.contrib.sessions.models import Session
from django.test import AsyncClient
from django.utils import timezone

from genisys_site.asgi import application
from runs.live import following, viewer_slots
from runs.models import ApiToken, Run

PATIENCE_S = 10
SSE = {"Accept": "text/event-stream"}
NDJSON = {"Accept": "application/x-ndjson"}


async def a_socket(user: Any, *, extensions: dict[str, Any] | None = None) -> WebsocketCommunicator:
    """The handshake of a page of this person, under a server with these extensions."""
    client = AsyncClient()
    await client.aforce_login(user)
    cookie = f"sessionid={client.cookies['sessionid'].value}"
    headers = [(b"host", b"localhost"), (b"origin", b"http://localhost"), (b"cookie", cookie.encode())]
    line = WebsocketCommunicator(application, "/ws/runs", headers)
    line.scope["extensions"] = extensions or {}
    await line.send_input({"type": "websocket.connect"})
    return line


async def heard(line: WebsocketCommunicator) -> dict[str, Any]:
    message: dict[str, Any] = await line.receive_output(timeout=PATIENCE_S)
    return message


@pytest.fixture
async def opened(engine: Any) -> AsyncIterator[Any]:
    lines: list[WebsocketCommunicator] = []

    async def opened(user: Any, **options: Any) -> WebsocketCommunicator:
        lines.append(await a_socket(user, **options))
        assert (await heard(lines[-1]))["type"] == "websocket.accept"
        return lines[-1]

    yield opened
    for line in lines:
        await line.disconnect(timeout=PATIENCE_S)


async def test_over_the_processs_limit_a_handshake_is_refused_with_503_and_retry_after(
    opened: Any, people: Any, settings: Any
) -> None:
    settings.GENISYS_VIEWERS_PER_PROCESS = 1
    first = await opened(people.owner)
    late = await a_socket(people.outsider, extensions={"websocket.http.response": {}})
    start, body = await heard(late), await heard(late)
    headers = dict(start["headers"])
    assert (start["type"], start["status"]) == ("websocket.http.response.start", 503)
    assert int(headers[b"retry-after"]) > 0
    assert headers[b"content-type"] == b"application/problem+json"
    assert json.loads(body["body"])["detail"] == viewer_slots.FULL_HERE
    await late.disconnect(timeout=PATIENCE_S)
    await first.disconnect(timeout=PATIENCE_S)
    await opened(people.outsider)


async def test_a_server_that_cannot_refuse_a_handshake_says_it_over_the_socket_and_closes_with_4013(
    opened: Any, people: Any, settings: Any
) -> None:
    settings.GENISYS_VIEWERS_PER_PROCESS = 1
    await opened(people.owner)
    late = await opened(people.outsider)
    told = json.loads((await heard(late))["text"])
    assert (told["t"], told["run"], told["code"]) == ("error", None, 503)
    assert told["retry_after"] > 0
    assert (await heard(late))["code"] == 4013


async def test_one_persons_limit_is_not_anothers(opened: Any, people: Any, settings: Any) -> None:
    settings.GENISYS_VIEWERS_PER_PERSON = 2
    await opened(people.owner)
    await opened(people.owner)
    late = await opened(people.owner)
    assert json.loads((await heard(late))["text"])["message"] == viewer_slots.FULL_FOR_YOU
    await opened(people.outsider)


@pytest.mark.parametrize("form", [SSE, NDJSON])
async def test_over_a_limit_a_stream_is_refused_with_a_problem_until_another_ends(
    owner: Any, live_run: Any, settings: Any, form: dict[str, str]
) -> None:
    settings.GENISYS_VIEWERS_PER_PERSON = 1
    watching = await owner.get(f"{live_run.url}/events", **form)
    assert watching.status_code == 200
    refused = await owner.get(f"{live_run.url}/events", **form)
    assert refused.status_code == 503
    assert refused["Content-Type"] == "application/problem+json"
    assert int(refused["Retry-After"]) > 0
    assert (await owner.get(f"{live_run.url}/events")).status_code == 200, "history needs no slot"
    await live_run.finish()
    assert b"".join([part async for part in watching])
    again = await owner.get(f"{live_run.url}/events", **form)
    assert again.status_code == 200
    again.close()


async def test_a_response_that_is_never_sent_leaves_its_slot(owner: Any, live_run: Any, settings: Any) -> None:
    settings.GENISYS_VIEWERS_PER_PERSON = 1
    for _ in range(2):
        answer = await owner.get(f"{live_run.url}/events", **SSE)
        assert answer.status_code == 200
        answer.close()


async def _taken_away(what: str, live_run: Any, person: Any, page: AsyncClient | None = None) -> None:
    """Take from this person what lets them see the run, as it happens in life."""
    if what == "the run":
        await Run.objects.filter(pk=live_run.id).aupdate(owner=None)
    elif what == "the run's row":
        await Run.objects.filter(pk=live_run.id).adelete()
    elif what == "the token":
        await ApiToken.objects.aupdate(revoked_at=timezone.now())
    elif what == "the token's time":
        await ApiToken.objects.aupdate(expires_at=timezone.now() - timedelta(seconds=1))
    elif what == "the token's row":
        await ApiToken.objects.all().adelete()
    elif what == "the account":
        await type(person).objects.filter(pk=person.pk).aupdate(is_active=False)
    elif what == "the person":
        await type(person).objects.filter(pk=person.pk).adelete()
    elif what == "being staff":
        await type(person).objects.filter(pk=person.pk).aupdate(is_staff=False)
    elif what == "the password":
        await sync_to_async(person.set_password)("another")
        await person.asave()
    elif what == "the session":
        assert page is not None
        await page.alogout()
    elif what == "the session's time":
        await Session.objects.aupdate(expire_date=timezone.now() - timedelta(seconds=1))
    else:
        raise AssertionError(what)


OF_THE_OWNER = ["the run", "the run's row", "the account", "the person"]
BY_TOKEN = ["the token", "the token's time", "the token's row"]
BY_SESSION = ["the session", "the session's time", "the password"]


def test_it_is_looked_often_enough_for_ten_seconds() -> None:
    assert viewer_slots.RECHECK_S <= 5


@pytest.mark.parametrize("what", [*OF_THE_OWNER, *BY_TOKEN])
@pytest.mark.parametrize("form", [SSE, NDJSON], ids=["sse", "ndjson"])
async def test_a_stream_ends_without_an_end_when_it_may_be_seen_no_longer(
    owner: Any, people: Any, live_run: Any, monkeypatch: pytest.MonkeyPatch, form: dict[str, str], what: str
) -> None:
    monkeypatch.setattr(viewer_slots, "RECHECK_S", 0.1)
    answer = await owner.get(f"{live_run.url}/events", **form)
    await _ends_when(answer, lambda: _taken_away(what, live_run, people.owner))


@pytest.mark.parametrize("what", [*OF_THE_OWNER, *BY_SESSION])
@pytest.mark.parametrize("form", [SSE, NDJSON], ids=["sse", "ndjson"])
async def test_a_stream_of_a_page_ends_when_its_session_may_see_it_no_longer(
    people: Any, live_run: Any, monkeypatch: pytest.MonkeyPatch, form: dict[str, str], what: str
) -> None:
    monkeypatch.setattr(viewer_slots, "RECHECK_S", 0.1)
    page = AsyncClient()
    await page.aforce_login(people.owner)
    answer: Any = await page.get(f"{live_run.url}/events", headers=form)
    await _ends_when(answer, lambda: _taken_away(what, live_run, people.owner, page))


@pytest.mark.parametrize("form", [SSE, NDJSON], ids=["sse", "ndjson"])
async def test_a_stream_of_staff_ends_when_they_are_staff_no_longer(
    staff: Any, people: Any, live_run: Any, monkeypatch: pytest.MonkeyPatch, form: dict[str, str]
) -> None:
    monkeypatch.setattr(viewer_slots, "RECHECK_S", 0.1)
    answer = await staff.get(f"{live_run.url}/events", **form)
    await _ends_when(answer, lambda: _taken_away("being staff", live_run, people.staff))


async def _ends_when(answer: Any, take_away: Callable[[], Awaitable[None]]) -> None:
    """Read the stream to its end, which comes without an `end`, once what is shown has been taken away."""
    said, taken = "", False
    async with asyncio.timeout(PATIENCE_S):
        async for part in answer:
            said += part.decode()
            if not taken and '"t":"live"' in said:
                taken = True
                await take_away()
    assert taken
    assert '"t":"end"' not in said
    assert (await following.hub()).viewers == 0


@pytest.mark.parametrize("what", [*OF_THE_OWNER[2:], *BY_SESSION])
async def test_a_socket_is_closed_when_its_session_ends(
    opened: Any, people: Any, live_run: Any, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    monkeypatch.setattr(viewer_slots, "RECHECK_S", 0.1)
    line = await opened(people.owner)
    await _follows(line, live_run)
    page = AsyncClient()
    page.cookies["sessionid"] = (await Session.objects.alatest("expire_date")).pk
    await _taken_away(what, live_run, people.owner, page)
    told = json.loads((await heard(line))["text"])
    assert (told["t"], told["code"]) == ("error", 401)
    assert (await heard(line))["code"] == 4401
    async with asyncio.timeout(PATIENCE_S):
        while (await following.hub()).viewers:
            await asyncio.sleep(0.01)


@pytest.mark.parametrize(("who", "what"), [("owner", "the run"), ("owner", "the run's row"), ("staff", "being staff")])
async def test_a_socket_shows_no_more_of_a_run_that_its_person_may_see_no_longer(
    opened: Any, people: Any, live_run: Any, monkeypatch: pytest.MonkeyPatch, who: str, what: str
) -> None:
    monkeypatch.setattr(viewer_slots, "RECHECK_S", 0.1)
    line = await opened(getattr(people, who))
    await _follows(line, live_run)
    await _taken_away(what, live_run, getattr(people, who))
    told = json.loads((await heard(line))["text"])
    assert (told["t"], told["run"], told["code"]) == ("error", live_run.id, 404)
    await live_run.say("not for their eyes")
    await line.send_json_to({"t": "sub", "run": live_run.id})
    assert json.loads((await heard(line))["text"])["code"] == 404


async def _follows(line: WebsocketCommunicator, live_run: Any) -> None:
    await line.send_json_to({"t": "sub", "run": live_run.id})
    while json.loads((await heard(line))["text"])["t"] != "live":
        pass


async def test_all_seats_are_looked_at_in_a_few_queries(
    opened: Any, people: Any, live_run: Any, django_assert_num_queries: Any
) -> None:
    for person in [people.owner, people.staff] * 3:
        line = await opened(person)
        await line.send_json_to({"t": "sub", "run": live_run.id})
        await heard(line)

    def look() -> None:
        with django_assert_num_queries(3):
            assert viewer_slots._losses.func({slot: frozenset(slot.runs) for slot in viewer_slots._taken}) == []

    await sync_to_async(look)()


async def test_a_run_that_begins_to_be_shown_while_seats_are_looked_at_is_not_taken_for_gone(
    owner: Any, live_run: Any, people: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = await Run.objects.acreate(workflow="w", owner=people.owner, deployment="dev", input={})
    token = await ApiToken.objects.filter(user=people.owner).afirst()
    lost: list[set[str] | None] = []
    taken = [viewer_slots.take(people.owner, token_id=token.pk, on_lost=lost.append) for _ in range(2)]
    for slot in taken:
        slot.runs.add(live_run.id)
    still_shown = viewer_slots._still_shown

    def and_another_is_opened(*facts: Any) -> bool:
        for slot in taken:
            slot.runs.add(other.pk)
        return still_shown(*facts)

    monkeypatch.setattr(viewer_slots, "_still_shown", and_another_is_opened)
    await viewer_slots.recheck()
    assert lost == []
    await ApiToken.objects.filter(pk=token.pk).aupdate(revoked_at=timezone.now())
    await viewer_slots.recheck()
    assert lost == [None, None]
    for slot in taken:
        slot.leave()
