"""Django's middleware in the event loop: the same answers as in a thread, and to a thread only for the database."""

from __future__ import annotations

from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.contrib import messages
from django.contrib.auth import get_user_model
from django.http import HttpRequest, HttpResponse
from django.test import AsyncClient, override_settings
from django.urls import path

from genisys_site import urls as site_urls
from genisys_site.middleware import inline

PASSWORD = "a-long-enough-one-7"


async def _plain(request: HttpRequest) -> HttpResponse:
    return HttpResponse("plain")


async def _tells(request: HttpRequest) -> HttpResponse:
    await sync_to_async(messages.info)(request, "Kept for the next page.")
    return HttpResponse("told")


async def _reads(request: HttpRequest) -> HttpResponse:
    return HttpResponse(await sync_to_async(lambda: "|".join(map(str, messages.get_messages(request))))())


urlpatterns = [path("plain", _plain), path("tells", _tells), path("reads", _reads), *site_urls.urlpatterns]
here = override_settings(ROOT_URLCONF=__name__)


@pytest.fixture
def ways(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What goes to a thread for the sake of a middleware."""
    gone: list[str] = []

    def to_thread(function: Any) -> Any:
        gone.append(function.__qualname__)
        return sync_to_async(function)

    monkeypatch.setattr(inline, "sync_to_async", to_thread)
    monkeypatch.setattr("django.utils.deprecation.sync_to_async", to_thread)
    return gone


@here
async def test_a_request_that_keeps_nothing_needs_no_thread_for_its_middleware(ways: list[str]) -> None:
    answer = await AsyncClient().get("/plain")
    assert answer.content == b"plain"
    assert answer["X-Frame-Options"] == "DENY"
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert "script-src" in answer["Content-Security-Policy"]
    assert ways == []


@pytest.mark.django_db(transaction=True)
async def test_a_session_is_saved_in_a_thread(ways: list[str]) -> None:
    await sync_to_async(get_user_model()._default_manager.create_user)("ada", "ada@example.org", PASSWORD)
    client = AsyncClient()
    answer = await client.post("/accounts/login/", {"login": "ada@example.org", "password": PASSWORD})
    assert answer.status_code == 302
    assert "SessionMiddleware.process_response" in ways
    assert (await client.get("/runs/")).status_code == 200


@here
@pytest.mark.django_db(transaction=True)
async def test_a_message_is_kept_until_it_is_read(ways: list[str]) -> None:
    client = AsyncClient()
    await client.get("/tells")
    assert (await client.get("/reads")).content == b"Kept for the next page."
    assert (await client.get("/reads")).content == b""
    assert ways == ["MessageMiddleware.process_response"] * 3


@pytest.mark.django_db(transaction=True)
async def test_a_forged_form_is_refused_with_a_page(ways: list[str]) -> None:
    client = AsyncClient(enforce_csrf_checks=True)
    answer = await client.post("/accounts/login/", {"login": "ada@example.org", "password": PASSWORD})
    assert answer.status_code == 403
    assert b"<h1" in answer.content
    assert "CsrfViewMiddleware.process_view" in ways
