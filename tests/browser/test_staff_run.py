"""The staff's page of one run in a browser: it follows the run, opens what is asked for, and works by the keyboard."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.browser.looks import look_at

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]
STAFF = "staff-of-traces@example.com"


@pytest.fixture(scope="module")
def staff(stack) -> str:
    stack.add_user(STAFF, "correct horse battery", staff=True)
    stack.__dict__.setdefault("known_people", set()).add(STAFF)
    return STAFF


def test_the_page_follows_the_run_and_opens_a_step_and_its_values_in_place(visitor, play, staff):
    page = visitor(staff).open(f"/staff/runs/{play.run_id}/")
    play.step("research", text="Looking around")
    row = page.locator(".row-step").first
    expect(row).to_be_visible()
    row.locator("a.name").click()
    chosen = page.locator(".chosen")
    expect(chosen).to_be_visible()
    assert "step=" in page.url
    chosen.get_by_text("Input", exact=True).click()
    expect(chosen.locator("pre")).to_contain_text("Looking around")

    play.step("research", text="Once more")
    expect(page.locator(".row-step")).to_have_count(2)
    expect(chosen.locator("pre")).to_contain_text("Looking around")  # What was opened stays open.
    page.get_by_role("button", name="Pause updates").click()
    play.step("research", text="Unseen")
    page.wait_for_timeout(1_500)
    expect(page.locator(".row-step")).to_have_count(2)
    page.get_by_role("button", name="Resume updates").click()
    expect(page.locator(".row-step")).to_have_count(3)

    page.go_back()
    expect(chosen).to_have_count(0)
    rows = page.locator(".row-step a.name")
    rows.nth(0).focus()
    page.keyboard.press("ArrowDown")
    expect(rows.nth(1)).to_be_focused()
    page.keyboard.press("Enter")
    expect(chosen).to_be_visible()
    expect(rows.nth(1)).to_be_focused()


def test_every_view_of_a_run_reads_well_in_both_themes_and_on_a_phone(visitor, play, staff):
    page = visitor(staff).open(f"/staff/runs/{play.run_id}/")
    play.step("research", text="A text")
    expect(page.locator(".row-step")).to_have_count(1)
    page.locator(".row-step a.name").first.click()
    expect(page.locator(".chosen")).to_be_visible()
    page.locator(".chosen").get_by_text("Input", exact=True).click()
    expect(page.locator(".chosen pre")).to_be_visible()
    look_at(page, "staff-run")
    for view in ("flame", "log", "values", "origin"):
        page.goto(f"{page.url.partition('?')[0]}?view={view}")
        look_at(page, f"staff-run-{view}")
    page.goto(f"{page.url.partition('/staff')[0]}/staff/compare?a={play.run_id}&b={play.run_id}")
    look_at(page, "staff-compare")
    page.goto(f"{page.url.partition('/staff')[0]}/staff/runs/{play.run_id}/fork")
    look_at(page, "staff-run-fork")
