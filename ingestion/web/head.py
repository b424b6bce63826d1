"""What a page's head tells a reader of the web: where it really lies, whether it may be kept, in which languages it is.

Pure; of a body only the head is parsed. Sources: HTML (meta refresh, link types), RFC 6596 (canonical), and for the
words of robots meta tags and `X-Robots-Tag` the "Robots meta tag specifications" of Google Search Central.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

import lxml.html
from pydantic import BaseModel

from ingestion.web.languages import primary
from ingestion.web.links import canonical

MOST_HEAD_CHARS = 200_000
FOLLOWED_WITHIN_S = 10
_BODY = re.compile(r"<body[\s>]", re.I)
_REFRESH = re.compile(r"^\s*(\d+(?:\.\d*)?)\s*[;,]?\s*(?:url\s*=\s*)?(.*)$", re.I | re.S)
_FEED_TYPES = ("application/rss+xml", "application/atom+xml", "application/feed+json")


class Head(BaseModel):
    """What was found in a head, addresses absolute. `refresh` is where the page sends its reader, "" for nowhere."""

    canonical: str = ""
    refresh: str = ""
    robots: list[str] = []
    feeds: list[str] = []
    languages: dict[str, str] = {}


def read_head(html: str, url: str, name: str = "") -> Head:
    """Return what the head of a page says. `name` is how robots rules call us. Never raises for broken HTML."""
    end = _BODY.search(html)
    part = html[: min(end.start() if end else len(html), MOST_HEAD_CHARS)]
    try:
        tree = lxml.html.document_fromstring(part, parser=lxml.html.HTMLParser(remove_comments=True, remove_pis=True))
    except Exception:  # it raises several kinds on what is no HTML
        return Head()
    found = Head()
    base = next((canonical(each.get("href", ""), url) for each in tree.iter("base")), None) or url
    for meta in tree.iter("meta"):
        content = meta.get("content") or ""
        called = (meta.get("name") or meta.get("http-equiv") or "").strip().lower()
        if called == "refresh" and not _inside_noscript(meta):
            found.refresh = found.refresh or _refresh(content, base)
        elif called in ("robots", name.lower() or "robots"):
            found.robots += _words(content)
    for link in tree.iter("link"):
        rel = (link.get("rel") or "").lower().split()
        address = canonical(link.get("href") or "", base)
        if address is None:
            continue
        if "canonical" in rel:
            found.canonical = found.canonical or address
        elif "alternate" in rel and (link.get("type") or "").lower() in _FEED_TYPES:
            found.feeds.append(address)
        elif "alternate" in rel and (language := primary(link.get("hreflang") or "")):
            found.languages[address] = language
    return found


def directives(head: Head, headers: Mapping[str, str], name: str) -> set[str]:
    """Return the words that hold for us, of the page's meta tags and of its X-Robots-Tag, “none” as both it means."""
    said = set(head.robots)
    agent = ""
    for word in headers.get("x-robots-tag", "").split(","):
        called, colon, rest = word.partition(":")
        if colon and called.strip().lower() not in ("unavailable_after", "max-snippet", "max-image-preview"):
            agent, word = called.strip().lower(), rest
        if agent in ("", name.lower()):
            said.update(_words(word))
    return said | ({"noindex", "nofollow"} if "none" in said else set())


def _words(content: str) -> list[str]:
    return [word for word in re.split(r"[\s,]+", content.lower()) if word]


def _refresh(content: str, base: str) -> str:
    found = _REFRESH.match(content)
    if found is None or float(found[1]) > FOLLOWED_WITHIN_S:
        return ""
    target = found[2].strip()
    if target[:1] in ("'", '"'):
        target = target[1:].partition(target[0])[0]
    return (canonical(target, base) or "") if target else ""


def _inside_noscript(element: lxml.html.HtmlElement) -> bool:
    return any(parent.tag == "noscript" for parent in element.iterancestors())
