"""The page of a run while parts of the product are restarted under it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import expect

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]


@pytest.fixture
def own_plays(own_stack: Any, plays_on: Callable[[Any], Any]) -> Iterator[Any]:
    plays = plays_on(own_stack)
    plays.add_worker()
    yield plays
    plays.stop()


def test_a_restart_of_the_web_process_and_of_redis_is_bridged(
    own_stack: Any, own_plays: Any, visitor: Callable[..., Any]
) -> None:
    play = own_plays.start()
    owner = visitor(on=own_stack)
    page = owner.open(play.path)
    cue = page.locator("[data-connection]")
    play.write("article", "Before. ")
    expect(page.locator("[data-tail]")).to_have_text("Before.")
    expect(cue).to_have_text("live")

    own_stack.serve.stop()
    expect(cue).to_have_text("reconnecting…")
    play.go_on("article", "Meanwhile. ")
    own_stack.serve.start()
    own_stack.wait_until_ready()
    expect(page.locator("[data-tail]")).to_have_text("Before. Meanwhile.", timeout=40_000)
    expect(cue).to_have_text("live")

    own_stack.redis.restart()
    own_stack.wait_until_ready()
    play.go_on("article", "After.")
    play.close()
    play.end()
    expect(page).to_have_title(re.compile("^✓"), timeout=60_000)
    expect(page.locator("article")).to_have_text("Before. Meanwhile. After.")
    assert page.evaluate("window.genisys.canonical()") == play.folded(owner)
