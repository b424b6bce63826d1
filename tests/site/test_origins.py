"""Only our own pages reach what goes by a browser's cookies: sockets, forms, and the API without a token."""

from __future__ import annotations

from typing import Any

import pytest
from channels.testing import WebsocketCommunicator
from django.contrib.auth import get_user_model
from django.test import AsyncClient, Client

from genisys_site.asgi import application
from genisys_site.serving.origins import same_origin

EVIL = "https://evil.example"

STRANGERS = {
    "another site": ("http://evil.example", "localhost:8000"),
    "another port of this machine": ("http://localhost:3000", "localhost:8000"),
    "the usual port, where ours is another": ("http://localhost", "localhost:8000"),
    "a name that begins like ours": ("http://localhost.evil.example", "localhost"),
    "a name that ends like ours": ("http://evil-localhost", "localhost"),
    "a name pointed here": ("http://evil.example:8000", "evil.example:8000"),
    "a page without an origin": ("null", "localhost"),
    "no origin at all": ("", "localhost"),
    "a file": ("file://", "localhost"),
    "another scheme": ("ftp://localhost", "localhost"),
    "a path behind it": ("http://localhost/x", "localhost"),
    "a name in front of it": ("http://localhost@evil.example", "localhost"),
    "our name in front of theirs": ("http://localhost:8000@evil.example", "localhost:8000"),
    "two origins": ("http://localhost http://evil.example", "localhost"),
    "no host": ("http://localhost", ""),
    "broken brackets": ("http://[::1", "localhost"),
}


@pytest.mark.parametrize("who", STRANGERS)
def test_an_origin_that_is_not_exactly_ours_is_a_stranger(who: str) -> None:
    assert not same_origin(*STRANGERS[who])


@pytest.mark.parametrize(
    ("origin", "host"),
    [
        ("http://localhost:8000", "localhost:8000"),
        ("http://LOCALHOST:8000", "localhost:8000"),
        ("http://127.0.0.1", "127.0.0.1:80"),
        ("https://localhost:443", "localhost"),
        ("http://[::1]:8000", "[::1]:8000"),
    ],
)
def test_our_own_origin_is_known_however_it_is_written(origin: str, host: str) -> None:
    assert same_origin(origin, host)


def test_over_https_a_page_that_came_over_http_is_a_stranger(settings: Any) -> None:
    settings.SECURE_SSL_REDIRECT = True
    assert same_origin("https://localhost", "localhost")
    assert not same_origin("http://localhost", "localhost")


@pytest.mark.parametrize("origin", [EVIL, "http://localhost:3000", "null", None])
async def test_a_page_of_another_origin_gets_no_socket(origin: str | None) -> None:
    headers = [(b"host", b"localhost")] + ([(b"origin", origin.encode())] if origin else [])
    socket = WebsocketCommunicator(application, "/ws/runs", headers)
    connected, code = await socket.connect(timeout=10)
    assert (connected, code) == (False, 1000)


FORMS = {
    "sign in": ("/accounts/login/", {"login": "ana@example.org", "password": "secret"}),
    "sign up": ("/accounts/signup/", {"email": "eve@example.org", "password1": "x", "password2": "x"}),
    "sign out": ("/accounts/logout/", {}),
    "read a site": ("/sites/new", {"url": "example.org"}),
    "write a post": ("/posts/new", {"topic": "valves"}),
    "stop a run": ("/runs/018f0000-0000-7000-8000-000000000000/cancel", {}),
    "choose a theme": ("/theme", {"theme": "dark"}),
    "admin's sign-in": ("/admin/login/", {"username": "ana", "password": "secret"}),
}


@pytest.fixture
def signed_in(db: None) -> Client:
    client = Client(enforce_csrf_checks=True)
    client.force_login(get_user_model().objects.create_user("ana", "ana@example.org", "secret"))
    client.cookies["csrftoken"] = "a" * 32
    return client


@pytest.mark.parametrize("form", FORMS)
def test_no_form_is_taken_from_a_page_of_another_origin_even_with_the_right_token(signed_in: Client, form: str) -> None:
    address, filled_in = FORMS[form]
    answer = signed_in.post(address, filled_in | {"csrfmiddlewaretoken": "a" * 32}, headers={"origin": EVIL})
    assert answer.status_code == 403


@pytest.mark.parametrize("form", FORMS)
def test_no_form_is_taken_without_its_token(signed_in: Client, form: str) -> None:
    address, filled_in = FORMS[form]
    assert signed_in.post(address, filled_in).status_code == 403


async def test_the_api_takes_nothing_by_cookie_from_a_page_of_another_origin(transactional_db: None) -> None:
    client = AsyncClient(enforce_csrf_checks=True)
    person = await get_user_model().objects.acreate_user("ana", "ana@example.org", "secret")
    await client.aforce_login(person)
    client.cookies["csrftoken"] = "a" * 32
    answer = await client.post(
        "/api/workflows/ingest-site/start",
        {"url": "https://example.org/"},
        content_type="application/json",
        headers={"X-CSRFToken": "a" * 32, "Origin": EVIL},
    )
    assert answer.status_code == 403
    assert answer["Content-Type"] == "application/problem+json"
    assert not await person.runs.aexists()


async def test_the_api_lets_no_page_of_another_origin_read_its_answers(transactional_db: None) -> None:
    answer = await AsyncClient().get("/api/runs", headers={"Origin": EVIL})
    assert not [name for name in answer.headers if name.lower().startswith("access-control-")]
