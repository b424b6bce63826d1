"""The page of a run, watched by a person while the run goes on."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.waits import comes_true, has_events

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

LONG = "A sentence that is long enough to fill a line of the page, and then some more of it. " * 8 + "\n\n"
CANONICAL = "window.genisys.canonical()"


@pytest.fixture
def own_plays(stack: Any, plays_on: Callable[[Any], Any]) -> Iterator[Any]:
    """Scripted runs with a worker that may be killed."""
    plays = plays_on(stack)
    plays.add_worker()
    yield plays
    plays.stop()


def status_of(page: Page) -> Any:
    """The line of now, as people see it."""
    return page.locator("[data-now]")


def wait_for_fold(page: Page, play: Any, visitor: Any) -> str:
    """Waits until the page has all of the log, and gives the server's fold of it."""
    folded: str = play.folded(visitor)
    has_events(page, int(re.search(r'"seq":(\d+)', folded)[1]))  # type: ignore[index]
    return folded


def test_what_the_run_says_and_does_appears_without_a_reload(visitor: Callable[..., Any], play: Any) -> None:
    page = visitor().open(play.path)
    page.evaluate("window.loadedOnce = true")
    play.say("Looking for pages")
    expect(status_of(page)).to_have_text("Looking for pages")
    play.write("article", "The first words", " and more.", title="An article")
    expect(page.get_by_role("listitem").filter(has_text="Write")).to_have_attribute("aria-current", "step")
    expect(page.locator("[data-tail]")).to_have_text("The first words and more.")
    play.go_on("article", "\n\n## A heading\n\nWith *weight*.")
    expect(page.locator("[data-tail]")).to_contain_text("With weight.")
    play.close()
    expect(page.locator("[data-tail]")).to_have_count(0)
    expect(page.get_by_role("heading", name="A heading")).to_be_visible()
    expect(page.locator("article em")).to_have_text("weight")
    play.end()
    expect(status_of(page)).to_have_text(re.compile("^Done in"))
    expect(page).to_have_title("✓ What a good changelog does")
    assert page.evaluate("window.loadedOnce"), "the page was loaded again"


def test_the_history_is_the_same_after_refresh_in_a_second_tab_and_after_signing_in_again(
    visitor: Callable[..., Any], play: Any
) -> None:
    owner = visitor()
    page = owner.open(play.path)
    play.say("Beginning 😀")
    play.write("article", "Ünïcödé 👩‍👩‍👧, ", "in pieces. ")
    play.go_on("article", *(f"Piece {number}. " for number in range(40)))
    expect(page.locator("[data-tail]")).to_contain_text("Piece 39.")
    live = wait_for_fold(page, play, owner)
    assert page.evaluate(CANONICAL) == live

    page.reload()
    wait_for_fold(page, play, owner)
    assert page.evaluate(CANONICAL) == live
    second = owner.open(play.path)
    wait_for_fold(second, play, owner)
    assert second.evaluate(CANONICAL) == live
    expect(second.locator("[data-tail]")).to_have_text(page.locator("[data-tail]").inner_text())

    play.close()
    play.end()
    for tab in (page, second):
        expect(tab).to_have_title(re.compile("^✓"))
    ended = wait_for_fold(page, play, owner)
    assert page.evaluate(CANONICAL) == second.evaluate(CANONICAL) == ended

    owner.sign_out()
    page.reload()
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    owner.sign_in("owner@example.com")
    again = owner.open(play.path)
    wait_for_fold(again, play, owner)
    assert again.evaluate(CANONICAL) == ended


def test_a_killed_worker_is_told_of_and_the_text_is_neither_doubled_nor_short(
    visitor: Callable[..., Any], own_plays: Any
) -> None:
    play = own_plays.start()
    owner = visitor()
    page = owner.open(play.path)
    play.write("article", "One. ", "Two. ")
    expect(page.locator("[data-tail]")).to_have_text("One. Two.")
    own_plays.kill_worker()
    told = page.locator(".note")
    expect(told).to_contain_text("The worker on this run", timeout=40_000)
    expect(told).to_contain_text("Another took over after", timeout=40_000)
    expect(told).to_contain_text("Nothing finished was repeated.")
    play.go_on("article", "Three.")
    expect(page.locator("[data-tail]")).to_have_text("One. Two. Three.")
    expect(page.locator(".meta")).to_contain_text("attempt 2")
    play.close()
    play.end()
    expect(page).to_have_title(re.compile("^✓"))
    expect(page.locator("article")).to_have_text("One. Two. Three.")
    folded = wait_for_fold(page, play, owner)
    assert page.evaluate(CANONICAL) == folded


def test_a_run_that_fails_says_what_happened_what_is_kept_and_goes_on_when_retried(
    visitor: Callable[..., Any], play: Any
) -> None:
    owner = visitor()
    owner.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page = owner.open(play.path)
    play.write("article", "Kept words.")
    play.close()
    play.do("fail", text="The model server answered 500 three times.")
    alert = page.get_by_role("alert")
    expect(alert).to_contain_text("The model server answered 500 three times.")
    expect(alert).to_contain_text("kept")
    expect(alert).to_contain_text(play.run_id)
    alert.get_by_role("button", name="Copy").click()
    expect(alert.get_by_role("button", name="Copied")).to_be_visible()
    assert page.evaluate("navigator.clipboard.readText()") == play.run_id
    expect(page).to_have_title(re.compile("^!"))
    expect(page.locator("article")).to_contain_text("Kept words.")
    expect(page.get_by_role("button", name="Stop and keep")).to_have_count(0)
    page.get_by_role("button", name="Retry").click()
    expect(page.get_by_role("alert")).to_contain_text("The model server answered 500 three times.")
    expect(page.locator("article")).to_contain_text("Kept words.")


def test_stopping_keeps_what_was_written(visitor: Callable[..., Any], play: Any) -> None:
    page = visitor().open(play.path)
    play.write("article", *[LONG] * 5, "Half a sentence")
    expect(page.locator("[data-tail]")).to_contain_text("Half a sentence")
    page.get_by_role("button", name="Stop and keep").click()
    expect(status_of(page)).to_have_text("Stopped. What was done is kept.")
    expect(page.locator("article")).to_contain_text("Half a sentence")
    expect(page).to_have_title(re.compile("^–"))
    expect(page.get_by_role("button", name="Jump to latest")).to_be_hidden()


def test_the_latest_is_a_button_away_and_only_who_goes_there_is_taken_along(
    visitor: Callable[..., Any], play: Any
) -> None:
    page = visitor().open(play.path)
    jump = page.get_by_role("button", name="Jump to latest")
    play.write("article", LONG)
    expect(page.locator("[data-tail]")).to_contain_text("more of it.")
    expect(jump).to_be_hidden()
    play.go_on("article", *[LONG] * 5, "far down")
    expect(page.locator("[data-tail]")).to_contain_text("far down")
    expect(jump).to_be_visible()
    assert page.evaluate("window.scrollY") == 0, "the page scrolled by itself"

    jump.click()
    expect(jump).to_be_hidden()
    play.go_on("article", *[LONG] * 5, "further down")
    expect(page.locator("[data-tail]")).to_contain_text("further down")
    comes_true(page, "document.querySelector('[data-tail]').getBoundingClientRect().bottom <= window.innerHeight + 1")

    page.mouse.wheel(0, -2000)
    expect(jump).to_be_visible()
    comes_true(page, "new Promise((done) => { const at = scrollY; setTimeout(() => done(at === scrollY), 300) })")
    place = page.evaluate("window.scrollY")
    play.go_on("article", LONG, "unseen")
    expect(page.locator("[data-tail]")).to_contain_text("unseen")
    assert page.evaluate("window.scrollY") == place
    play.close()
    play.end()
    expect(jump).to_be_hidden()


def test_updates_leave_focus_selection_and_opened_details_alone(visitor: Callable[..., Any], play: Any) -> None:
    page = visitor().open(play.path)
    play.say("One")
    history = page.locator("details.history")
    history.locator("summary").click()
    stop = page.get_by_role("button", name="Stop and keep")
    stop.focus()
    page.evaluate(
        "const range = document.createRange(); range.selectNodeContents(document.querySelector('h1'));"
        "getSelection().removeAllRanges(); getSelection().addRange(range)"
    )
    for number in range(5):
        play.say(f"Line {number}")
        play.do("count", done=number, total=5, unit="lines")
        expect(history).to_contain_text(f"Line {number}")
    expect(stop).to_be_focused()
    expect(history).to_have_attribute("open", "")
    assert page.evaluate("getSelection().toString()") == "What a good changelog does"
    play.end()


def test_without_javascript_the_page_is_complete_and_renews_itself_until_the_run_has_ended(
    visitor: Callable[..., Any], play: Any
) -> None:
    page = visitor(java_script_enabled=False).open(play.path)
    renewing = page.locator("noscript meta[http-equiv=refresh], meta[http-equiv=refresh]")
    expect(renewing).to_have_count(1)
    play.say("Looking for pages")
    play.write("article", "Words without scripts.")
    expect(status_of(page)).to_have_text("Looking for pages")
    expect(page.locator("[data-tail]")).to_have_text("Words without scripts.")
    play.close()
    play.end()
    expect(status_of(page)).to_have_text(re.compile("^Done in"))
    expect(renewing).to_have_count(0)
    expect(page.locator("article p")).to_have_text("Words without scripts.")


def test_another_persons_run_is_not_there(visitor: Callable[..., Any], play: Any) -> None:
    stranger = visitor("stranger@example.com")
    page = stranger.open(play.path)
    expect(page.get_by_role("heading")).to_have_text("Page not found")
    fragment = stranger.context.request.get(f"{play.stack.url}{play.path}fragment")
    assert fragment.status == 404
    answer = page.evaluate(
        """run => new Promise((resolve) => {
            const socket = new WebSocket(location.origin.replace("http", "ws") + "/ws/runs");
            socket.onopen = () => socket.send(JSON.stringify({t: "sub", run, after: 0, log_id: null}));
            socket.onmessage = (message) => resolve(JSON.parse(message.data));
        })""",
        play.run_id,
    )
    assert (answer["t"], answer["code"]) == ("error", 404)


def test_screen_readers_are_told_of_now_without_haste_and_of_the_end_at_once(
    visitor: Callable[..., Any], play: Any
) -> None:
    page = visitor().open(play.path)
    spoken = page.get_by_role("status")
    play.say("First")
    expect(spoken).to_have_text("First")
    page.evaluate(
        "window.told = [];"
        "new MutationObserver(() => told.push(document.querySelector('[role=status]').textContent))"
        ".observe(document.querySelector('[role=status]'), {childList: true, characterData: true, subtree: true})"
    )
    for number in range(10):
        play.say(f"Quick {number}")
    expect(status_of(page)).to_have_text("Quick 9")
    play.end()
    expect(status_of(page)).to_have_text(re.compile("^Done in"))
    expect(spoken).to_have_text(re.compile("^Done in"), timeout=3_000)
    assert len(page.evaluate("told")) <= 3, "a screen reader was told too much"


def test_a_step_that_is_tried_again_says_so_as_it_happens(visitor: Callable[..., Any], play: Any) -> None:
    page = visitor().open(play.path)
    play.say("Writing section 3 of 3")
    play.do("try", name="write_section", text="The model server is busy.", seconds=12)
    told = re.compile("^Writing section 3 of 3. The model server is busy. Try 2 begins at [0-9:]{8}.$")
    expect(status_of(page)).to_have_text(told)
    step = page.locator(".step", has_text="Try")
    expect(step).to_contain_text("trying again")
    expect(step).to_contain_text("The model server is busy. Try 2 begins at")
    expect(page).to_have_title(re.compile("^·"))  # it has left its worker
    page.reload()
    expect(status_of(page)).to_have_text(told)
    expect(step).to_contain_text("trying again")
    play.say("Writing goes on")
    expect(status_of(page)).to_have_text("Writing goes on", timeout=30_000)
    expect(step).not_to_contain_text("busy")
    play.end()
    expect(status_of(page)).to_have_text(re.compile("^Done in"))
    expect(page.locator(".now .when")).to_have_text("")


def test_an_error_that_retrying_cannot_help_makes_nothing_of_the_retry(visitor: Callable[..., Any], play: Any) -> None:
    page = visitor().open(play.path)
    play.do("fail", text="There is no page at that address.")
    expect(page.get_by_role("alert")).to_contain_text("Trying again will most likely end the same way.")
    expect(page.get_by_role("alert")).to_contain_text("Once the cause is fixed, Retry runs it again from the beginning")
    expect(page.get_by_text("Start again")).to_have_count(0)
    expect(page.get_by_role("button", name="Retry")).to_have_class("button button-quiet")
    page.get_by_role("button", name="Retry").click()
    expect(page.locator("details.history")).to_contain_text("Retried.")
    expect(page.locator("details.history")).to_contain_text("Stopped by an error: There is no page at that address.")
