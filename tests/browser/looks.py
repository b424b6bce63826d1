"""A page held against axe in both themes, on a desk and on a phone. With GENISYS_PICTURES=<folder> it is painted."""

from __future__ import annotations

import os
from pathlib import Path

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

LOOKS = [("light", 1280), ("dark", 1280), ("light", 390), ("dark", 390)]


def look_at(page: Page, name: str) -> None:
    """Checks the page in each look, and that nothing of it runs out of a narrow window."""
    for theme, width in LOOKS:
        page.emulate_media(color_scheme=theme, reduced_motion="reduce")  # type: ignore[arg-type]
        page.set_viewport_size({"width": width, "height": 800})
        found = [
            f"{fault['id']}: {fault['nodes'][0]['html'][:150]}" for fault in Axe().run(page).response["violations"]
        ]
        assert found == [], f"{name}, {theme}, {width} px: {found}"
        if folder := os.environ.get("GENISYS_PICTURES"):
            page.screenshot(path=Path(folder) / f"{name}-{theme}-{width}.png")
    page.set_viewport_size({"width": 320, "height": 700})
    assert page.evaluate("document.documentElement.scrollWidth") <= 320, f"{name} does not fit into 320 px"
