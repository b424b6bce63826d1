"""A page's HTML to what is worth keeping: title, main text with its headings, links. Pure, slow and fed by strangers:
run in a process of `parsing`.

The main text comes from a chain of three, since no extractor is good at all kinds of page: trafilatura; where that
gives far less than resiliparse, resiliparse; where that gives next to nothing of the page, the page without its
navigation. The thresholds were picked on the development pages of WCXB (seven types of page), where the chain beats
each of its parts.
"""

from __future__ import annotations

import hashlib
import re
from urllib.parse import urljoin

import lxml.html
import trafilatura
from bs4 import BeautifulSoup, Tag
from lxml import etree
from resiliparse.extract.html2text import extract_plain_text
from resiliparse.parse.encoding import detect_encoding
from w3lib.encoding import html_to_unicode

from ingestion.content import nesting
from ingestion.content.extracted import Extracted, Link
from ingestion.content.injection import signs_in_page
from ingestion.content.passages import HEADING

MOST_HTML_CHARS = 3_000_000
MOST_TEXT_CHARS = 200_000
MOST_LINKS = 400
MOST_DEPTH = 512  # as deep as browsers nest
RESILIPARSE_WHEN_BELOW = 0.6
STRIPPED_WHEN_BELOW = 0.25

_AROUND = ["script", "style", "noscript", "template", "svg", "iframe", "nav", "header", "footer", "aside", "form"]
_PREFORMATTED = frozenset({"pre", "textarea", "script", "style"})
_PARSING = {"remove_comments": True, "remove_pis": True}  # a later removal would take the text behind them along
_BREAKS = re.compile(r"(?<![ \t])[ \t]*[\r\n]\s*")
_XML_DECLARATION = re.compile(r"^\s*<\?xml[^>]*>")


def decode(body: bytes, content_type_header: str) -> str:
    """Return the text of an HTML body: byte order mark, header, meta tag, UTF-8, else a guess from the bytes."""
    _, text = html_to_unicode(content_type_header or None, body, auto_detect_fun=_guess, default_encoding="utf-8")
    return str(text)[: MOST_HTML_CHARS + 1].replace("\x00", "")


def extract_page(html: str, url: str) -> Extracted:
    """Return what one page says. Never raises for broken HTML; what cannot be found is empty."""
    html, cut = _bounded(html)
    soup = BeautifulSoup(html, "lxml")
    text, digest = _text(html, soup)
    if len(text) > MOST_TEXT_CHARS:
        text = text[:MOST_TEXT_CHARS]
        cut.append(f"only the first {MOST_TEXT_CHARS:,} characters of its text were kept")
    links = _links(soup)
    if len(links) == MOST_LINKS:
        cut.append(f"only its first {MOST_LINKS} links were followed")
    words = len(re.findall(r"\w+", text))
    return Extracted(
        title=_title(soup),
        description=_meta(soup, "description") or _meta(soup, "og:description"),
        site_name=_meta(soup, "og:site_name") or _meta(soup, "application-name"),
        language=str(soup.html.get("lang", "") or "")[:20] if soup.html else "",
        text=text,
        words=words,
        links=links,
        digest=digest,
        password_field=soup.find("input", attrs={"type": "password"}) is not None,
        needs_script=words < 30 and soup.find("script") is not None and len(links) < 5,
        injection=signs_in_page(soup),
        cut=cut,
    )


def _bounded(html: str) -> tuple[str, list[str]]:
    """Return the HTML within the bounds of what is parsed, and what they left out, in words."""
    cut = [f"only its first {MOST_HTML_CHARS:,} characters were read"] if len(html) > MOST_HTML_CHARS else []
    html = _XML_DECLARATION.sub("", html[:MOST_HTML_CHARS])
    html, deeper = nesting.flattened(html, MOST_DEPTH)
    if deeper:
        cut.append(f"what is nested deeper than {MOST_DEPTH} elements was read as if it were not")
    if "<" not in html:
        html = f"<p>{html}</p>"  # the parser would take a short text for the name of a file, and warn
    return html, cut


def _text(html: str, soup: BeautifulSoup) -> tuple[str, str]:
    """Return the main text with its headings marked, and the digest of what was found."""
    second = _resiliparse(html)
    raw = main_text(_trafilatura(html), second, html)
    return _marked(raw, _headings(soup)), _digest(raw, second)


def main_text(first: str, second: str, html: str) -> str:
    """Return the best of what the extractors found, by their lengths."""
    chosen = second if len(first) < RESILIPARSE_WHEN_BELOW * len(second) else first
    stripped = _stripped(html)
    return stripped if len(chosen) < STRIPPED_WHEN_BELOW * len(stripped) else chosen


def _guess(body: bytes) -> str | None:
    try:
        body.decode("utf-8")
    except UnicodeDecodeError:
        return str(detect_encoding(body))
    return "utf-8"


def _trafilatura(html: str) -> str:
    try:
        tree = lxml.html.document_fromstring(html, parser=lxml.html.HTMLParser(**_PARSING))
        _join_lines(tree)
        found = trafilatura.extract(tree, include_comments=False, include_tables=True, deduplicate=False)
    except Exception:  # it raises many kinds on broken trees, and a page must never end a run
        return ""
    return found or ""


def _join_lines(tree: lxml.html.HtmlElement) -> None:
    """Make line breaks of the source spaces, as browsers do: trafilatura would take them for ends of paragraphs."""
    for element in tree.iter(etree.Element):
        if element.text and not _is_preformatted(element):
            element.text = _BREAKS.sub(" ", element.text)
        if element.tail and not _is_preformatted(element.getparent()):
            element.tail = _BREAKS.sub(" ", element.tail)


def _is_preformatted(element: lxml.html.HtmlElement | None) -> bool:
    while element is not None:
        if element.tag in _PREFORMATTED:
            return True
        element = element.getparent()
    return False


def _resiliparse(html: str) -> str:
    try:
        return str(extract_plain_text(html, main_content=True, preserve_formatting=True, alt_texts=False))
    except Exception:  # as in _trafilatura
        return ""


def _stripped(html: str) -> str:
    try:
        return str(extract_plain_text(html, preserve_formatting=True, alt_texts=False, skip_elements=_AROUND))
    except Exception:  # as in _trafilatura
        return ""


def _title(soup: BeautifulSoup) -> str:
    found = _one_line(soup.title.get_text()) if soup.title else ""
    top = soup.find("h1")
    return (found or _meta(soup, "og:title") or (_one_line(top.get_text(" ")) if top else ""))[:300]


def _meta(soup: BeautifulSoup, name: str) -> str:
    tag = soup.find("meta", attrs={"name": name}) or soup.find("meta", attrs={"property": name})
    return _one_line(str(tag.get("content") or ""))[:500] if isinstance(tag, Tag) else ""


def _headings(soup: BeautifulSoup) -> set[str]:
    found = (_heading_key(tag.get_text(" ")) for tag in soup.find_all(["h1", "h2", "h3", "h4"]))
    return {key for key in found if 0 < len(key) <= 150}


def _links(soup: BeautifulSoup) -> list[Link]:
    element = soup.find("base", href=True)
    base = str(element["href"]) if isinstance(element, Tag) else ""
    links: dict[str, Link] = {}
    for tag in soup.find_all("a", href=True):
        href = str(tag["href"]).strip()
        if not href or href.startswith(("#", "mailto:", "tel:", "javascript:", "data:")):
            continue
        if "nofollow" in (tag.get("rel") or []):
            continue
        if base:
            href = _joined(base, href)
        links.setdefault(href, Link(href=href[:2000], label=_one_line(tag.get_text(" "))[:100]))
        if len(links) >= MOST_LINKS:
            break
    return list(links.values())


def _joined(base: str, href: str) -> str:
    try:
        return urljoin(base, href)
    except ValueError:  # a broken base: browsers, too, then use the page's own address
        return href


def _marked(text: str, headings: set[str]) -> str:
    lines = []
    for line in text.splitlines():
        line = _one_line(line.replace("\x00", ""))
        if line:
            lines.append(HEADING + line.lstrip("# ") if _heading_key(line) in headings else line)
    return "\n".join(lines)


def _heading_key(text: str) -> str:
    return re.sub(r"\W+", "", text).lower()


def _one_line(text: str) -> str:
    return " ".join(text.replace("¶", " ").split())


def _digest(text: str, second: str) -> str:
    """Return a digest of what two extractors found: one alone may see only what all pages of a site share."""
    said = "\n".join(" ".join(re.findall(r"\w+", part.lower())) for part in (text, second))
    return hashlib.blake2b(said.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()
