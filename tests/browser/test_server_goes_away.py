"""The page of a run while parts of the product are restarted under it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import expect

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]


@pytest.fixture
def own_stack(own_parts: Any) -> Any:
    """The product as a named deployment: its scripts are served under hashed names, which the worker has to find."""
    own_parts.env |= {"GENISYS_DEPLOYMENT": "v7", "SECRET_KEY": "known to this test alone"}
    unused = [part for name in ("admin", "unfold", "account", "mfa") for part in ("--ignore", name)]
    own_parts.manage("collectstatic", "--noinput", "--verbosity", "0", *unused)
    own_parts.start()
    return own_parts


@pytest.fixture
def own_plays(own_stack: Any, plays_on: Callable[[Any], Any]) -> Iterator[Any]:
    plays = plays_on(own_stack)
    plays.add_worker()
    yield plays
    plays.stop()


def test_the_web_process_may_be_replaced_or_killed_and_redis_restarted_under_a_page(
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
    scripts = page.evaluate("performance.getEntriesByType('resource').map(({ name }) => name)")
    assert all(re.search(r"\.[0-9a-f]{12}\.(js|css|svg|png|woff2)$", name) for name in scripts if "/static/" in name), (
        scripts
    )
    assert page.evaluate("window.genisys.shared")

    own_stack.serve.kill()
    play.go_on("article", "Killed. ")
    own_stack.serve.start()
    own_stack.wait_until_ready()
    expect(page.locator("[data-tail]")).to_have_text("Before. Meanwhile. Killed.", timeout=40_000)

    own_stack.redis.restart()
    own_stack.wait_until_ready()
    play.go_on("article", "After.")
    play.close()
    play.end()
    expect(page).to_have_title(re.compile("^✓"), timeout=60_000)
    expect(page.locator("article")).to_have_text("Before. Meanwhile. Killed. After.")
    assert page.evaluate("window.genisys.canonical()") == play.folded(owner)
