"""A PDF to what it says, its pages as sections. Slow and fed by strangers: run in a process of `parsing`.

pypdfium2 reads it, as browsers do. Bounded in pages and in time; what was left out is said. A PDF without text (scanned
paper) says nothing, and that is said too.
"""

from __future__ import annotations

import re
import time
from collections import Counter
from typing import Any

import pypdfium2

from ingestion.content.dates import as_day
from ingestion.content.extracted import Extracted
from ingestion.content.injection import signs_in
from ingestion.formats.plain_text import MOST_TEXT_CHARS, finish
from ingestion.text.fencing import INVISIBLE
from ingestion.text.marks import HEADING

MOST_PAGES = 200
MOST_SECONDS = 6.0
_HYPHENATED = re.compile("(?<=\\w)(?:[\ufffe\x02]\n?|[-\u00ad]\n(?=[^\\W\\d_A-Z]))")
_ENDS = re.compile(r"[.!?:;。！？…][\"'”’)]*$")
_ITEM = re.compile(r"^(?:[-*•▪◦‣–]|\(?\d{1,3}[.)]|\(?[a-z][.)])\s")
_PAGE_NUMBER = re.compile(r"^(?:page |seite |p\. ?)?[\divxlc]{1,6}(?: ?(?:/|of|von|de) ?\d+)?$", re.I)


class Unreadable(Exception):
    """The PDF cannot be opened; the text says why, as a clause."""


def extract_pdf(body: bytes, url: str) -> Extracted:
    """Return what a PDF says. Raises Unreadable for one that is broken or locked."""
    try:
        document = pypdfium2.PdfDocument(body)
    except pypdfium2.PdfiumError as error:
        locked = "password" in str(error).lower()
        raise Unreadable("a PDF that is locked by a password" if locked else "a PDF that cannot be opened") from error
    try:
        return _read(document, url)
    finally:
        document.close()


def _read(document: Any, url: str) -> Extracted:
    found = Extracted()
    count = len(document)
    pages: list[list[str]] = []
    began = time.monotonic()
    for number in range(min(count, MOST_PAGES)):
        if time.monotonic() - began > MOST_SECONDS:
            break
        pages.append(_page_lines(document, number))
    if len(pages) < count:
        found.cut.append(f"only the first {len(pages)} of its {count} pages were read")
    _drop_running_lines(pages)
    sections = [(number, _paragraphs(lines)) for number, lines in enumerate(pages, start=1)]
    text = "\n".join("\n".join([f"{HEADING}Page {n}", *paragraphs]) for n, paragraphs in sections if paragraphs)
    if len(text) > MOST_TEXT_CHARS:
        text = text[:MOST_TEXT_CHARS]
        found.cut.append(f"only the first {MOST_TEXT_CHARS:,} characters of its text were kept")
    meta = {key: INVISIBLE.sub("", value).strip() for key, value in document.get_metadata_dict().items()}
    found.title = (meta.get("Title") or _first_line(pages) or url.rstrip("/").rpartition("/")[2])[:300]
    found.description = meta.get("Subject", "")[:500]
    found.published, found.changed = (as_day(meta.get(key, "")[2:10]) for key in ("CreationDate", "ModDate"))
    found.text = text
    found.injection = signs_in(text)
    finish(found)
    if not text:
        found.refused = f"a PDF of {count} page{'s' * (count != 1)} without text, as of scanned paper"
    return found


def _page_lines(document: Any, number: int) -> list[str]:
    try:
        page = document[number]
        text = page.get_textpage().get_text_range()
    except pypdfium2.PdfiumError:  # one broken page: the others are read
        return []
    text = INVISIBLE.sub("", _HYPHENATED.sub("", text.replace("\r\n", "\n").replace("\r", "\n")).replace("\x00", ""))
    return [" ".join(line.split()) for line in text.split("\n")]


def _drop_running_lines(pages: list[list[str]]) -> None:
    """Take out the lines that stand at the head or foot of most pages, and the pages' numbers."""
    edges = Counter(_shape(line) for lines in pages for line in {*_edge(lines)})
    for lines in pages:
        for line in _edge(lines):
            often = len(pages) > 2 and edges[_shape(line)] > len(pages) / 2
            if (often or _PAGE_NUMBER.match(line)) and line in lines:
                lines.remove(line)


def _edge(lines: list[str]) -> list[str]:
    filled = [line for line in lines if line]
    return filled[:2] + filled[-2:] if len(filled) > 4 else filled[:1] + filled[-1:] if len(filled) > 2 else []


def _shape(line: str) -> str:
    return re.sub(r"\d+", "0", line)


def _paragraphs(lines: list[str]) -> list[str]:
    """Return lines as paragraphs: one goes on where it is as long as the others and ends no sentence."""
    longest = max((len(line) for line in lines), default=0)
    paragraphs: list[str] = []
    open_ended = False
    for line in lines:
        if not line:
            open_ended = False
            continue
        if open_ended and not _ITEM.match(line):
            paragraphs[-1] += " " + line
        else:
            paragraphs.append(line)
        open_ended = len(line) > 0.6 * longest and not (_ENDS.search(line) and len(line) < 0.85 * longest)
    return paragraphs


def _first_line(pages: list[list[str]]) -> str:
    return next((line for lines in pages for line in lines if 3 < len(line) < 150), "")
