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
MOST_SITEMAPS = 20


class Robots(BaseModel):
    """A site's rules for us. `delay_s` is what it asks for between two requests, at most LONGEST_DELAY_S."""

    start_url: str
    text: str = ""
    delay_s: float = 0.0
    asked_delay_s: float = 0.0
    sitemaps: list[str] = []


def robots_url(url: str) -> str:
    """Give the address of the rules that hold for a page."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}/robots.txt"


def parse(text: str, start_url: str, user_agent: str) -> Robots:
    """Read the rules that hold for this user agent."""
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
    """Whether we may read this page."""
    return bool(_rules(robots.text).can_fetch(url, product_token(user_agent)))


def product_token(user_agent: str) -> str:
    """Give the name that robots.txt files call us by: what stands before the version."""
    return user_agent.partition("/")[0].strip() or "*"


@lru_cache(maxsize=64)
def _rules(text: str) -> Protego:
    return Protego.parse(text)
