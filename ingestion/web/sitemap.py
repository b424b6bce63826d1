"""Sitemaps: XML to addresses, safely. Pure; fetching is the reader's business.

Source: sitemaps.org protocol 0.9. Entities and DTDs are off, gzip is unpacked to a limit, plain text is understood.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from io import BytesIO
from urllib.parse import urlsplit

from lxml import etree

MOST_BYTES = 10_000_000
MOST_URLS = 20_000
MOST_FILES = 40
DEEPEST = 3
USUAL_PLACES = ("/sitemap.xml", "/sitemap_index.xml", "/wp-sitemap.xml")


@dataclass(frozen=True, slots=True)
class Sitemap:
    """What one file holds: pages, or further sitemaps. `broken` says that it could not be read to its end."""

    pages: list[str] = field(default_factory=list)
    sitemaps: list[str] = field(default_factory=list)
    broken: bool = False


def usual_places(home: str) -> list[str]:
    """Return where a sitemap usually is, for sites whose robots.txt names none."""
    parts = urlsplit(home)
    return [f"{parts.scheme}://{parts.netloc}{path}" for path in USUAL_PLACES]


def parse(body: bytes) -> Sitemap:
    """Return what one sitemap file holds; of a broken one, what came before the fault."""
    if body[:2] == b"\x1f\x8b":
        body = _gunzip(body)
    start = body.lstrip()[:200].lower()
    if not start.startswith((b"<", b"\xef\xbb\xbf<")):
        return Sitemap(pages=_lines(body))
    if start.startswith(b"<!doctype html") or b"<html" in start:
        return Sitemap(broken=True)
    pages: list[str] = []
    sitemaps: list[str] = []
    broken = False
    try:
        for kind, url in _locations(body):
            (sitemaps if kind == "sitemap" else pages).append(url)
            if len(pages) + len(sitemaps) >= MOST_URLS:
                break
    except etree.XMLSyntaxError:
        broken = True
    return Sitemap(pages, sitemaps, broken)


def _locations(body: bytes) -> Iterator[tuple[str, str]]:
    elements = etree.iterparse(
        BytesIO(body.lstrip()),
        events=("end",),
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=False,
    )
    for _, element in elements:
        name = etree.QName(element).localname.lower() if isinstance(element.tag, str) else ""
        if name not in ("url", "sitemap"):
            continue
        for child in element:
            if isinstance(child.tag, str) and etree.QName(child).localname.lower() == "loc":
                location = (child.text or "").strip()
                if location.startswith(("http://", "https://", "/")):
                    yield name, location
        element.clear()


def _gunzip(body: bytes) -> bytes:
    try:
        return zlib.decompressobj(wbits=47).decompress(body, MOST_BYTES)
    except zlib.error:
        return b""


def _lines(body: bytes) -> list[str]:
    lines = (line.strip() for line in body.decode("utf-8", "replace").splitlines())
    return [line for line in lines if line.startswith(("http://", "https://"))][:MOST_URLS]
