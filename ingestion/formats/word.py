"""A Word file (DOCX, Office Open XML) to what it says. Fed by strangers: run in a process of `parsing`.

python-docx reads it: headings, paragraphs, items of lists, and tables, a row a line. What its parts unpack to is
bounded before it is unpacked.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from typing import Any

from docx import Document
from docx.table import Table

from ingestion.content.extracted import Extracted
from ingestion.content.injection import signs_in
from ingestion.formats.plain_text import MOST_TEXT_CHARS, finish
from ingestion.text.fencing import INVISIBLE
from ingestion.text.marks import CELL, HEADING

MOST_UNPACKED_BYTES = 100_000_000
_TEMPLATE = "python-docx"
"""The author in the library's own template, whose dates are of 2013: a program wrote the file and set none."""


class Unreadable(Exception):
    """The file cannot be opened; the text says why, as a clause."""


def extract_word(body: bytes, url: str) -> Extracted:
    """Return what a Word file says. Raises Unreadable for one that is broken, or unpacks to too much."""
    try:
        with zipfile.ZipFile(io.BytesIO(body)) as archive:
            if sum(part.file_size for part in archive.infolist()) > MOST_UNPACKED_BYTES:
                raise Unreadable("a Word file that unpacks to more than is read")
        document = Document(io.BytesIO(body))
        lines = [INVISIBLE.sub("", line) for line in _lines(document)]
    except Unreadable:
        raise
    except Exception as error:  # python-docx names no errors of its own for what a broken file lacks
        raise Unreadable("a Word file that cannot be opened") from error
    found = Extracted(text="\n".join(lines))
    if len(found.text) > MOST_TEXT_CHARS:
        found.text = found.text[:MOST_TEXT_CHARS]
        found.cut.append(f"only the first {MOST_TEXT_CHARS:,} characters of its text were kept")
    about = document.core_properties
    first = next((line.removeprefix(HEADING) for line in lines if line.startswith(HEADING)), "")
    found.title = (about.title or first or url.rstrip("/").rpartition("/")[2])[:300]
    days = (about.created, about.modified) if about.author != _TEMPLATE else ()
    found.published, found.changed = (day.date().isoformat() if day else "" for day in days or (None, None))
    found.injection = signs_in(found.text)
    finish(found)
    if not found.text.strip():
        found.refused = "a Word file without text"
    return found


def _lines(document: Any) -> Iterator[str]:
    for part in document.iter_inner_content():
        if isinstance(part, Table):
            yield from _rows(part)
            continue
        text, style = " ".join(part.text.split()), (part.style.name or "") if part.style is not None else ""
        if text and (style.startswith("Heading") or style == "Title"):
            yield f"{HEADING}{text}"
        elif text:
            listed = style.startswith("List") or (part._p.pPr is not None and part._p.pPr.numPr is not None)
            yield f"- {text}" if listed else text


def _rows(table: Any) -> Iterator[str]:
    for row in table.rows:
        # A cell that spans columns comes once for each of them.
        texts = [" ".join(cell.text.split()) for cell in {id(cell._tc): cell for cell in row.cells}.values()]
        if any(texts):
            yield CELL.join(texts)
