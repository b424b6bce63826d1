"""A person's whole way in a browser: sign up, confirm, second step, token, link; and a stranger at its other end."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from typing import Any

import pytest
from allauth.mfa.totp.internal import auth as totp
from playwright.sync_api import Page, expect

from tests.browser.waits import comes_true

pytestmark = [pytest.mark.browser, pytest.mark.timeout(180)]

PASSWORD = "correct horse battery"


def _press(page: Page, name: str) -> None:
    page.locator("main").get_by_role("button", name=name, exact=True).click()


def _confirm_by_mail(page: Page, stack: Any, wait_until: Callable[..., Any], email: str) -> None:
    """Follows the link in the mail, which goes to the server's console."""

    def mailed() -> Any:
        text = stack.serve.log.read_text(errors="replace")
        _, found, mail = text.rpartition(f"To: {email}")
        return found and re.search(r"http://\S+(/accounts/confirm-email/\S+)", mail)

    page.goto(stack.url + wait_until(mailed, "no mail was sent")[1])
    _press(page, "Confirm")


def _code(secret: str) -> str:
    return str(totp.format_hotp_value(totp.hotp_value(secret, int(time.time()) // 30)))


def _give_to(email: str, play: Any) -> None:
    script = (
        "from django.contrib.auth import get_user_model as model\nfrom runs.models import Run\n"
        f"Run.objects.filter(pk={play.run_id!r}).update(owner=model().objects.get(email={email!r}))"
    )
    play.stack.manage("shell", "--verbosity", "0", "-c", script)


def test_from_sign_up_to_a_link_that_a_stranger_opens(
    visitor: Callable[..., Any], stack: Any, play: Any, wait_until: Callable[..., Any]
) -> None:
    email = "ana@example.net"
    ana = visitor(None)
    page = ana.open("/accounts/signup/")
    page.get_by_label("Email").fill(email)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_label("Repeat the password").fill(PASSWORD)
    _press(page, "Sign up")
    page.wait_for_url(stack.url + "/")
    _confirm_by_mail(page, stack, wait_until, email)

    page.goto(stack.url + "/account/")
    page.get_by_role("link", name="Set up two-step sign-in").click()
    page.get_by_role("link", name="Set up").click()
    page.get_by_label("Password").fill(PASSWORD)
    _press(page, "Continue")
    comes_true(page, "(image => image?.complete && image.naturalWidth > 0)(document.querySelector('img.qr'))")
    page.get_by_label("Code from the app").fill(_code(page.get_by_label("Setup key").input_value()))
    _press(page, "Turn it on")
    spare = page.locator(".codes code").first.inner_text()

    page.locator("details.menu > summary").click()
    page.get_by_role("button", name="Sign out").click()
    page.wait_for_url(stack.url + "/")
    page.goto(stack.url + "/accounts/login/")
    page.get_by_label("Email").fill(email)
    page.get_by_label("Password").fill(PASSWORD)
    _press(page, "Sign in")
    page.get_by_label("Code").fill(spare)
    _press(page, "Sign in")
    page.wait_for_url(stack.url + "/")

    page.goto(stack.url + "/account/tokens/")
    page.get_by_label("Name").fill("a machine of mine")
    _press(page, "Create token")
    token = page.get_by_label("a machine of mine").input_value()
    _give_to(email, play)
    program = visitor(None).context.request
    answer = program.get(f"{stack.url}/api/runs/{play.run_id}", headers={"Authorization": f"Bearer {token}"})
    assert answer.json()["id"] == play.run_id

    page.goto(stack.url + play.path)
    page.locator(".share > summary").click()
    _press(page, "Create a link")
    link = page.get_by_label("The link").input_value()

    play.write("article", "Words for everybody.", title="An article")
    stranger = visitor(None).open(link.removeprefix(stack.url))
    expect(stranger.get_by_role("heading", level=1)).to_have_text("What a good changelog does")
    expect(stranger.locator("[data-tail]")).to_contain_text("Words for everybody.")
    play.go_on("article", " And more of them.")
    expect(stranger.locator("[data-tail]")).to_contain_text("And more of them.")
    play.close()
    play.end()
    expect(stranger.get_by_role("status")).to_contain_text("Done")
    expect(stranger.locator("article p")).to_have_text("Words for everybody. And more of them.")

    page.goto(stack.url + play.path)
    page.get_by_role("button", name=re.compile("^Revoke")).click()
    expect(page.locator(".message")).to_contain_text("The link no longer works.")
    stranger.reload()
    expect(stranger.get_by_role("heading", level=1)).to_have_text("There is nothing to see here")


def test_a_link_that_is_revoked_closes_the_page_that_shows_it(visitor: Callable[..., Any], play: Any) -> None:
    owner = visitor()
    page = owner.open(f"{play.path}#share")
    _press(page, "Create a link")
    link = page.get_by_label("The link").input_value()
    stranger = visitor(None).open(link.removeprefix(play.stack.url))
    expect(stranger.get_by_role("heading", level=1)).to_have_text("What a good changelog does")
    page.goto(play.stack.url + play.path)
    page.get_by_role("button", name=re.compile("^Revoke")).click()
    expect(stranger.get_by_role("heading", level=1)).to_have_text("There is nothing to see here", timeout=10_000)


def test_a_notification_is_asked_for_by_a_click_and_shown_when_a_hidden_tab_ends(
    visitor: Callable[..., Any], play: Any
) -> None:
    owner = visitor()
    owner.context.add_init_script(
        """
        window.told = [];
        window.asked = 0;
        window.Notification = class extends EventTarget {
          static permission = "default";
          static async requestPermission() {
            window.asked += 1;
            return (Notification.permission = "granted");
          }
          constructor(title, options) {
            super();
            window.told.push([title, options.body]);
          }
        };
        """
    )
    page = owner.open(play.path)
    assert page.evaluate("window.asked") == 0
    page.locator("#tell > summary").click()
    page.get_by_role("button", name="Show a notification in this browser").click()
    expect(page.locator("[data-notify-word]")).to_contain_text("will notify you when a run ends")
    page.evaluate("Object.defineProperty(document, 'hidden', { get: () => true })")
    play.end()
    comes_true(page, "window.told.length > 0")
    assert page.evaluate("window.told") == [["What a good changelog does", "Done."]]
