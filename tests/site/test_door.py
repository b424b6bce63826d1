"""One door into the product, and nothing about it goes by the `Host` header."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.contrib.auth import SESSION_KEY, get_user_model
from django.contrib.auth.signals import user_logged_in, user_login_failed
from django.core import mail
from django.core.cache import cache
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse

EMAIL, PASSWORD = "ana@example.org", "a long enough password"
DOORS = {"/accounts/login/"}
"""The only addresses at which a password signs anybody in."""

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _no_attempts_so_far() -> Iterator[None]:
    cache.clear()
    yield
    cache.clear()


@pytest.fixture
def staff() -> Any:
    return get_user_model()._default_manager.create_superuser("ana", EMAIL, PASSWORD)


def _addresses(patterns: list[Any], before: str = "") -> Iterator[str]:
    for each in patterns:
        path = before + _filled_in(each.pattern)
        if isinstance(each, URLResolver):
            yield from _addresses(each.url_patterns, path)
        elif isinstance(each, URLPattern):
            yield "/" + path


def _filled_in(pattern: Any) -> str:
    text = str(pattern)
    text = re.sub(r"\(\?P<\w+>(?:[^()]|\([^()]*\))*\)", "1", text)
    text = re.sub(r"<uuid:\w+>", "018f0000-0000-7000-8000-000000000000", text)
    return re.sub(r"<[^>]+>", "1", text).replace("\\Z", "").strip("^$").replace("\\", "")


@pytest.mark.timeout(400)  # hundreds of requests, one after another
def test_of_all_addresses_only_the_sign_in_page_reads_a_password(staff: Any) -> None:
    reading: set[str] = set()
    here = ""

    def note(**_: Any) -> None:
        reading.add(here)

    user_logged_in.connect(note)
    user_login_failed.connect(note)
    told = {"username": "ana", "login": EMAIL, "email": EMAIL, "password": PASSWORD}
    addresses = list(_addresses(get_resolver().url_patterns))
    try:
        for here in addresses:
            for filled_in in (told, told | {"password": "a wrong one"}):
                cache.clear()
                Client(raise_request_exception=False).post(here, filled_in)
    finally:
        user_logged_in.disconnect(note)
        user_login_failed.disconnect(note)
    assert len(addresses) > 80
    assert reading == DOORS


def test_the_admin_sends_strangers_to_the_one_door_and_back(client: Client, staff: Any) -> None:
    asked = client.get("/admin/runs/run/", follow=True)
    page = asked.redirect_chain[-1][0]
    assert page == "/accounts/login/?next=/admin/runs/run/"
    answer = client.post(page, {"login": EMAIL, "password": PASSWORD})
    assert answer["Location"] == "/admin/runs/run/"


@pytest.mark.parametrize("wanted", ["https://evil.example/", "//evil.example/", "javascript:alert(1)", "/admin/login/"])
def test_the_admins_sign_in_leads_nobody_away_or_in_a_circle(client: Client, staff: Any, wanted: str) -> None:
    client.force_login(staff)
    assert client.get("/admin/login/", {"next": wanted})["Location"] == "/admin/"


def test_staff_who_are_signed_in_cannot_try_passwords_of_others_at_the_admin(client: Client, staff: Any) -> None:
    other = get_user_model()._default_manager.create_superuser("ben", "ben@example.org", PASSWORD)
    client.force_login(staff)
    client.post("/admin/login/", {"username": "ben", "password": PASSWORD})
    assert client.session[SESSION_KEY] == str(staff.pk) != str(other.pk)


def test_wrong_passwords_are_counted_for_the_person_whatever_host_was_asked(client: Client, staff: Any) -> None:
    for port in range(9000, 9010):
        client.post("/accounts/login/", {"login": EMAIL, "password": "wrong"}, headers={"host": f"localhost:{port}"})
    client.post("/accounts/login/", {"login": EMAIL, "password": PASSWORD}, headers={"host": "127.0.0.1:9999"})
    assert SESSION_KEY not in client.session


@pytest.mark.parametrize("host", ["localhost:9999", "127.0.0.1:1", "localhost"])
@pytest.mark.parametrize("form", ["account_reset_password", "account_signup"])
def test_links_in_mail_lead_to_the_configured_address_and_never_to_the_host_that_was_asked(
    client: Client, staff: Any, settings: Any, form: str, host: str
) -> None:
    settings.SITE_ADDRESS = "https://genisys.example.org"
    settings.ACCOUNT_EMAIL_VERIFICATION = "mandatory"
    for email in (EMAIL, "new@example.org"):
        client.post(
            reverse(form), {"email": email, "password1": PASSWORD, "password2": PASSWORD}, headers={"host": host}
        )
    assert len(mail.outbox) == 2
    for message in mail.outbox:
        text = f"{message.subject}\n{message.body}"
        assert host not in text
        addresses = re.findall(r"https?://[^/\s]+", text)
        assert addresses and set(addresses) == {"https://genisys.example.org"}


@pytest.mark.parametrize("form", ["account_login", "theme"])
@pytest.mark.parametrize(
    "target", ["http://localhost:9999/x", "//localhost:9999/x", "http://127.0.0.1:1/", "https://elsewhere.example/"]
)
def test_no_form_leads_to_a_port_that_is_named_in_the_host_header(
    client: Client, staff: Any, form: str, target: str
) -> None:
    host = urlsplit(target).netloc if "elsewhere" not in target else "localhost:9999"
    asked = {"login": EMAIL, "password": PASSWORD, "theme": "dark", "next": target}
    answer = client.post(reverse(form), asked, headers={"host": host})
    assert answer.status_code == 302
    assert urlsplit(answer["Location"]).netloc == ""


def test_where_addresses_are_confirmed_a_known_one_signs_up_as_an_unknown_one(settings: Any, staff: Any) -> None:
    settings.ACCOUNT_EMAIL_VERIFICATION = "mandatory"
    answers = []
    for email in (EMAIL, "new@example.org"):
        client = Client()
        first = client.post(
            "/accounts/signup/", {"email": email, "password1": "another long one", "password2": "another long one"}
        )
        then = client.get(first.get("Location", "/"))
        answers.append(
            (
                first.status_code,
                first.get("Location"),
                _alike(first, email),
                then.status_code,
                _alike(then, email),
                sorted(client.cookies),
                len(mail.outbox),
            )
        )
        mail.outbox.clear()
    assert answers[0] == answers[1]
    assert answers[0][0] == 302


def _alike(response: Any, email: str) -> str:
    """Return a page without what differs from one visit to the next."""
    text = response.content.decode().replace(email, "ADDRESS")
    text = re.sub(r'(name="csrfmiddlewaretoken" value|nonce|name="once" value)="[^"]*"', r"\1", text)
    return re.sub(r'value="[\w-]{20,}"|data-session="[^"]*"', "", text)
