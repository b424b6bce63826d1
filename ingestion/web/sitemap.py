"""Sitemaps of every usual kind, as they are found in the wild: bytes to addresses, safely. Pure; fetching is a step's.

Sources: sitemaps.org protocol 0.9, RSS 2.0 and 1.0, RFC 4287 (Atom), llmstxt.org. Entities and DTDs are off, and gzip
is unpacked to a limit. What is malformed is mended where a person would see what was meant, and said.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from io import BytesIO
from urllib.parse import urlsplit

from lxml import etree

MOST_BYTES = 10_000_000
"""Of one file as it comes; unpacked it may be five times as large, as the protocol allows."""
MOST_UNPACKED_BYTES = 50_000_000
MOST_URLS = 50_000
MOST_FILES = 50
DEEPEST = 3
LONGEST_TAIL = 3000
USUAL_PLACES = ("/sitemap.xml", "/sitemap_index.xml", "/wp-sitemap.xml")

_BARE_AMPERSAND = re.compile(r"&(?!(?:amp|lt|gt|quot|apos|#\d{1,7}|#[xX][0-9a-fA-F]{1,6});)")
_NOT_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]")
_PROLOGUE = re.compile(r"^<\?xml[^>]*\?>")
_DECLARED = re.compile(rb"^\s*<\?xml[^>]{0,100}encoding\s*=\s*[\"']([\w.-]{1,40})[\"']", re.I)
_ANY_LOCATION = re.compile(r"<(?!image:|video:|news:)(?:[\w.-]{1,40}:)?loc\s*>\s*(?:<!\[CDATA\[)?\s*([^<>\s\]]+)", re.I)
_CUT_ADDRESS = re.compile(r"loc\s*>\s*([^<>\s]+)\s*$", re.I)
"""The end of a file that breaks off in the middle of an address."""
_MARKDOWN_LINK = re.compile(r"\[[^\]\n]{0,300}\]\(\s*<?([^\s)>]+)")
_BARE_LINK = re.compile(r"(?<![(\w])https?://[^\s<>\"')\]]+")
_MARKS = ((b"\xef\xbb\xbf", "utf-8"), (b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be"))
_ITEM = frozenset({"item", "entry"})


@dataclass(frozen=True, slots=True)
class Sitemap:
    """What one file holds: pages, or further sitemaps, as they stand there. `dated` are the pages that say when they
    were changed, newest first. `broken`: it could not be read to its end; `note` says what is wrong with it, in words.
    """

    pages: list[str] = field(default_factory=list)
    sitemaps: list[str] = field(default_factory=list)
    dated: list[str] = field(default_factory=list)
    broken: bool = False
    note: str = ""


@dataclass(frozen=True, slots=True)
class _Located:
    kind: str  # "page" or "sitemap"
    url: str
    date: str = ""


def usual_places(home: str) -> list[str]:
    """Return where a sitemap usually is, for sites whose robots.txt names none."""
    parts = urlsplit(home)
    return [f"{parts.scheme}://{parts.netloc}{path}" for path in USUAL_PLACES]


def parse(body: bytes) -> Sitemap:
    """Return what one file holds; of a broken one, what can be seen in it."""
    body, cut = _unpacked(body)
    text = decoded(body).lstrip("\ufeff \t\r\n\x00")
    start = text[:300].lower()
    if not text.startswith("<"):
        return _kept([_Located("page", url) for url in _lines(text)], ["it breaks off"] if cut else [])
    if start.startswith("<!doctype html") or "<html" in start:
        return Sitemap(broken=True, note="it is a web page and no sitemap")
    return _of_xml(text, cut)


def links_of_text(text: str) -> list[str]:
    """Return the addresses that an llms.txt or another Markdown file names, each once, in its order."""
    found = [(match.start(), match[1]) for match in _MARKDOWN_LINK.finditer(text)]
    found += [(match.start(), match[0].rstrip(".,;:")) for match in _BARE_LINK.finditer(text)]
    return list(dict.fromkeys(url for _, url in sorted(found)))[:MOST_URLS]


def decoded(body: bytes) -> str:
    """Return the text of a file by its byte order mark, the look of UTF-16, its XML declaration, else as UTF-8."""
    for mark, encoding in _MARKS:
        if body.startswith(mark):
            return body[len(mark) :].decode(encoding, "replace")
    head = body[:4]
    if len(head) == 4 and head.count(0) == 2 and (head[0] == 0) != (head[1] == 0):
        return body.decode("utf-16-be" if head[0] == 0 else "utf-16-le", "replace")
    declared = _DECLARED.match(body)
    encoding = declared[1].decode("ascii").lower() if declared else "utf-8"
    if encoding.startswith(("utf-16", "utf16", "ucs", "utf-32")):
        encoding = "utf-8"  # it says so in single bytes, so it is not
    try:
        return body.decode(encoding, "replace")
    except LookupError:
        return body.decode("utf-8", "replace")


def in_turns(queues: Iterable[Iterable[str]], most: int) -> list[str]:
    """Return at most `most` texts, each once: the first of each queue, then the second of each, and so on."""
    waiting, found = [iter(queue) for queue in queues], dict[str, None]()
    while waiting and len(found) < most:
        left = []
        for queue in waiting:
            if (text := next(queue, None)) is not None:
                found[text] = None
                left.append(queue)
        waiting = left
    return list(found)[:most]


def by_kind(urls: Iterable[str], most: int) -> list[str]:
    """Return at most `most` sitemaps, in turns over the kinds that their names tell apart: post-1, page-1, post-2."""
    kinds: dict[str, list[str]] = {}
    for url in dict.fromkeys(urls):
        kinds.setdefault(re.sub(r"\d+", "#", url), []).append(url)
    return in_turns(kinds.values(), most)


def _of_xml(text: str, cut: bool) -> Sitemap:
    notes = ["it breaks off"] if cut else []
    mended = _NOT_XML.sub("", _PROLOGUE.sub("", text))
    mended, ampersands = _BARE_AMPERSAND.subn("&amp;", mended)
    if ampersands:
        notes.append("it has “&” where “&amp;” belongs")
    found: list[_Located] = []
    faults = etree.iterparse(
        BytesIO(mended.encode("utf-8")),
        events=("end",),
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=False,
        recover=True,
    )
    try:
        for located in _located(faults):
            found.append(located)
            if len(found) > MOST_URLS:
                break
    except etree.XMLSyntaxError:
        notes.append("it could not be read to its end")
    log = list(faults.error_log)
    if any(fault.domain_name == "NAMESPACE" for fault in log):
        notes.append("it uses a prefix that it does not declare")
    if any(fault.level_name == "FATAL" for fault in log) and len(notes) == bool(ampersands):
        notes.append("it is not well-formed")
    broken = cut or any(fault.level_name == "FATAL" for fault in log) or not found
    if broken:
        found = _as_seen(found, mended)
    if (end := _CUT_ADDRESS.search(mended[-LONGEST_TAIL:])) is not None:
        found = [item for item in found if item.url != end[1].replace("&amp;", "&")]
    return _kept(found, notes, broken=broken)


def _as_seen(found: list[_Located], text: str) -> list[_Located]:
    """Return what is seen in <loc> elements: past a fault the parser loses some of them, and parts of others.

    What it found otherwise, in feeds, stays.
    """
    kind = "sitemap" if "sitemapindex" in text[:2000].lower() else "page"
    known = {located.url: located for located in found}
    seen = [match[1].replace("&amp;", "&") for match in _ANY_LOCATION.finditer(text)]
    return [known.get(url) or _Located(kind, url) for url in dict.fromkeys(seen)] or found


def _kept(found: list[_Located], notes: list[str], *, broken: bool = False) -> Sitemap:
    if len(found) > MOST_URLS:
        notes.append(f"only its first {MOST_URLS:,} addresses were taken")
    found = found[:MOST_URLS]
    dated = sorted((item for item in found if item.kind == "page" and item.date), key=lambda item: item.date)
    return Sitemap(
        pages=list(dict.fromkeys(item.url for item in found if item.kind == "page")),
        sitemaps=list(dict.fromkeys(item.url for item in found if item.kind == "sitemap")),
        dated=[item.url for item in reversed(dated)][:100],
        broken=broken,
        note=", ".join(dict.fromkeys(notes)),
    )


def _located(elements: Iterable[tuple[str, etree._Element]]) -> Iterator[_Located]:
    for _, element in elements:
        name = _name(element)
        if name == "loc":
            parent = _name(element.getparent())
            if parent in ("url", "sitemap", "urlset", "sitemapindex"):
                kind = "sitemap" if parent.startswith("sitemap") else "page"
                if url := _address(element.text):
                    yield _Located(kind, url, _date(element.getparent()))
        elif name in _ITEM:
            if url := _of_item(element):
                yield _Located("page", url, _date(element))
            element.clear()
        elif name in ("url", "sitemap"):
            element.clear()


def _of_item(item: etree._Element) -> str:
    """Return the address of a feed's item: its link, else an id that is one."""
    spare = ""
    for child in item:
        name = _name(child)
        if name == "link" and child.get("rel", "alternate") == "alternate":
            if url := _address(child.get("href") or child.text):
                return url
        elif name in ("guid", "id") and child.get("isPermaLink", "true") == "true":
            text = _address(child.text)
            spare = text if text.startswith(("http://", "https://")) else spare
    return spare


def _date(element: etree._Element) -> str:
    """Return the day that an entry names as that of its change, as 2026-11-28; "" where it names none."""
    for sibling in element:
        if _name(sibling) in ("lastmod", "updated", "published", "date"):
            day = re.match(r"\d{4}-\d\d(-\d\d)?", (sibling.text or "").strip())
            return day[0] if day else ""
    return ""


def _name(element: etree._Element | None) -> str:
    """Return an element's name without its namespace or its prefix, declared or not."""
    if element is None or not isinstance(element.tag, str):
        return ""
    return element.tag.rpartition("}")[2].rpartition(":")[2].lower()


def _address(text: str | None) -> str:
    text = (text or "").strip()
    return "" if len(text.split()) != 1 else text


def _unpacked(body: bytes) -> tuple[bytes, bool]:
    """Return the bytes without their compression, whatever header they came under, and whether they break off."""
    for _ in range(2):  # some servers compress what is compressed
        if body[:2] != b"\x1f\x8b":
            return body, False
        unpacker = zlib.decompressobj(wbits=47)
        pieces = bytearray()
        try:
            for start in range(0, len(body), 1 << 16):
                pieces += unpacker.decompress(body[start : start + (1 << 16)], MOST_UNPACKED_BYTES - len(pieces))
                if len(pieces) >= MOST_UNPACKED_BYTES or unpacker.eof:
                    break
        except zlib.error:
            return bytes(pieces), True
        if not unpacker.eof:
            return bytes(pieces), True
        body = bytes(pieces)
    return body, False


def _lines(text: str) -> list[str]:
    lines = (line.strip() for line in text.splitlines())
    named = [line.split()[0] for line in lines if line.startswith(("http://", "https://"))]
    return named or links_of_text(text)
