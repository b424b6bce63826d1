"""Every page in both themes and at three widths: nothing that axe finds, nothing that runs out of the window."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.browser import zoom
from tests.browser.looks import look_at
from tests.depth import by_depth

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

PAGES = {"home": "/", "runs": "/runs/", "sites": "/sites/", "posts": "/posts/", "nowhere": "/nothing-here"}
SIGNED_OUT = {"sign-in": "/accounts/login/", "sign-up": "/accounts/signup/", "reset": "/accounts/password/reset/"}
ACCOUNT = {
    "account": "/account/",
    "tokens": "/account/tokens/",
    "email": "/accounts/email/",
    "password": "/accounts/password/change/",
    "mfa": "/accounts/2fa/",
    "proof": "/accounts/reauthenticate/",
}


def faults(page: Page) -> list[str]:
    """What axe objects to."""
    found = Axe().run(page).response["violations"]
    return [f"{fault['id']}: {[node['html'][:150] for node in fault['nodes'][:3]]}" for fault in found]


def check(page: Page, what: str) -> None:
    for theme in ("light", "dark"):
        page.emulate_media(color_scheme=theme, reduced_motion="reduce")
        for width in (1280, 390):
            page.set_viewport_size({"width": width, "height": 780})
            assert faults(page) == [], f"{what}, {theme}, {width} px"
    page.set_viewport_size({"width": 320, "height": 700})
    assert page.evaluate("document.documentElement.scrollWidth") <= 320, f"{what} does not fit into 320 px"


@pytest.mark.parametrize("name", [*PAGES, *ACCOUNT])
def test_a_page_is_open_to_everybody_in_both_themes_and_at_phone_width(name: str, visitor: Callable[..., Any]) -> None:
    check(visitor().open({**PAGES, **ACCOUNT}[name]), name)


@pytest.mark.parametrize("name", SIGNED_OUT)
def test_the_way_in_is_open_to_everybody(name: str, visitor: Callable[..., Any]) -> None:
    check(visitor(None).open(SIGNED_OUT[name]), name)


def test_a_run_is_open_to_everybody_in_each_of_its_states(visitor: Callable[..., Any], play: Any) -> None:
    page = visitor().open(play.path)
    check(page, "a run that waits for its first news")
    play.say("Reading page 3 of 8")
    play.do("count", done=3, total=8, unit="pages")
    play.write("article", "Some words, " * 200, title="An article")
    expect(page.locator("[data-tail]")).to_contain_text("Some words")
    check(page, "a run that writes")
    play.close()
    play.do("fail", text="The model server answered 500 three times in a row, and was not asked again.")
    expect(page.get_by_role("alert")).to_be_visible()
    check(page, "a run that failed")


def test_a_page_loses_nothing_enlarged_or_without_colours(visitor: Callable[..., Any], play: Any) -> None:
    """At full depth the gallery holds every page against this."""
    play.write("article", "Some words, " * 200, title="An article")
    page = visitor().open(play.path)
    expect(page.locator("[data-tail]")).to_contain_text("Some words")
    zoom.check(page, "a run that writes")
    page.goto(play.stack.url + "/runs/")
    zoom.check(page, "the list of runs")


def test_what_a_stranger_is_shown_is_open_to_everybody(visitor: Callable[..., Any], play: Any) -> None:
    page = visitor().open(play.path)
    for fold in ("#tell", ".share"):
        page.locator(f"{fold} > summary").click()
    page.get_by_role("button", name="Create a link").click()
    link = page.get_by_label("The link").input_value()
    check(page, "a link that was made")
    page.goto(play.stack.url + play.path)
    check(page, "a run with its links")
    play.write("article", "Some words, " * 200, title="An article")
    stranger = visitor(None).open(link.removeprefix(play.stack.url))
    expect(stranger.locator("[data-tail]")).to_contain_text("Some words")
    check(stranger, "a shared run")
    page.get_by_role("button", name="Revoke").click()
    expect(stranger.get_by_role("heading", level=1)).to_have_text("There is nothing to see here", timeout=10_000)
    check(stranger, "a link that was taken back")


def test_the_choice_of_theme_is_kept_and_drawn_by_the_server(visitor: Callable[..., Any]) -> None:
    page = visitor(color_scheme="light").open("/runs/")
    ground = "getComputedStyle(document.body).backgroundColor"
    light = page.evaluate(ground)
    page.locator("details.menu > summary").click()
    page.get_by_role("button", name="Dark").click()
    page.wait_for_url("**/runs/")
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    assert page.evaluate(ground) != light
    page.goto(page.url.replace("/runs/", "/"))
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")


def test_the_keyboard_reaches_the_page_past_the_header_at_once(visitor: Callable[..., Any]) -> None:
    page = visitor().open("/runs/")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the page")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_be_focused()


def test_on_a_phone_the_actions_of_a_run_stay_at_the_thumb(visitor: Callable[..., Any], play: Any) -> None:
    page = visitor(viewport={"width": 390, "height": 780}, has_touch=True, is_mobile=True).open(play.path)
    play.write("article", "Some words, " * 400)
    expect(page.locator("[data-tail]")).to_contain_text("Some words")
    box = page.get_by_role("button", name="Stop and keep").bounding_box()
    assert box is not None
    assert box["height"] >= 44
    assert box["y"] + box["height"] <= 780
    assert box["y"] > 650


def test_printed_is_the_article_alone(visitor: Callable[..., Any], play: Any) -> None:
    page = visitor().open(play.path)
    play.write("article", "Printed words.")
    play.close()
    play.end()
    expect(page.locator("article p")).to_have_text("Printed words.")
    page.emulate_media(media="print")
    expect(page.locator("article")).to_be_visible()
    for hidden in ("header.top", ".stages", ".now"):
        expect(page.locator(hidden)).to_be_hidden()


def test_wrong_input_is_told_beside_its_field(visitor: Callable[..., Any]) -> None:
    page = visitor().open("/")
    form = page.locator("form", has=page.get_by_role("button", name="Read this site"))
    form.evaluate("form => form.noValidate = true")
    form.locator("input[name=url]").fill("not an address")
    form.get_by_role("button").click()
    field = page.locator("input[name=url]")
    expect(field).to_have_attribute("aria-invalid", "true")
    told = page.locator("p.wrong", has_text="!")
    expect(told).to_be_visible()
    assert told.get_attribute("id") in (field.get_attribute("aria-describedby") or "").split()


_SUPERUSER = """
from django.contrib.auth import get_user_model
get_user_model().objects.filter(email="records@example.com").update(is_staff=True, is_superuser=True)
"""


def test_the_records_are_open_to_everybody_and_in_the_products_look(visitor: Callable[..., Any], play: Any) -> None:
    keeper = visitor("records@example.com")
    play.stack.manage("shell", "--verbosity", "0", "-c", _SUPERUSER)
    for path in by_depth(quick=["/admin/runs/run/"], full=["/admin/", "/admin/runs/run/", "/admin/auth/user/"]):
        page = keeper.open(path)
        expect(page.get_by_role("main")).to_be_visible()
        look_at(page, path.strip("/").replace("/", "-"))
    icon = page.locator(".material-symbols-outlined:visible").first.bounding_box()
    assert icon is not None
    assert icon["width"] < 40, "an icon that the font lacks is shown as its name"
