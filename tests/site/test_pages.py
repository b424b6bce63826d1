"""What every page of the site has: its theme, its static files, its start page. Its headers: `test_headers.py`."""

from __future__ import annotations

import re

import pytest
from django.conf import settings
from django.contrib.staticfiles import finders
from django.test import Client

from genisys_site.environment import BASE_DIR


@pytest.mark.django_db
def test_the_start_page_is_open_to_everyone(client: Client) -> None:
    assert client.get("/").status_code == 200


def test_the_icon_is_where_browsers_look_for_it_by_themselves(client: Client) -> None:
    assert client.get("/favicon.ico")["Location"] == "/static/favicon.svg"


@pytest.mark.django_db
def test_the_sign_in_page_offers_the_forgotten_password_once(client: Client) -> None:
    page = client.get("/accounts/login/").content.decode()
    assert page.count("/accounts/password/reset/") == 1
    assert "optional" not in page


def test_a_theme_is_kept_in_a_cookie_and_leads_back(client: Client) -> None:
    response = client.post("/theme", {"theme": "dark", "next": "/sites/"})
    assert (response.status_code, response["Location"]) == (302, "/sites/")
    assert response.cookies["theme"].value == "dark"


def test_a_theme_never_leads_to_another_site(client: Client) -> None:
    response = client.post("/theme", {"theme": "dark", "next": "https://evil.example/"})
    assert response["Location"] == "/"


def test_an_unknown_theme_is_refused(client: Client) -> None:
    response = client.post("/theme", {"theme": "url(javascript:1)"})
    assert response.status_code == 400
    assert "theme" not in response.cookies


def test_a_theme_is_chosen_by_post_only(client: Client) -> None:
    assert client.get("/theme").status_code == 405


def test_static_files_are_served_without_being_collected(client: Client) -> None:
    assert finders.find("unfold/css/styles.css")
    assert not settings.STATIC_ROOT.exists()
    response = client.get("/static/unfold/css/styles.css")
    assert response.status_code == 200
    assert response["Content-Type"].startswith("text/css")


def test_every_script_of_a_page_carries_the_nonce_without_which_it_would_not_run() -> None:
    tags = {
        (path.name, tag)
        for path in (BASE_DIR / "templates").rglob("*.html")
        for tag in re.findall(r"<script[^>]*>", path.read_text())
    }
    assert tags
    bare = [each for each in tags if 'nonce="{{ CSP_NONCE }}"' not in each[1] and "application/json" not in each[1]]
    assert bare == []
