"""What a person can do on a run's page while it goes on: answer, pause, raise a budget."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.looks import look_at

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

QUESTION = "May “What a good changelog does” be published on Monday, under your name?"
"""What `flows` asks. That module is not imported here: its workflows have the names of the products' own."""

_LIMIT = """
import asyncio
from django.conf import settings
from genisys.host import Engine

async def limit():
    async with Engine(settings.REDIS_URL) as engine:
        await engine.limit({run!r}, tokens=100)
asyncio.run(limit())
"""


def fill(page: Page) -> None:
    page.get_by_label("Note").fill("Ship it")
    page.get_by_role("group", name="Tone").get_by_label("warm").check()
    page.get_by_role("group", name="Publish").get_by_label("Yes").check()
    page.get_by_label("Stars").fill("5")


def test_a_question_is_answered_on_the_page_and_what_is_typed_outlasts_the_news(
    visitor: Callable[..., Any], plays: Any
) -> None:
    play = plays.start("asking")
    page = visitor().open(play.path)
    expect(page.get_by_role("heading", name=QUESTION)).to_be_visible()
    fill(page)
    for number in range(3):
        play.say(f"Line {number}")
        expect(page.locator("details.history")).to_contain_text(f"Line {number}")
    expect(page.get_by_label("Note")).to_have_value("Ship it")
    expect(page.get_by_role("group", name="Publish").get_by_label("Yes")).to_be_checked()
    look_at(page, "question")
    page.set_viewport_size({"width": 1280, "height": 800})

    page.get_by_label("Tags").fill('["news",')
    page.get_by_role("button", name="Answer").click()
    expect(page.get_by_role("alert")).to_contain_text("has not been sent yet")
    expect(page.locator(".field-wrong")).to_contain_text("This is not JSON")
    expect(page.get_by_label("Note")).to_have_value("Ship it")
    expect(page.get_by_label("Tags")).to_have_value('["news",')
    look_at(page, "question-wrong")
    page.set_viewport_size({"width": 1280, "height": 800})

    page.get_by_label("Tags").fill('["news"]')
    page.get_by_role("button", name="Answer").click()
    page.wait_for_url(f"**{play.path}")
    expect(page.get_by_text("Your answer was sent.")).to_be_visible()
    expect(page.get_by_role("heading", name=QUESTION)).to_have_count(0)
    play.end()
    expect(page.locator("[data-now]")).to_have_text(re.compile("^Done in"), timeout=40_000)
    expect(page.locator("details.history")).to_contain_text("Published")
    expect(page.locator(".shown")).to_contain_text("news")


def test_a_stranger_with_the_address_answers_without_javascript_and_sees_the_question_alone(
    visitor: Callable[..., Any], plays: Any
) -> None:
    play = plays.start("asking")
    page = visitor().open(play.path)
    form = page.locator("form", has=page.get_by_role("button", name="Answer"))
    address = form.get_attribute("action")

    stranger = visitor(None, java_script_enabled=False).open(address)
    expect(stranger.get_by_role("heading", name=QUESTION)).to_be_visible()
    expect(stranger.locator(f"a[href='{play.path}']")).to_have_count(0)
    fill(stranger)
    stranger.get_by_role("button", name="Answer").click()
    expect(stranger.get_by_text("Your answer was sent.")).to_be_visible()
    expect(stranger.get_by_text("This question has been answered.")).to_be_visible()
    expect(page.get_by_role("heading", name=QUESTION)).to_have_count(0)
    play.end()
    expect(page.locator("[data-now]")).to_have_text(re.compile("^Done in"), timeout=40_000)


def test_a_stranger_s_page_of_a_question_is_open_to_everybody(visitor: Callable[..., Any], plays: Any) -> None:
    play = plays.start("asking")
    page = visitor().open(play.path)
    address = page.locator("form", has=page.get_by_role("button", name="Answer")).get_attribute("action")
    stranger = visitor(None).open(address)
    look_at(stranger, "question-alone")
    page.get_by_role("button", name="Stop and keep").click()
    expect(page.locator("[data-now]")).to_have_text("Stopped.")
    stranger.reload()
    expect(stranger.get_by_role("heading", name="This question is closed")).to_be_visible()
    look_at(stranger, "question-closed")


def test_a_run_is_paused_and_goes_on_from_its_page(visitor: Callable[..., Any], play: Any) -> None:
    page = visitor().open(play.path)
    play.say("Beginning")
    expect(page.locator("[data-now]")).to_have_text("Beginning")
    page.get_by_role("button", name="Pause").click()
    expect(page.get_by_role("button", name="Resume")).to_be_visible()
    expect(page.get_by_role("button", name="Pause")).to_have_count(0)
    # It rests at the first end of a step after its worker has heard of it.
    for number in range(10):
        play.step(f"next-{number}")
        with contextlib.suppress(AssertionError):
            expect(page.locator("[data-now]")).to_have_text("Paused. What was done is kept.", timeout=2_000)
            break
    expect(page.locator("[data-now]")).to_have_text("Paused. What was done is kept.")
    look_at(page, "paused")
    page.set_viewport_size({"width": 1280, "height": 800})
    page.get_by_role("button", name="Resume").click()
    expect(page.get_by_role("button", name="Pause")).to_be_visible()
    play.say("Going on")
    expect(page.locator("[data-now]")).to_have_text("Going on")
    play.end()


def test_a_budget_that_is_used_up_is_raised_on_the_page(visitor: Callable[..., Any], plays: Any) -> None:
    play = plays.start()
    play.stack.manage("shell", "--verbosity", "0", "-c", _LIMIT.format(run=play.run_id))
    page = visitor().open(play.path)
    for _ in range(2):
        play.do("buy")
    expect(page.get_by_role("heading", name="Raise the budget?")).to_be_visible()
    look_at(page, "budget")
    page.set_viewport_size({"width": 1280, "height": 800})
    expect(page.get_by_label("Total tokens")).to_have_value("200")
    page.get_by_label("Total tokens").fill("100")
    page.get_by_role("button", name="Raise the budget").click()
    expect(page.locator("p.wrong")).to_contain_text("allow more")
    page.get_by_label("Total tokens").fill("1000")
    page.get_by_role("button", name="Raise the budget").click()
    page.wait_for_url(f"**{play.path}")
    play.end()
    expect(page.locator("[data-now]")).to_have_text(re.compile("^Done in"), timeout=40_000)
