"""A workflow that somebody registered, from the list of what there is to its result, by a person in a browser."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.looks import look_at

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]


def start(page: Page, topic: str, months: str = "6") -> None:
    """Find the workflow, fill in its form and send it."""
    page.get_by_role("navigation").get_by_role("link", name="New").click()
    page.get_by_role("link", name="Order report").click()
    page.get_by_label("Topic").fill(topic)
    page.get_by_label("Months").fill(months)
    page.get_by_label("Api key").fill("a-key-that-is-long")
    page.get_by_role("button", name="Start").click()


def test_a_person_starts_it_sees_what_is_wrong_and_reads_what_came_of_it(visitor: Callable[..., Any]) -> None:
    page = visitor().open("/new/")
    expect(page.get_by_text("Survey a topic region by region and sum up what was found.")).to_be_visible()
    look_at(page, "new")
    page.goto(page.url + "order-report/")
    look_at(page, "new-form")
    page.locator("form.form").evaluate("form => (form.noValidate = true)")
    page.get_by_label("Months").fill("99")
    page.get_by_role("button", name="Start").click()
    expect(page.get_by_role("alert")).to_contain_text("Nothing was started.")
    expect(page.get_by_label("Months")).to_have_value("99")
    look_at(page, "new-form-wrong")
    start(page, "Solar roofs")
    expect(page.get_by_role("heading", level=1)).to_have_text("Report on Solar roofs")
    expect(page.get_by_role("heading", name="Solar roofs", exact=True)).to_be_visible()
    expect(page.locator(".shown table").first).to_contain_text("North")
    expect(page.get_by_role("heading", name="Plan")).to_be_visible()
    page.locator(".within > summary").click()
    expect(page.locator(".inner li")).to_have_count(2)
    look_at(page, "any-run")
    with page.expect_download() as download:
        page.get_by_role("link", name="Download as JSON").click()
    assert download.value.suggested_filename == "order-report-output.json"


def test_it_works_without_a_script(visitor: Callable[..., Any]) -> None:
    page = visitor(java_script_enabled=False).open("/new/")
    start(page, "Wind")
    expect(page.get_by_role("heading", level=1)).to_have_text("Report on Wind")
    expect(page.locator("[data-now]")).to_have_text(re.compile("^Done in"))  # until then the page renews itself
    page.locator(".within > summary").click()
    page.get_by_role("link", name="Show 2 steps").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("survey")


def test_times_are_the_readers_own_and_utc_on_hover(visitor: Callable[..., Any], play: Any) -> None:
    play.say("Looking")
    page = visitor(timezone_id="Asia/Kathmandu").open(play.path)
    time = page.locator(".head time")
    expect(time).to_have_attribute("title", re.compile(r"^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC$"))
    minutes = [int(part.split(":")[1]) for part in (time.inner_text(), time.get_attribute("title").split(" ")[1])]
    assert (minutes[0] - minutes[1]) % 60 == 45


def test_escape_closes_the_menu_and_the_focus_stays_with_what_was_pressed(
    visitor: Callable[..., Any], play: Any
) -> None:
    play.say("Looking")
    page = visitor().open(play.path)
    menu = page.locator("details.menu")
    menu.locator("summary").press("Enter")
    expect(menu).to_have_attribute("open", "")
    page.keyboard.press("Escape")
    expect(menu).not_to_have_attribute("open", "")
    expect(menu.locator("summary")).to_be_focused()
    page.get_by_role("button", name="Pause").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Resume")).to_be_focused()


def test_a_stranger_is_welcomed(visitor: Callable[..., Any]) -> None:
    page = visitor(None).open("/")
    look_at(page, "welcome")
    page.get_by_role("link", name="Create an account").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Sign up")
