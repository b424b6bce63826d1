"""The extractors that are compared, each as its own documentation says to call it: a page's HTML to its text."""

from __future__ import annotations

from collections.abc import Callable

import lxml.html
import trafilatura
from readability import Document
from resiliparse.extract.html2text import extract_plain_text

from ingestion.content.extraction import extract_page

OURS = "genisys"
Extractor = Callable[[str, str], str]


def _genisys(html: str, url: str) -> str:
    return extract_page(html, url).text


def _trafilatura(html: str, url: str) -> str:
    return trafilatura.extract(html) or ""


def _readability(html: str, url: str) -> str:
    found = Document(html).summary(html_partial=True)
    return str(lxml.html.fromstring(found).text_content()) if found.strip() else ""


def _resiliparse(html: str, url: str) -> str:
    return str(extract_plain_text(html, main_content=True, alt_texts=False))


EXTRACTORS: dict[str, Extractor] = {
    OURS: _genisys,
    "trafilatura": _trafilatura,
    "readability-lxml": _readability,
    "resiliparse": _resiliparse,
}
