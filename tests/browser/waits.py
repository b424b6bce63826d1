"""Waiting for a page, under the product's Content-Security-Policy."""

from __future__ import annotations

import time
from typing import Any

from playwright.sync_api import Page

LOOK_MS = 50


def comes_true(page: Page, expression: str, arg: Any = None, *, seconds: float = 20) -> None:
    """Wait until the expression is true.

    Playwright's own `wait_for_function` asks within the page, by `eval`, which the policy forbids from the second look
    on; a look from outside is no script of the page's.
    """
    until_s = time.monotonic() + seconds
    while not page.evaluate(expression, arg):
        assert time.monotonic() < until_s, f"after {seconds:g} s it is still not true: {expression}"
        page.wait_for_timeout(LOOK_MS)


def has_events(page: Page, seq: int) -> None:
    """Wait until the page has all events up to this one."""
    comes_true(page, "seq => window.genisys?.seq >= seq", seq)
