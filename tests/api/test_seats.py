"""How many may watch from one process, and that whoever may no longer see a run is shown it no longer."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from channels.testing import WebsocketCommunicator
from django.test import AsyncClient
from django.utils import timezone

from genisys_site.asgi import application
from runs import following, seats
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
    assert json.loads(body["body"])["detail"] == seats.FULL_HERE
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
    assert json.loads((await heard(late))["text"])["message"] == seats.FULL_FOR_YOU
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
    assert (await owner.get(f"{live_run.url}/events")).status_code == 200, "history needs no seat"
    await live_run.finish()
    assert b"".join([part async for part in watching])
    again = await owner.get(f"{live_run.url}/events", **form)
    assert again.status_code == 200
    again.close()


async def test_a_response_that_is_never_sent_leaves_its_seat(owner: Any, live_run: Any, settings: Any) -> None:
    settings.GENISYS_VIEWERS_PER_PERSON = 1
    for _ in range(2):
        answer = await owner.get(f"{live_run.url}/events", **SSE)
        assert answer.status_code == 200
        answer.close()


async def _taken_away(what: str, live_run: Any, people: Any) -> None:
    if what == "the run":
        await Run.objects.filter(pk=live_run.id).aupdate(owner=people.outsider)
    elif what == "the token":
        await ApiToken.objects.aupdate(revoked_at=timezone.now())
    elif what == "the token's time":
        await ApiToken.objects.aupdate(expires_at=timezone.now() - timedelta(seconds=1))
    else:
        people.owner.is_active = False
        await people.owner.asave()


@pytest.mark.parametrize("what", ["the run", "the token", "the token's time", "the account"])
@pytest.mark.parametrize("form", [SSE, NDJSON])
async def test_a_stream_ends_without_an_end_when_it_may_be_seen_no_longer(
    owner: Any, people: Any, live_run: Any, monkeypatch: pytest.MonkeyPatch, form: dict[str, str], what: str
) -> None:
    monkeypatch.setattr(seats, "RECHECK_S", 0.1)
    answer = await owner.get(f"{live_run.url}/events", **form)
    said = ""
    async with asyncio.timeout(PATIENCE_S):
        async for part in answer:
            said += part.decode()
            if '"t":"live"' in said:
                await _taken_away(what, live_run, people)
    assert '"t":"end"' not in said
    assert (await following.hub()).viewers == 0


async def test_a_stream_of_a_page_ends_when_its_session_does(
    people: Any, live_run: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(seats, "RECHECK_S", 0.1)
    page = AsyncClient()
    await page.aforce_login(people.owner)
    answer: Any = await page.get(f"{live_run.url}/events", headers=SSE)
    said = ""
    async with asyncio.timeout(PATIENCE_S):
        async for part in answer:
            said += part.decode()
            if '"t":"live"' in said:
                await page.alogout()
    assert '"t":"end"' not in said


async def test_a_new_password_closes_the_sockets_of_older_sessions(
    opened: Any, people: Any, live_run: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(seats, "RECHECK_S", 0.1)
    line = await opened(people.owner)
    await sync_to_async(people.owner.set_password)("another")
    await people.owner.asave()
    assert json.loads((await heard(line))["text"])["code"] == 401
    assert (await heard(line))["code"] == 4401


async def test_all_seats_are_looked_at_in_a_few_queries(
    opened: Any, people: Any, live_run: Any, django_assert_num_queries: Any
) -> None:
    for person in [people.owner, people.staff] * 3:
        line = await opened(person)
        await line.send_json_to({"t": "sub", "run": live_run.id})
        await heard(line)

    def look() -> None:
        with django_assert_num_queries(3):
            assert seats._losses.func(list(seats._taken)) == []

    await sync_to_async(look)()
