"""Whatever happens to a browser or to its way to the server, the page ends with what the run said, to the byte."""

from __future__ import annotations

import random
import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.gateway import Gateway
from tests.browser.waits import comes_true, has_events

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

CANONICAL = "window.genisys.canonical()"
PIECES = [f"Piece {number} of ünïcödé 😀, and its words. " for number in range(120)]


@pytest.fixture
def behind(through: Callable[..., Any]) -> Any:
    """The owner, behind the gateway."""
    return through()


def ends_as_the_server_has_it(play: Any, owner: Any, *pages: Page) -> None:
    """Ends the run, and compares each page with the server's fold of the log."""
    play.close()
    play.end()
    for page in pages:
        expect(page).to_have_title(re.compile("^✓"), timeout=30_000)
        expect(page.locator("article")).to_have_text("".join(PIECES).strip())
    folded = play.folded(owner)
    assert [page.evaluate(CANONICAL) for page in pages] == [folded] * len(pages)


def test_refreshed_at_random_moments_a_page_is_the_same_as_one_that_was_left_alone(
    visitor: Callable[..., Any], play: Any
) -> None:
    chance = random.Random(4)
    owner = visitor()
    left_alone, refreshed = owner.open(play.path), owner.open(play.path)
    play.write("article")
    told = 0
    while told < len(PIECES):
        more = PIECES[told : told + chance.randint(10, 40)]
        play.go_on("article", *more)
        told += len(more)
        expect(left_alone.locator("[data-tail]")).to_contain_text(chance.choice(more).strip())
        refreshed.reload(wait_until=chance.choice(["commit", "domcontentloaded", "load"]))
    ends_as_the_server_has_it(play, owner, left_alone, refreshed)


def test_offline_it_says_so_and_online_again_it_has_all_within_seconds(
    behind: Any, gateway: Gateway, play: Any
) -> None:
    page = behind.open(play.path)
    play.write("article", *PIECES[:20])
    expect(page.locator("[data-tail]")).to_contain_text("Piece 19")
    cue = page.locator("[data-connection]")
    expect(cue).to_have_text("live")
    gateway.cut()
    behind.context.set_offline(True)
    play.go_on("article", *PIECES[20:])
    expect(cue).to_have_text("reconnecting…")
    expect(page.locator("[data-tail]")).not_to_contain_text("Piece 119")
    gateway.mend()
    behind.context.set_offline(False)
    expect(page.locator("[data-tail]")).to_contain_text("Piece 119", timeout=5_000)
    expect(cue).to_have_text("live")
    ends_as_the_server_has_it(play, behind, page)


def test_eight_tabs_share_one_socket_and_none_misses_anything(
    behind: Any, gateway: Gateway, play: Any, wait_until: Callable[..., Any]
) -> None:
    tabs = [behind.open(play.path) for _ in range(4)]
    play.write("article", *PIECES[:60])
    tabs += [behind.open(play.path) for _ in range(4)]
    for tab in tabs:
        expect(tab.locator("[data-tail]")).to_contain_text("Piece 59")
    for tab in tabs:
        comes_true(tab, "window.genisys.shared")
    assert gateway.made == {"sockets": 1, "streams": 0}
    assert gateway.open["sockets"] == 1
    play.go_on("article", *PIECES[60:])
    ends_as_the_server_has_it(play, behind, *tabs)
    assert gateway.made == {"sockets": 1, "streams": 0}
    wait_until(lambda: gateway.open["sockets"] == 0, "the socket stays open for a run that has ended")


def test_the_tabs_that_are_left_stay_live_and_with_the_last_the_socket_goes(
    behind: Any, gateway: Gateway, play: Any, wait_until: Callable[..., Any]
) -> None:
    first, second = behind.open(play.path), behind.open(play.path)
    play.write("article", PIECES[0])
    expect(first.locator("[data-tail]")).to_contain_text("Piece 0")
    first.close()
    play.go_on("article", PIECES[1])
    expect(second.locator("[data-tail]")).to_contain_text("Piece 1")
    assert gateway.open["sockets"] == 1
    second.close()
    wait_until(lambda: gateway.open["sockets"] == 0, "the socket outlives the tabs")
    play.close()
    play.end()


def test_a_tab_that_was_frozen_catches_up(visitor: Callable[..., Any], play: Any) -> None:
    owner = visitor()
    awake, asleep = owner.open(play.path), owner.open(play.path)
    life = owner.context.new_cdp_session(asleep)
    play.write("article", PIECES[0])
    for tab in (awake, asleep):
        expect(tab.locator("[data-tail]")).to_contain_text("Piece 0")
    life.send("Page.setWebLifecycleState", {"state": "frozen"})
    play.go_on("article", *PIECES[1:])
    expect(awake.locator("[data-tail]")).to_contain_text("Piece 119")
    life.send("Page.setWebLifecycleState", {"state": "active"})
    expect(asleep.locator("[data-tail]")).to_contain_text("Piece 119")
    ends_as_the_server_has_it(play, owner, awake, asleep)


@pytest.mark.parametrize("blocked", [{"sockets"}, {"sockets", "streams"}], ids=["sockets", "streams too"])
def test_where_sockets_do_not_get_through_the_page_is_live_by_another_way(
    blocked: set[str], behind: Any, gateway: Gateway, play: Any, wait_until: Callable[..., Any]
) -> None:
    gateway.blocked = blocked
    page = behind.open(play.path)
    play.write("article", *PIECES[:60])
    expect(page.locator("[data-tail]")).to_contain_text("Piece 59")
    expect(page.locator("[data-connection]")).to_have_text("live")
    if "streams" not in blocked:
        wait_until(lambda: gateway.open["streams"] == 1, "no stream was opened")
    play.go_on("article", *PIECES[60:])
    ends_as_the_server_has_it(play, behind, page)
    assert gateway.made["sockets"] == 0


def test_a_retry_made_elsewhere_is_seen_when_somebody_looks_again(visitor: Callable[..., Any], play: Any) -> None:
    here, elsewhere = visitor().open(play.path), visitor().open(play.path)
    play.do("fail", text="There is no page at that address.")
    for page in (here, elsewhere):
        expect(page.get_by_role("alert")).to_contain_text("There is no page at that address.")
    comes_true(here, "window.genisys.state.run_status === 'failed'")
    expect(here.locator("[data-connection]")).to_have_text("")  # it has been told of the end, and listens no more
    seq = here.evaluate("window.genisys.seq")
    elsewhere.get_by_role("button", name="Retry").click()
    expect(elsewhere.locator("details.history")).to_contain_text("Retried.")
    has_events(elsewhere, seq + 3)
    assert here.evaluate("window.genisys.seq") == seq, "an ended run was asked for all the time"
    here.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    has_events(here, seq + 3)
    expect(here.locator("details.history")).to_contain_text("Retried.")


def test_a_worker_that_dies_takes_nothing_with_it(
    browser: Any, behind: Any, gateway: Gateway, play: Any, wait_until: Callable[..., Any]
) -> None:
    tabs = [behind.open(play.path), behind.open(play.path)]
    play.write("article", *PIECES[:60])
    for tab in tabs:
        expect(tab.locator("[data-tail]")).to_contain_text("Piece 59")
    targets = browser.new_browser_cdp_session()
    found = [
        target["targetId"]
        for target in targets.send("Target.getTargets", {"filter": [{}]})["targetInfos"]
        if target["type"] == "shared_worker" and target["url"].startswith(gateway.url)
    ]
    assert len(found) == 1
    targets.send("Target.closeTarget", {"targetId": found[0]})
    wait_until(lambda: gateway.made["sockets"] == 2, "no other worker took its place")
    play.go_on("article", *PIECES[60:])
    ends_as_the_server_has_it(play, behind, *tabs)
    for tab in tabs:
        comes_true(tab, "window.genisys.shared")
