"""The admin's records: light, in Unfold's forms whoever registered them, and without what signs anybody in."""

from __future__ import annotations

import re
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from bs4 import BeautifulSoup
from django.contrib.auth.models import Group, Permission, User
from django.test import Client

pytestmark = pytest.mark.django_db
PASSWORD = "correct horse battery"


@pytest.fixture
def root(client: Client) -> Client:
    client.force_login(User.objects.create_superuser("root", "root@example.test", PASSWORD))
    return client


def scripts(client: Client, path: str) -> str:
    page = BeautifulSoup(client.get(path).content, "html.parser")
    return " ".join(each["src"] for each in page.select("script[src]"))


@pytest.mark.parametrize(
    "path", ["/admin/auth/user/", "/admin/auth/group/add/", "/admin/runs/run/", "/admin/mfa/authenticator/"]
)
def test_a_page_loads_no_script_that_it_does_not_use(root: Client, path: str) -> None:
    loaded = scripts(root, path)
    assert "actions.js" in loaded
    assert not any(name in loaded for name in ("jquery", "xregexp", "prepopulate", "RelatedObjectLookups"))


def test_a_form_that_may_open_a_window_has_what_it_takes(root: Client) -> None:
    assert "RelatedObjectLookups.js" in scripts(root, "/admin/account/emailaddress/add/")


def test_people_and_groups_are_still_made_and_changed(root: Client) -> None:
    made = {"username": "new", "password1": PASSWORD, "password2": PASSWORD, "usable_password": "true"}
    assert root.post("/admin/auth/user/add/", made).status_code == 302
    assert User.objects.get(username="new").check_password(PASSWORD)
    readable = Permission.objects.filter(codename="view_group").get()
    assert root.post("/admin/auth/group/add/", {"name": "readers", "permissions": [readable.pk]}).status_code == 302
    group = Group.objects.get()
    person = User.objects.get(username="new")
    changed = {"username": "new", "groups": [group.pk], "date_joined_0": "2026-11-29", "date_joined_1": "10:00:00"}
    assert root.post(f"/admin/auth/user/{person.pk}/change/", changed).status_code == 302
    assert list(person.groups.all()) == [group]


def test_the_secret_of_a_second_step_is_shown_to_nobody_and_the_step_can_be_taken_away(root: Client) -> None:
    person = User.objects.create_user("ana", "ana@example.test")
    TOTP.activate(person, generate_totp_secret())
    step: Any = Authenticator.objects.get()
    page = root.get(f"/admin/mfa/authenticator/{step.pk}/change/")
    assert page.status_code == 200
    assert step.data["secret"] not in page.content.decode()
    assert "ana" in page.content.decode()
    assert root.get("/admin/mfa/authenticator/add/").status_code == 403
    assert root.post(f"/admin/mfa/authenticator/{step.pk}/delete/", {"post": "yes"}).status_code == 302
    assert not Authenticator.objects.exists()


def test_times_are_written_as_on_all_other_pages(root: Client) -> None:
    TOTP.activate(User.objects.get(), generate_totp_secret())
    page = BeautifulSoup(root.get("/admin/mfa/authenticator/").content, "html.parser")
    assert re.fullmatch(r"\d{1,2} [A-Z][a-z]{2} \d{4}, \d\d:\d\d", page.select_one(".field-created_at").text.strip())
