"""A person's own tokens on their page: made, shown once, listed, revoked."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.test import Client
from django.utils import timezone

from runs.accounts import token_views
from runs.models import ApiToken, AuditEntry

pytestmark = pytest.mark.django_db

ORDER = {"name": "laptop", "scopes": ["start", "read"], "workflows": ["write-post"], "days": "30"}


@pytest.fixture
def ana(client: Client) -> Any:
    ana = get_user_model().objects.create_user("ana", "ana@example.org", "secret")
    client.force_login(ana)
    return ana


def _made(client: Client, **changes: Any) -> str:
    page = client.post("/account/tokens/", {**ORDER, **changes})
    found = re.search(r'value="(gen_[\w-]+)"', page.content.decode())
    assert found is not None, page.content.decode()
    assert "no-store" in page["Cache-Control"]
    return found[1]


def test_a_token_is_made_as_asked_and_shown_once(client: Client, ana: Any) -> None:
    secret = _made(client)
    token = ApiToken.objects.get()
    assert (token.user, token.name, token.scopes, token.workflows) == (ana, "laptop", ["start", "read"], ["write-post"])
    assert token.expires_at is not None
    assert timedelta(days=29) < token.expires_at - timezone.now() <= timedelta(days=30)
    assert token.digest == ApiToken.digest_of(secret)
    listed = client.get("/account/tokens/").content.decode()
    assert token.prefix in listed
    assert secret not in listed
    assert "write-post" in listed


def test_with_no_workflow_chosen_and_no_end_a_token_is_for_all_and_for_ever(client: Client, ana: Any) -> None:
    _made(client, workflows=[], days="0")
    token = ApiToken.objects.get()
    assert token.covers("anything")
    assert token.expires_at is None
    assert "does not expire" in client.get("/account/tokens/").content.decode()


@pytest.mark.parametrize(
    "wrong",
    [{"name": ""}, {"scopes": []}, {"scopes": ["all"]}, {"workflows": ["nowhere"]}, {"days": "4000"}, {"days": ""}],
)
def test_what_is_wrong_is_told_and_makes_no_token(client: Client, ana: Any, wrong: dict[str, Any]) -> None:
    answer = client.post("/account/tokens/", {**ORDER, **wrong})
    assert answer.status_code == 422
    assert 'class="wrong"' in answer.content.decode()
    assert not ApiToken.objects.exists()


def test_a_revoked_token_is_refused_and_listed_no_more(client: Client, ana: Any) -> None:
    secret = _made(client)
    headers = {"Authorization": f"Bearer {secret}"}
    assert Client().get("/api/runs", headers=headers).status_code == 200
    assert client.post(f"/account/tokens/{ApiToken.objects.get().pk}/revoke").status_code == 303
    assert Client().get("/api/runs", headers=headers).status_code == 401
    client.get("/account/")  # the page that says it is gone names it once
    assert "laptop" not in client.get("/account/tokens/").content.decode()


def test_an_expired_token_is_listed_as_that(client: Client, ana: Any) -> None:
    _made(client)
    ApiToken.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    assert "expired" in client.get("/account/tokens/").content.decode()


def test_tokens_of_others_are_neither_listed_nor_revoked(client: Client, ana: Any) -> None:
    _made(client)
    other = Client()
    other.force_login(get_user_model().objects.create_user("eve", "eve@example.org", "secret", is_staff=True))
    token = ApiToken.objects.get()
    assert token.prefix not in other.get("/account/tokens/").content.decode()
    assert other.post(f"/account/tokens/{token.pk}/revoke").status_code == 404
    token.refresh_from_db()
    assert token.revoked_at is None


def test_nobody_signed_in_has_tokens(client: Client) -> None:
    assert client.get("/account/tokens/").status_code == 302
    assert client.post("/account/tokens/", ORDER).status_code == 302
    assert not ApiToken.objects.exists()


def test_making_and_revoking_stand_in_the_audit_without_the_token(client: Client, ana: Any) -> None:
    secret = _made(client)
    client.post(f"/account/tokens/{ApiToken.objects.get().pk}/revoke")
    entries = list(AuditEntry.objects.order_by("pk"))
    assert [(entry.action, entry.actor) for entry in entries] == [("token.make", ana), ("token.revoke", ana)]
    assert secret not in repr([entry.detail for entry in entries])


def test_a_person_has_a_bounded_number_of_tokens(client: Client, ana: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(token_views, "TOKENS_PER_PERSON", 2)
    _made(client)
    _made(client)
    assert client.post("/account/tokens/", ORDER).status_code == 422
    assert ApiToken.objects.count() == 2


def test_the_list_costs_the_same_however_long_it_is(client: Client, ana: Any, django_assert_num_queries: Any) -> None:
    for _ in range(3):
        _made(client)
    with django_assert_num_queries(3):  # session, person, tokens
        client.get("/account/tokens/")
