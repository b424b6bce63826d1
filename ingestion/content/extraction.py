"""A page's HTML to what is worth keeping: title, main text with its headings, links, dates. Pure, slow and fed by
strangers: run in a process of `parsing`.

The HTML is parsed once, and all that reads it shares the tree: first who needs what people do not see (signs that
address a model, data for scripts, evidence for the outcome), then, with that taken out, `maintext`, which judges its
blocks.
"""

from __future__ import annotations

import hashlib
import re
from itertools import islice
from typing import Any
from urllib.parse import urljoin

from lxml import etree

from ingestion.content import latex2html, nesting, page_data
from ingestion.content.charsets import decode
from ingestion.content.dates import dates_of
from ingestion.content.extracted import Extracted, Link
from ingestion.content.injection import signs_in_page
from ingestion.content.titles import own_title
from ingestion.maintext import choosing, forest, judging
from ingestion.maintext.features import Stated
from ingestion.maintext.writing import written
from ingestion.markup.tree import parsed
from ingestion.outcomes import evidence
from ingestion.outcomes.evidence import amount_of
from ingestion.text.fencing import INVISIBLE

MOST_HTML_CHARS = 3_000_000
MOST_TEXT_CHARS = 200_000
MOST_LINKS = 400
MOST_TITLES = 20
MOST_DEPTH = 512  # as deep as browsers nest
DATA_WHEN_BELOW = 40.0
"""A page that shows fewer words than this is read from its data, where that says more."""

_XML_DECLARATION = re.compile(r"^\s*<\?xml[^>]*>")
_LOGO = re.compile(r"logo|brand|site-?(?:title|name)", re.I)

__all__ = [
    "MOST_DEPTH",
    "MOST_HTML_CHARS",
    "MOST_LINKS",
    "MOST_TEXT_CHARS",
    "decode",
    "extract_page",
    "main_text",
    "stated_by",
]


def extract_page(html: str, url: str) -> Extracted:
    """Return what one page says. Never raises for broken HTML; what cannot be found is empty."""
    html, cut = _bounded(html)
    try:
        tree = parsed(html)
    except etree.LxmlError:  # nothing in it is an element
        tree = parsed("<html><body></body></html>")
    found = Extracted(cut=cut, injection=signs_in_page(tree))
    objects = page_data.objects_of(tree)
    _describe(found, tree, objects)
    seen = evidence.collect(tree, html)
    data = page_data.text_of(tree, objects) if amount_of(_shown(tree)) < 4 * DATA_WHEN_BELOW else ""
    judged = judging.of_page(tree, html, url, stated_by(tree, objects))
    _say(found, judged, data)
    headings = _headings(tree)
    heading = headings[0] if headings else ""
    found.title = own_title(
        title=found.title,
        og_title=found.og_title,
        h1=heading,
        site_name=found.site_name,
        url=url,
        others=headings[1:],
    )[:300]
    said = "\n".join([*(block.text for block in judged.found.blocks), judged.banners])
    evidence.complete(
        seen, html, title=_title_tag(tree), heading=heading, said=said, main=found.text, links=len(found.links)
    )
    seen.text_as_data = bool(data) and found.text == data
    found.evidence = seen
    return found


def stated_by(tree: Any, objects: list[dict[str, Any]]) -> Stated:
    """Return what a page says of itself in its head and to machines; `objects` are those of its JSON-LD."""
    metas = _metas(tree)
    titles = (_title_tag(tree), metas.get("og:title") or metas.get("twitter:title") or "")
    described = metas.get("description") or metas.get("og:description") or ""
    return Stated(" ".join(titles), f"{described}\n{page_data.linked_text(objects)}")


def main_text(judged: judging.Judged, shares: list[float]) -> str:
    """Return the text of the blocks that are kept, each being the page's own to its share."""
    taken = choosing.chosen(judged.found, shares)
    taken = choosing.with_structure(judged.found, taken, shares)
    return written(block for block, take in zip(judged.found.blocks, taken, strict=True) if take)


def _bounded(html: str) -> tuple[str, list[str]]:
    """Return the HTML within the bounds of what is parsed, and what they left out, in words."""
    cut = [f"only its first {MOST_HTML_CHARS:,} characters were read"] if len(html) > MOST_HTML_CHARS else []
    html = latex2html.without_marks(_XML_DECLARATION.sub("", html[:MOST_HTML_CHARS]))
    html, deeper = nesting.flattened(html, MOST_DEPTH)
    if deeper:
        cut.append(f"what is nested deeper than {MOST_DEPTH} elements was read as if it were not")
    if "<" not in html:
        html = f"<p>{html}</p>"
    return html, cut


def _describe(found: Extracted, tree: Any, objects: list[dict[str, Any]]) -> None:
    """Fill in what a page says of itself outside its text."""
    metas = _metas(tree)
    found.description = (metas.get("description") or metas.get("og:description") or "")[:500]
    found.site_name = (metas.get("og:site_name") or metas.get("application-name") or "")[:500]
    found.og_title = (metas.get("og:title") or metas.get("twitter:title") or "")[:300]
    found.title = _title_tag(tree)
    found.language = (tree.get("lang") or "")[:20]
    found.links = _links(tree)
    found.published, found.changed = dates_of(tree, metas, objects)
    if len(found.links) == MOST_LINKS:
        found.cut.append(f"only its first {MOST_LINKS} links were followed")


def _say(found: Extracted, judged: judging.Judged, data: str) -> None:
    """Fill in the main text; the page's data where it shows next to nothing."""
    text = main_text(judged, forest.trained().shares(judged.rows))
    if data and amount_of(text) < DATA_WHEN_BELOW and amount_of(data) > 2 * amount_of(text):
        text = data
    found.digest = _digest(text, judged.second_text)
    if len(text) > MOST_TEXT_CHARS:
        text = text[:MOST_TEXT_CHARS]
        # What was cut is said after what the links say.
        found.cut.append(f"only the first {MOST_TEXT_CHARS:,} characters of its text were kept")
    found.text = text
    found.words = round(amount_of(text))


def _shown(tree: Any) -> str:
    body = tree.find("body")
    if body is None:
        return ""
    return " ".join(
        each.text or ""
        for each in body.iter("p", "li", "h1", "h2", "h3", "td", "span", "div", "a")
        if each.text and not each.text.isspace()
    )[:20_000]


def _title_tag(tree: Any) -> str:
    element = tree.find(".//title")
    return _one_line(element.text_content())[:300] if element is not None else ""


def _headings(tree: Any) -> list[str]:
    """Return the first headings of the highest rank that are no logo."""
    found = []
    for element in islice(tree.iter("h1"), MOST_TITLES):
        names = f"{element.get('class')} {element.get('id')}"
        link = element.find(".//a")
        home = (
            link is not None and (link.get("href") or "").rstrip("/") in ("", ".", "/index.html") and link.get("href")
        )
        text = _one_line(element.text_content())
        if text and not _LOGO.search(names) and not home:
            found.append(text[:300])
    return found


def _metas(tree: Any) -> dict[str, str]:
    found: dict[str, str] = {}
    for element in tree.iter("meta"):
        content = _one_line(element.get("content") or "")
        for attribute in ("name", "property", "itemprop"):
            if content and (name := element.get(attribute)):
                found.setdefault(name.lower(), content[:1000])
    return found


def _links(tree: Any) -> list[Link]:
    element = next((each for each in tree.iter("base") if each.get("href") is not None), None)
    base = element.get("href") if element is not None else ""
    links: dict[str, Link] = {}
    for each in tree.iter("a"):
        href = (each.get("href") or "").strip()
        if not href or href.startswith(("#", "mailto:", "tel:", "javascript:", "data:")):
            continue
        if "nofollow" in (each.get("rel") or "").lower().split():
            continue
        if base:
            href = _joined(base, href)
        if href not in links:
            links[href] = Link(href=href[:2000], label=_one_line(" ".join(each.itertext()))[:100])
        if len(links) >= MOST_LINKS:
            break
    return list(links.values())


def _joined(base: str, href: str) -> str:
    try:
        return urljoin(base, href)
    except ValueError:  # a broken base: browsers, too, then use the page's own address
        return href


def _one_line(text: str) -> str:
    return " ".join(INVISIBLE.sub("", text).replace("¶", " ").split())


def _digest(text: str, second: str) -> str:
    """Return a digest of what two extractors found: one alone may see only what all pages of a site share."""
    said = "\n".join(" ".join(re.findall(r"\w+", part.lower())) for part in (text, second))
    return hashlib.blake2b(said.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()
