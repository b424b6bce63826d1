"""Takes the pictures: WebP, by the browser itself, so small that they may lie in the repository."""

from __future__ import annotations

import base64
from pathlib import Path

from playwright.sync_api import Page

from tests.browser.gallery.shots import DARK, LIGHT, PHONE

FOLDER = Path(__file__).resolve().parents[3] / "docs" / "images"
LOOKS = {LIGHT: ("light", 1280), DARK: ("dark", 1280), PHONE: ("light", 390)}
TALLEST = 1100
"""Of a longer page this much is pictured, on a phone one screen: what follows looks like what is seen."""
SCREEN = 800
QUALITY = 38


def take(page: Page, name: str, look: str, folder: Path = FOLDER) -> None:
    """Picture the page, as high as it is, in a theme and a width."""
    theme, width = LOOKS[look]
    page.emulate_media(color_scheme=theme, reduced_motion="reduce")  # type: ignore[arg-type]
    page.set_viewport_size({"width": width, "height": SCREEN})
    page.evaluate("document.fonts.ready")
    high = min(page.evaluate("document.documentElement.scrollHeight"), TALLEST if width > SCREEN else SCREEN)
    page.set_viewport_size({"width": width, "height": high})  # what keeps to the window's foot stands at the picture's
    session = page.context.new_cdp_session(page)
    clip = {"x": 0, "y": 0, "width": width, "height": high, "scale": 1}
    asked = {"format": "webp", "quality": QUALITY, "clip": clip, "captureBeyondViewport": True}
    shot = session.send("Page.captureScreenshot", asked)
    session.detach()
    (folder / f"{name}{'-' if look else ''}{look}.webp").write_bytes(base64.b64decode(shot["data"]))
