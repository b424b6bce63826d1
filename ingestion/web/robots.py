"""What a site allows: robots.txt read by protego. Pure; fetching it is the reader's business.

Source: RFC 9309. No robots.txt (any 4xx) allows all; a server that cannot say (5xx) stops the reading.
"""

from __future__ import annotations

from functools import lru_cache
from urllib.parse import urlsplit

from protego import Protego
from pydantic import BaseModel

MOST_BYTES = 500 * 1024
LONGEST_DELAY_S = 10.0
MOST_COMPARED = 4_000_000
"""How often a run compares an address with a line of the rules when it chooses pages: some 20 s of processor time."""
MOST_SITEMAPS = 20


class Robots(BaseModel):
    """A site's rules for us. `delay_s` is what it asks for between two requests, at most LONGEST_DELAY_S."""

    start_url: str
    text: str = ""
    delay_s: float = 0.0
    asked_delay_s: float = 0.0
    sitemaps: list[str] = []


def robots_url(url: str) -> str:
    """Return the address of the rules that hold for a page."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}/robots.txt"


def parse(text: str, start_url: str, user_agent: str) -> Robots:
    """Return the rules that hold for this user agent."""
    rules = _rules(text)
    name = product_token(user_agent)
    asked = rules.crawl_delay(name)
    rate = rules.request_rate(name)
    if rate is not None and rate.requests:
        asked = max(asked or 0.0, rate.seconds / rate.requests)
    asked = max(0.0, float(asked or 0.0))
    return Robots(
        start_url=start_url,
        text=text,
        delay_s=min(asked, LONGEST_DELAY_S),
        asked_delay_s=asked,
        sitemaps=list(rules.sitemaps)[:MOST_SITEMAPS],
    )


def allows(robots: Robots, url: str, user_agent: str) -> bool:
    """Return whether we may read this page."""
    return bool(_rules(robots.text).can_fetch(url, product_token(user_agent)))


class Chooser:
    """Says which addresses the rules let us choose from, with a bound on what the longest rules can cost.

    Ask for the best addresses first: past the bound none is allowed, and `is_spent` says so. What is then read is held
    against the rules once more, whatever that costs.
    """

    def __init__(self, robots: Robots, user_agent: str) -> None:
        self._robots = robots
        self._user_agent = user_agent
        self._lines = robots.text.count("\n") + 1
        self._known: dict[str, bool] = {}

    @property
    def is_spent(self) -> bool:
        return (len(self._known) + 1) * self._lines > MOST_COMPARED

    def may_choose(self, url: str) -> bool:
        """Return whether the rules allow the address, as far as they may be asked; the same each time."""
        known = self._known.get(url)
        if known is None:
            if self.is_spent:
                return False
            known = self._known[url] = allows(self._robots, url, self._user_agent)
        return known

    def said(self) -> str:
        """Return what a bound that was met left out, for a person; "" where it was not."""
        if not self.is_spent:
            return ""
        return (
            f"The site's robots.txt has {self._lines:,} lines, so only {len(self._known):,} of its addresses were held "
            "against it, the best first; no others were chosen."
        )


def product_token(user_agent: str) -> str:
    """Return the name by which robots.txt files call us: what stands before the version."""
    return user_agent.partition("/")[0].strip() or "*"


@lru_cache(maxsize=64)
def _rules(text: str) -> Protego:
    return Protego.parse(text)
