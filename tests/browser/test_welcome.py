"""The page for strangers replays a recorded run; a person's lists follow what runs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.browser.looks import look_at
from tests.browser.waits import comes_true

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

REMEMBERS_WHAT_IS_SAID = """
window.said = [];
addEventListener("DOMContentLoaded", () =>
  new MutationObserver(() => said.push(document.querySelector("[data-now]")?.textContent))
    .observe(document.body, {childList: true, characterData: true, subtree: true}));
"""


def test_a_stranger_sees_a_run_replayed_and_finds_the_way_in(visitor: Callable[..., Any]) -> None:
    stranger = visitor(None)
    stranger.context.add_init_script(REMEMBERS_WHAT_IS_SAID)
    page = stranger.open("/")
    now = page.locator("[data-now]")
    comes_true(page, "said.includes('Looking for the site')")  # for half a second
    page.get_by_role("button", name="Pause").click()
    expect(page.get_by_role("button", name="Resume")).to_be_visible()
    page.get_by_role("button", name="Resume").click()
    expect(now).to_contain_text("Reading")
    expect(page.get_by_text("Read the pages", exact=True)).to_be_visible()
    assert page.title() == "Genisys: posts that name their sources"
    page.locator("main").get_by_role("link", name="Create an account").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Sign up")


def test_whoever_asked_for_less_motion_sees_the_end_until_they_press_play(visitor: Callable[..., Any]) -> None:
    page = visitor(None, reduced_motion="reduce").open("/")
    expect(page.get_by_role("button", name="Play")).to_be_visible()
    expect(page.locator("[data-now]")).to_contain_text("Done in")
    look_at(page, "welcome")
    page.get_by_role("button", name="Play").click()
    expect(page.locator("[data-now]")).not_to_contain_text("Done in")


def test_a_list_follows_what_its_runs_do(visitor: Callable[..., Any], play: Any) -> None:
    person = visitor()
    pages = [person.open("/runs/"), person.open("/")]
    play.say("Reading page 3 of 8")
    for page in pages:
        row = page.locator(f'[data-key="{play.run_id}"]')
        row.get_by_role("link").focus()
        expect(row.locator(".doing")).to_have_text("Reading page 3 of 8")
    play.end()
    for page in pages:
        row = page.locator(f'[data-key="{play.run_id}"]')
        expect(row.locator(".state")).to_contain_text("done")
        expect(row.get_by_role("link")).to_be_focused()
