"""Signing up, in and out with an e-mail address, and what else one does with one's account."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal import auth as totp
from django.conf import settings
from django.contrib.auth import get_user_model
from django.core import mail
from django.core.cache import cache, caches
from django.core.cache.backends.db import BaseDatabaseCache
from django.core.exceptions import ImproperlyConfigured
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from genisys_site.accounts.second_step import SealedSecrets
from genisys_site.configuration.environment import BASE_DIR

pytestmark = pytest.mark.django_db

_PASSWORD = "correct horse battery"


@pytest.fixture(autouse=True)
def _no_attempts_so_far() -> Iterator[None]:
    cache.clear()
    yield
    cache.clear()


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


def _link_in(message: Any) -> str:
    """The path that the mail leads to."""
    found = re.search(re.escape(settings.SITE_ADDRESS) + r"(/\S+)", str(message.body))
    assert found is not None, message.body
    return urlsplit(found[1]).path


def _confirm(client: Client) -> None:
    client.post(_link_in(mail.outbox[-1]))


def _prove(client: Client) -> None:
    client.post("/accounts/reauthenticate/", {"password": _PASSWORD})


def _code(secret: str) -> str:
    return str(totp.format_hotp_value(totp.hotp_value(secret, int(time.time()) // 30)))


def _set_up_app(client: Client) -> str:
    """Turns two-step sign-in on, as a person does. Returns the app's secret."""
    page = client.get("/accounts/2fa/totp/activate/")
    secret = str(page.context["form"].secret)
    answer = client.post("/accounts/2fa/totp/activate/", {"code": _code(secret)})
    assert answer["Location"] == "/accounts/2fa/recovery-codes/"
    return secret


def _recovery_codes(client: Client) -> list[str]:
    return list(client.get("/accounts/2fa/recovery-codes/").context["unused_codes"])


def test_a_new_address_is_confirmed_by_the_link_in_the_mail(client: Client) -> None:
    _sign_up(client)
    assert not EmailAddress.objects.get().verified
    page = client.get(_link_in(mail.outbox[0]))
    assert "ana@example.org" in page.content.decode()
    assert not EmailAddress.objects.get().verified, "programs that look into links confirm nothing"
    _confirm(client)
    assert EmailAddress.objects.get().verified


def test_where_addresses_must_be_confirmed_nobody_gets_in_before(client: Client, settings: Any) -> None:
    settings.ACCOUNT_EMAIL_VERIFICATION = "mandatory"
    given = {"email": "ana@example.org", "password1": _PASSWORD, "password2": _PASSWORD}
    answer = client.post("/accounts/signup/", given)
    assert answer["Location"] == "/accounts/confirm-email/"
    assert "_auth_user_id" not in client.session
    client.post("/accounts/login/", {"login": "ana@example.org", "password": _PASSWORD})
    assert "_auth_user_id" not in client.session
    _confirm(client)
    client.post("/accounts/login/", {"login": "ana@example.org", "password": _PASSWORD})
    assert "_auth_user_id" in client.session


def test_a_forgotten_password_is_set_anew_by_mail_once(client: Client) -> None:
    _sign_up(client)
    client.post("/accounts/logout/")
    client.post("/accounts/password/reset/", {"email": "ana@example.org"})
    link = _link_in(mail.outbox[-1])
    form = client.get(link, follow=True)
    address = form.request["PATH_INFO"]
    client.post(address, {"password1": "another horse battery", "password2": "another horse battery"})
    again = Client().get(link, follow=True)
    assert "has expired or was already used" in again.content.decode()
    client.post("/accounts/login/", {"login": "ana@example.org", "password": "another horse battery"})
    assert "_auth_user_id" in client.session


def test_who_asks_for_a_strangers_password_learns_nothing(client: Client) -> None:
    _sign_up(client)
    client.post("/accounts/logout/")
    known = client.post("/accounts/password/reset/", {"email": "ana@example.org"})
    unknown = client.post("/accounts/password/reset/", {"email": "nobody@example.org"})
    assert (known.status_code, known["Location"]) == (unknown.status_code, unknown["Location"])


def test_a_new_password_is_told_by_mail_and_ends_other_sessions(client: Client) -> None:
    _sign_up(client)
    other = Client()
    other.post("/accounts/login/", {"login": "ana@example.org", "password": _PASSWORD})
    client.post(
        "/accounts/password/change/",
        {"oldpassword": _PASSWORD, "password1": "another horse battery", "password2": "another horse battery"},
    )
    assert client.get("/account/").status_code == 200
    assert other.get("/account/").status_code == 302
    assert "password" in mail.outbox[-1].subject.lower()


def test_a_new_address_takes_the_place_of_the_old_one_when_it_is_confirmed(client: Client) -> None:
    _sign_up(client)
    _confirm(client)
    client.post("/accounts/email/", {"email": "new@example.org", "action_add": ""})
    assert get_user_model().objects.get().email == "ana@example.org"
    assert mail.outbox[-1].to == ["new@example.org"]
    _confirm(client)
    assert get_user_model().objects.get().email == "new@example.org"
    assert [address.email for address in EmailAddress.objects.all()] == ["new@example.org"]


def test_two_step_sign_in_takes_a_confirmed_address(client: Client) -> None:
    _sign_up(client)
    assert client.get("/accounts/2fa/totp/activate/").status_code == 302
    _confirm(client)
    _prove(client)
    assert client.get("/accounts/2fa/totp/activate/").status_code == 200


def test_who_has_no_password_is_asked_for_none_before_the_second_step(client: Client) -> None:
    _without_password(client)
    assert client.get("/accounts/2fa/totp/activate/").status_code == 200


def test_with_the_second_step_on_the_password_alone_lets_nobody_in(client: Client) -> None:
    _sign_up(client)
    _confirm(client)
    _prove(client)
    _set_up_app(client)
    code, *_ = codes = _recovery_codes(client)
    client.post("/accounts/logout/")
    answer = client.post("/accounts/login/", {"login": "ana@example.org", "password": _PASSWORD})
    assert answer["Location"] == "/accounts/2fa/authenticate/"
    assert "_auth_user_id" not in client.session
    assert "/accounts/login/" in client.get("/account/")["Location"]
    client.post("/accounts/2fa/authenticate/", {"code": "000000"})
    assert "_auth_user_id" not in client.session
    client.post("/accounts/2fa/authenticate/", {"code": code})
    assert "_auth_user_id" in client.session
    _prove(client)
    assert _recovery_codes(client) == codes[1:], "a recovery code opens once"


def test_new_recovery_codes_take_the_place_of_the_old_ones(client: Client) -> None:
    _sign_up(client)
    _confirm(client)
    _prove(client)
    _set_up_app(client)
    old = _recovery_codes(client)
    downloaded = client.get("/accounts/2fa/recovery-codes/download/").content.decode()
    assert set(old) <= set(downloaded.split())
    client.post("/accounts/2fa/recovery-codes/generate/")
    assert not set(old) & set(_recovery_codes(client))


def test_the_second_step_is_turned_off_again(client: Client) -> None:
    _sign_up(client)
    _confirm(client)
    _prove(client)
    _set_up_app(client)
    assert "On" in client.get("/accounts/2fa/").content.decode()
    client.post("/accounts/2fa/totp/deactivate/")
    assert not Authenticator.objects.exists()


def test_what_could_lock_a_person_out_takes_the_password_again_after_a_while(client: Client) -> None:
    _sign_up(client)
    _confirm(client)
    _prove(client)
    session = client.session
    session["account_authentication_methods"] = [
        {**method, "at": method["at"] - 3600} for method in session["account_authentication_methods"]
    ]
    session.save()
    answer = client.get("/accounts/2fa/totp/activate/")
    assert answer["Location"].startswith("/accounts/reauthenticate/")
    page = client.get(answer["Location"])
    assert "Confirm that it is you" in page.content.decode()
    client.post(answer["Location"], {"password": _PASSWORD})
    assert client.get("/accounts/2fa/totp/activate/").status_code == 200


def test_the_secrets_of_the_second_step_are_not_in_the_database_as_they_are(client: Client) -> None:
    _sign_up(client)
    _confirm(client)
    _prove(client)
    secret = _set_up_app(client)
    assert secret not in repr([row.data for row in Authenticator.objects.all()])


def test_a_replaced_key_opens_old_secrets_and_a_lost_one_says_so(settings: Any) -> None:
    settings.GENISYS_SECRETS = ["old"]
    sealed = SealedSecrets().encrypt("text")
    settings.GENISYS_SECRETS = ["new", "old"]
    assert SealedSecrets().decrypt(sealed) == "text"
    settings.GENISYS_SECRETS = ["new"]
    with pytest.raises(ImproperlyConfigured, match="SECRET_KEY"):
        SealedSecrets().decrypt(sealed)


def test_after_some_wrong_passwords_the_right_one_has_to_wait(client: Client) -> None:
    _sign_up(client)
    client.post("/accounts/logout/")
    for _ in range(5):
        client.post("/accounts/login/", {"login": "ana@example.org", "password": "a guess of mine"})
    answer = client.post("/accounts/login/", {"login": "ana@example.org", "password": _PASSWORD})
    assert "_auth_user_id" not in client.session
    assert "Too many" in answer.content.decode()


def test_attempts_are_counted_where_every_process_looks(client: Client) -> None:
    assert isinstance(caches["default"], BaseDatabaseCache)
    for _ in range(20):
        assert client.post("/accounts/signup/", {"email": ""}).status_code == 200
    caches["default"] = caches.create_connection("default")  # as another process has it
    answer = client.post("/accounts/signup/", {"email": ""})
    assert answer.status_code == 429
    assert "Too many attempts" in answer.content.decode()


def _in(client: Client) -> None:
    _sign_up(client)
    _confirm(client)
    _prove(client)


def _half_in(client: Client) -> None:
    _in(client)
    _set_up_app(client)
    client.post("/accounts/logout/")
    client.post("/accounts/login/", {"login": "ana@example.org", "password": _PASSWORD})


def _with_app(client: Client) -> None:
    _in(client)
    _set_up_app(client)


def _without_password(client: Client) -> None:
    user = get_user_model().objects.create_user("you", "you@localhost")
    client.force_login(user)


def _out(client: Client) -> None:
    pass


PAGES: dict[str, tuple[Callable[[Client], None], dict[str, str]]] = {
    "account_login": (_out, {}),
    "account_logout": (_in, {}),
    "account_inactive": (_out, {}),
    "account_signup": (_out, {}),
    "account_reauthenticate": (_in, {}),
    "account_email": (_in, {}),
    "account_email_verification_sent": (_out, {}),
    "account_change_password": (_in, {}),
    "account_set_password": (_without_password, {}),
    "account_reset_password": (_out, {}),
    "account_confirm_email": (_out, {"key": "stale"}),
    "account_reset_password_from_key_done": (_out, {}),
    "account_reset_password_from_key": (_out, {"uidb36": "1", "key": "stale"}),
    "account_reset_password_done": (_out, {}),
    "mfa_index": (_with_app, {}),
    "mfa_authenticate": (_half_in, {}),
    "mfa_reauthenticate": (_with_app, {}),
    "mfa_activate_totp": (_in, {}),
    "mfa_deactivate_totp": (_with_app, {}),
    "mfa_view_recovery_codes": (_with_app, {}),
    "mfa_generate_recovery_codes": (_with_app, {}),
}
NO_PAGES = {
    "account_confirm_login_code": "signing in by a code is off",
    "mfa_download_recovery_codes": "a file",
}


def _names(patterns: list[Any]) -> set[str]:
    found: set[str] = set()
    for each in patterns:
        if isinstance(each, URLResolver):
            found |= _names(each.url_patterns)
        elif isinstance(each, URLPattern) and each.name:
            found.add(each.name)
    return found


def test_every_address_of_allauth_is_one_of_these() -> None:
    (accounts,) = [each for each in get_resolver().url_patterns if str(each.pattern) == "accounts/"]
    assert isinstance(accounts, URLResolver)
    assert _names(accounts.url_patterns) == PAGES.keys() | NO_PAGES.keys()


@pytest.mark.parametrize("name", PAGES)
def test_every_account_page_is_one_of_ours(client: Client, name: str) -> None:
    who, kwargs = PAGES[name]
    who(client)
    page: Any = client.get(reverse(name, kwargs=kwargs))
    assert page.status_code == 200
    drawn = page.templates[0].origin.name
    assert drawn.startswith(str(BASE_DIR / "templates")), f"{drawn} is allauth's own"
    assert '<header class="top">' in page.content.decode()
    assert "style=" not in page.content.decode(), "the page policy forbids inline styles"
    labels = re.findall(r"<label[^>]*>([^<]+)", page.content.decode())
    assert labels == [label.capitalize() for label in labels], "labels are in sentence case, as everywhere else"


@pytest.mark.parametrize("state", [_out, _in, _with_app, _without_password])
def test_the_account_page_says_how_each_setting_stands(client: Client, state: Callable[[Client], None]) -> None:
    state(client)
    page = client.get("/account/")
    if state is _out:
        assert page["Location"] == "/accounts/login/?next=/account/"
        return
    text = page.content.decode()
    assert ("signing in takes a code" in text) is (state is _with_app)
    assert (reverse("account_set_password") in text) is (state is _without_password)
    assert (reverse("account_change_password") in text) is (state is not _without_password)


@pytest.mark.parametrize("path", ["/accounts/login/", "/accounts/signup/", "/accounts/password/reset/"])
def test_no_field_says_its_label_again_as_if_something_were_filled_in(client: Client, path: str) -> None:
    page = client.get(path).content.decode()
    assert "<label" in page
    assert "placeholder" not in page
