"""Signing up, in and out with an e-mail address."""

from __future__ import annotations

import pytest
from django.contrib.auth import get_user_model
from django.test import Client

pytestmark = pytest.mark.django_db

_PASSWORD = "correct horse battery"


def _sign_up(client: Client, email: str = "ana@example.org") -> None:
    answer = client.post("/accounts/signup/", {"email": email, "password1": _PASSWORD, "password2": _PASSWORD})
    assert (answer.status_code, answer["Location"]) == (302, "/")


def test_a_person_signs_up_with_address_and_password_and_is_in(client: Client) -> None:
    _sign_up(client)
    user = get_user_model().objects.get(email="ana@example.org")
    assert client.session["_auth_user_id"] == str(user.pk)
    assert not user.is_staff and not user.is_superuser


def test_a_person_signs_out_and_in_again(client: Client) -> None:
    _sign_up(client)
    client.post("/accounts/logout/")
    assert "_auth_user_id" not in client.session
    answer = client.post("/accounts/login/", {"login": "ana@example.org", "password": _PASSWORD})
    assert (answer.status_code, answer["Location"]) == (302, "/")
    assert "_auth_user_id" in client.session


def test_a_wrong_password_signs_nobody_in(client: Client) -> None:
    _sign_up(client)
    client.post("/accounts/logout/")
    answer = client.post("/accounts/login/", {"login": "ana@example.org", "password": "a guess of mine"})
    assert answer.status_code == 200
    assert "_auth_user_id" not in client.session


def test_after_signing_in_one_is_where_one_wanted_to_be(client: Client) -> None:
    _sign_up(client)
    client.post("/accounts/logout/")
    answer = client.post(
        "/accounts/login/?next=/runs/", {"login": "ana@example.org", "password": _PASSWORD, "next": "/runs/"}
    )
    assert answer["Location"] == "/runs/"


@pytest.mark.parametrize(
    "path", ["/accounts/login/", "/accounts/signup/", "/accounts/password/reset/", "/accounts/logout/"]
)
def test_account_pages_are_drawn(client: Client, path: str) -> None:
    if path.endswith("logout/"):
        _sign_up(client)
    assert client.get(path).status_code == 200
