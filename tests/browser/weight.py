"""What a first visit of a page loads, in bytes as a deployment sends them."""

from __future__ import annotations

import brotli
from playwright.sync_api import Page, Response

MOST_BYTES = 150_000
"""A page with its scripts, sheets and faces."""
_PACKED = ("text/css", "text/javascript", "application/json", "image/svg+xml")


class FirstLoad:
    """Listens to a page that nothing is cached for. Made before the page goes anywhere."""

    def __init__(self, page: Page) -> None:
        self._answers: list[Response] = []
        page.on("response", lambda answer: self._answers.append(answer))

    def by_address(self) -> dict[str, int]:
        """Return what was loaded. In development static files come as they are: here they count as packed ones."""
        return {answer.url: _size(answer) for answer in self._answers if _counts(answer)}

    def check(self, name: str) -> None:
        """Hold the whole against the most that a page may load."""
        loaded = self.by_address()
        heaviest = sorted(loaded.items(), key=lambda each: -each[1])[:6]
        assert sum(loaded.values()) < MOST_BYTES, f"{name} loads {sum(loaded.values()):,} bytes: {heaviest}"


def _counts(answer: Response) -> bool:
    return not 300 <= answer.status < 400 and answer.url.startswith("http")


def _size(answer: Response) -> int:
    if "/static/" in answer.url and answer.headers.get("content-type", "").startswith(_PACKED):
        return len(brotli.compress(answer.body()))
    return int(answer.request.sizes()["responseBodySize"])
