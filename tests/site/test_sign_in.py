"""The one-time link of `manage.py up`."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from unittest import mock

import pytest
from django.conf import settings
from django.contrib.auth import get_user_model
from django.test import Client
from django.utils import timezone

from genisys_site.accounts import sign_in

pytestmark = pytest.mark.django_db


def _signed_in(client: Client) -> bool:
    return "_auth_user_id" in client.session


def test_the_first_user_is_made_once_with_every_right_and_no_password() -> None:
    user = sign_in.first_user()
    assert user is not None
    assert user.is_superuser
    assert user.is_staff
    assert not user.has_usable_password()
    assert sign_in.first_user() == user
    assert get_user_model().objects.count() == 1


def test_no_user_is_made_where_others_run_the_place() -> None:
    get_user_model().objects.create_user("ana", "ana@example.org", "a password")
    assert sign_in.first_user() is None
    assert get_user_model().objects.count() == 1


def test_no_link_is_given_once_the_first_user_has_a_password() -> None:
    user = sign_in.first_user()
    assert user is not None
    user.set_password("a password")
    user.save()
    assert sign_in.first_user() is None


def test_the_link_signs_in_once(client: Client) -> None:
    user = sign_in.first_user()
    assert user is not None
    token = sign_in.issue(user)
    response = client.get(f"/enter/{token}")
    assert (response.status_code, response["Location"]) == (302, "/")
    assert client.session["_auth_user_id"] == str(user.pk)

    second = Client()
    response = second.get(f"/enter/{token}")
    assert response.status_code == 410
    assert not _signed_in(second)


def test_a_wrong_token_signs_nobody_in_and_leaves_the_link_good(client: Client) -> None:
    user = sign_in.first_user()
    assert user is not None
    token = sign_in.issue(user)
    assert client.get("/enter/guess").status_code == 410
    assert not _signed_in(client)
    assert client.get(f"/enter/{token}").status_code == 302


def test_looking_at_the_link_without_opening_it_does_not_use_it_up(client: Client) -> None:
    user = sign_in.first_user()
    assert user is not None
    token = sign_in.issue(user)
    assert client.head(f"/enter/{token}").status_code == 405
    assert client.get(f"/enter/{token}").status_code == 302


def test_a_new_link_ends_the_old_one(client: Client) -> None:
    user = sign_in.first_user()
    assert user is not None
    old = sign_in.issue(user)
    new = sign_in.issue(user)
    assert client.get(f"/enter/{old}").status_code == 410
    assert client.get(f"/enter/{new}").status_code == 302


def test_a_link_is_good_for_a_day(client: Client) -> None:
    user = sign_in.first_user()
    assert user is not None
    token = sign_in.issue(user)
    with mock.patch.object(sign_in.timezone, "now", return_value=timezone.now() + timedelta(days=1, minutes=1)):
        assert client.get(f"/enter/{token}").status_code == 410
    assert not _signed_in(client)


def test_the_kept_file_does_not_hold_the_token() -> None:
    user = sign_in.first_user()
    assert user is not None
    token = sign_in.issue(user)
    kept = Path(settings.GENISYS_HOME) / "sign_in.json"
    assert token not in kept.read_text()
    assert kept.stat().st_mode & 0o077 == 0
