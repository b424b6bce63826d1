"""Bodies, headers, addresses and frames have a size that they do not pass, under our server and another."""

from __future__ import annotations

import json
import socket
from typing import Any

import httpx
import pytest
import websockets
from django.conf import settings
from django.contrib.auth import get_user_model
from django.test import AsyncClient, Client

from genisys_site.middleware.body_limit import limited
from runs.accounts.tokens import issue
from runs.models import Run

LIMIT = 2048


@pytest.fixture
def small(settings: Any) -> None:
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = LIMIT


@pytest.mark.usefixtures("small")
def test_a_form_that_is_too_large_is_refused_in_a_sentence(client: Client) -> None:
    answer = client.post("/theme", {"theme": "dark", "next": "x" * LIMIT})
    assert answer.status_code == 413
    assert "2,048 bytes at most" in answer.content.decode()
    assert "Content-Security-Policy" in answer


@pytest.mark.usefixtures("small")
async def test_json_that_is_too_large_is_a_problem_and_starts_nothing(transactional_db: None) -> None:
    person = await get_user_model().objects.acreate_user("ana", "ana@example.org", "secret")
    client = AsyncClient()
    await client.aforce_login(person)
    answer = await client.post(
        "/api/workflows/ingest-site/start", {"url": "x" * LIMIT}, content_type="application/json"
    )
    assert (answer.status_code, answer["Content-Type"]) == (413, "application/problem+json")
    assert answer.json()["status"] == 413
    assert not await Run.objects.aexists()


async def _through(messages: list[dict[str, Any]], length: int | None) -> tuple[bytes, list[str], bool]:
    """What an application behind the limit reads of a body: its bytes, the kinds of messages, whether it was told."""
    sent = iter([*messages, {"type": "http.disconnect"}])
    got: list[bytes] = []
    kinds: list[str] = []
    told: list[bool] = []

    async def receive() -> dict[str, Any]:
        return next(sent)

    async def application(scope: Any, receive: Any, send: Any) -> None:
        while not kinds or kinds[-1] != "http.disconnect":
            message = await receive()
            kinds.append(message["type"])
            got.append(message.get("body", b""))
        told.append(scope["genisys.body_too_large"])

    headers = [(b"content-length", str(length).encode())] if length is not None else []
    await limited(application)({"type": "http", "headers": headers}, receive, None)
    return b"".join(got), kinds, told[0]


def _chunks(*sizes: int) -> list[dict[str, Any]]:
    return [
        {"type": "http.request", "body": b"x" * size, "more_body": place < len(sizes) - 1}
        for place, size in enumerate(sizes)
    ]


@pytest.mark.usefixtures("small")
async def test_a_body_that_fits_comes_through_whole() -> None:
    body, kinds, told = await _through(_chunks(1000, 1048), LIMIT)
    assert (len(body), told) == (LIMIT, False)
    assert kinds == ["http.request", "http.request", "http.disconnect"]


@pytest.mark.usefixtures("small")
@pytest.mark.parametrize("length", [None, 10, LIMIT + 1, 10**30])
async def test_a_body_that_does_not_fit_ends_early_whatever_length_it_announced(length: int | None) -> None:
    body, kinds, told = await _through(_chunks(1000, 1049, 5000, 5000), length)
    assert told
    assert len(body) <= LIMIT
    assert kinds[-2:] == ["http.request", "http.disconnect"]


# Real servers


def _raw(port: int, request: bytes) -> bytes:
    with socket.create_connection(("127.0.0.1", port), timeout=30) as line:
        line.sendall(request)
        answer = b""
        while chunk := line.recv(65536):
            answer += chunk
    return answer


def _endless(size: int) -> Any:
    for _ in range(size // 65536 + 1):
        yield b"x" * 65536


def test_our_server_bounds_bodies_with_and_without_a_length(stack: Any) -> None:
    too_much = settings.DATA_UPLOAD_MAX_MEMORY_SIZE + 100_000
    address = f"{stack.url}/api/workflows/ingest-site/start"
    headers = {"content-type": "application/json"}
    for content in (b"x" * too_much, _endless(too_much)):
        answer = httpx.post(address, content=content, headers=headers, trust_env=False, timeout=60)
        assert (answer.status_code, answer.headers["content-type"]) == (413, "application/problem+json")
        assert answer.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize(
    "request_",
    [
        b"GET /" + b"a" * 20_000 + b" HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nX-Long: " + b"a" * 20_000 + b"\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n" + b"X-Many: 1\r\n" * 600 + b"\r\n",
        b"POST /theme HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    ],
    ids=["long address", "long header", "many headers", "two lengths"],
)
def test_our_server_takes_no_endless_addresses_or_headers(stack: Any, request_: bytes) -> None:
    """They are refused, or where not even a line ends, the connection is closed on them."""
    answer = _raw(stack.port, request_)
    assert answer == b"" or answer.startswith(b"HTTP/1.1 400 ")
    assert _raw(stack.port, b"GET /healthz HTTP/1.0\r\nHost: localhost\r\n\r\n").split()[1] == b"200"


_SESSION = """
from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY, get_user_model
from django.contrib.sessions.backends.db import SessionStore

user, _ = get_user_model().objects.get_or_create(username="limits", email="limits@example.org")
session = SessionStore()
session[SESSION_KEY] = str(user.pk)
session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
session[HASH_SESSION_KEY] = user.get_session_auth_hash()
session.save()
print(session.session_key)
"""


@pytest.mark.parametrize(("size", "told"), [(5_000, True), (100_000, False)])
async def test_a_message_that_is_too_large_closes_the_socket(stack: Any, size: int, told: bool) -> None:
    """What the consumer gets is refused in words; what is far too large is not even put together."""
    session = stack.manage("shell", "--verbosity", "0", "-c", _SESSION).split()[-1]
    async with websockets.connect(
        f"ws://127.0.0.1:{stack.port}/ws/runs",
        origin=websockets.Origin(stack.url),
        additional_headers={"Cookie": f"sessionid={session}"},
        proxy=None,
    ) as ws:
        await ws.send(json.dumps({"t": "sub", "run": "x" * size}))
        heard = []
        try:
            while True:
                heard.append(json.loads(await ws.recv()))
        except websockets.ConnectionClosed:
            pass
    assert ws.close_code == 1009
    assert [frame["code"] for frame in heard] == ([413] if told else [])


@pytest.mark.usefixtures("small")
async def test_a_token_does_not_lift_the_limit(transactional_db: None) -> None:
    from asgiref.sync import sync_to_async

    person = await get_user_model().objects.acreate_user("ana", "ana@example.org", "secret")
    _, token = await sync_to_async(issue)(person, name="test", scopes=["start"])
    answer = await AsyncClient().post(
        "/api/workflows/ingest-site/start",
        {"url": "x" * LIMIT},
        content_type="application/json",
        headers={"Authorization": f"Bearer {token}"},
    )
    assert answer.status_code == 413
