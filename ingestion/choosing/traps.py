"""Addresses that a site makes without end: filters of one list, days of a calendar, paths that repeat. Pure.

A few of many alike are read, since the list itself may say something; the rest is left out, with its reason.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable
from urllib.parse import urlsplit

from ingestion.web.links import same_page_key, telling_parameters

DEEPEST_PATH = 20
MANY = {"list": 8, "calendar": 15}
"""So many variants of one list, or days of one calendar, are a trap; fewer are pages."""
READ_OF_MANY = 3
_LIST_WORDS = re.compile(
    r"^(page|paged|offset|start|sort\w*|order\w*|dir|direction|filter\w*|facet\w*|view|layout|per_?page|limit|size|"
    r"colou?r|brand|price\w*|min\w*|max\w*|rating|availability|year|month|day|date|from|to|week|q|query|search|s|tag\w*|"
    r"category|cat|format|print|share|replytocom|oldid|diff|action|do|export|return_?to|redirect|add-to-cart|\w*\[.*)$",
    re.I,
)
_DATED = re.compile(r"^(.*?)/(19|20)\d\d([/-](0?[1-9]|1[0-2])){1}([/-]([0-2]?\d|3[01]))?/?$")


def endless(url: str) -> str:
    """Return why an address looks as if its path had no end; "" where it does not."""
    segments = [segment for segment in urlsplit(url).path.lower().split("/") if segment]
    if len(segments) > DEEPEST_PATH:
        return f"its path has {len(segments)} parts, and looks endless"
    if any(count > 2 for segment, count in Counter(segments).items() if not segment.isdecimal()):
        return "its path says the same again and again, and looks endless"
    return ""


def alike(url: str) -> tuple[str, str] | None:
    """Return the list or calendar that an address is a variant of, with the kind of it; None where it is of none."""
    parts = urlsplit(url)
    dated = _DATED.match(parts.path)
    if dated and not parts.query:
        return "calendar", f"{parts.netloc}{dated[1]}"
    parameters = telling_parameters(url)
    if not parameters:
        return None
    return "list", f"{parts.netloc}{parts.path.rstrip('/')}"


def trapped(urls: Iterable[str]) -> dict[str, str]:
    """Return the addresses, of all that were found, that belong to a trap, each with its trap in words."""
    members: defaultdict[tuple[str, str], list[str]] = defaultdict(list)
    for url in dict.fromkeys(urls):
        if (of := alike(url)) is not None:
            members[of].append(url)
    found: dict[str, str] = {}
    for (kind, _), those in members.items():
        path = urlsplit(those[0]).path or "/"
        if kind == "calendar":
            if len(those) >= MANY[kind]:
                found |= dict.fromkeys(those, f"one of {len(those)} days of one calendar")
            continue
        variants = _variants(those)
        if len({same_page_key(url) for url in variants}) >= MANY[kind]:
            found |= dict.fromkeys(variants, f"one of {len(variants)} ways to filter, sort or leaf through {path}")
    return found


def _variants(urls: list[str]) -> list[str]:
    """Return those whose parameters choose from one list, and not each a page of its own (as `?id=7` does)."""
    names = {url: {name.lower() for name, _ in telling_parameters(url)} for url in urls}
    listing = [url for url in urls if any(_LIST_WORDS.match(name) for name in names[url])]
    others = [url for url in urls if url not in set(listing)]
    together = sum(len(names[url]) > 1 for url in others)
    if len(set().union(*(names[url] for url in others))) > 2 and together * 3 >= len(others):
        return urls
    return listing
