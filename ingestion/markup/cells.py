"""What an element holds read as text: a table's cells, code with its lines; and which elements hold no text. Pure."""

from __future__ import annotations

import re
from typing import Any

from lxml import etree

from ingestion.text.fencing import INVISIBLE
from ingestion.text.marks import CELL

SKIPPED = frozenset(
    [
        "script",
        "style",
        "template",
        "svg",
        "iframe",
        "object",
        "embed",
        "canvas",
        "video",
        "audio",
        "map",
        "head",
        "select",
        "datalist",
        "option",
        "input",
        "textarea",
        "meter",
        "progress",
        "annotation",
        "link",
        "meta",
        "title",
    ]
)
INLINE = frozenset(
    [
        "a",
        "span",
        "b",
        "strong",
        "em",
        "i",
        "code",
        "small",
        "sub",
        "sup",
        "u",
        "mark",
        "abbr",
        "time",
        "label",
        "button",
        "q",
        "cite",
        "kbd",
        "var",
        "samp",
        "font",
        "tt",
        "big",
        "ins",
        "del",
        "s",
        "bdi",
        "bdo",
        "data",
        "img",
        "wbr",
        "strike",
        "acronym",
        "nobr",
        "ruby",
        "rb",
        "rt",
        "rp",
        "math",
        "mi",
        "mo",
        "mn",
        "mrow",
        "msup",
        "msub",
        "mfrac",
        "msqrt",
        "mtext",
        "semantics",
        "picture",
        "source",
        "dfn",
        "output",
        "slot",
    ]
)
_LINES_OF_CODE = frozenset({"div", "p", "li", "tr"})
_SPACES = re.compile(r"\s+")


def code_text(element: Any) -> str:
    """Return code as it stands: a line break for each `br`, and for each line that is an element of its own."""
    parts: list[str] = []
    for event, each in etree.iterwalk(element, events=("start", "end")):
        if event == "start":
            own_line = each.tag in _LINES_OF_CODE and parts and not parts[-1].endswith("\n")
            parts += ["\n"] if each.tag == "br" or own_line else []
            parts.append(each.text or "" if each.tag not in SKIPPED else "")
        elif each is not element:
            parts.append(each.tail or "")
    return "".join(parts).strip("\n").rstrip()


def data_rows(table: Any) -> list[Any]:
    """Return the rows of a table of data; none for one that only places things on the page."""
    if table.get("role") in ("presentation", "none"):
        return []
    rows = list(table.iter("tr"))
    if len(rows) < 2 or next(table.iterdescendants("table"), None) is not None:
        return []
    widest = max(len(row) for row in rows)
    if widest < 2:
        return []
    for tag in ("h1", "h2", "h3", "form", "pre", "article", "section"):
        if next(table.iterdescendants(tag), None) is not None:
            return []
    chars = len("".join(table.itertext()))
    cells = sum(len(row) for row in rows)
    return rows if chars / max(1, cells) < 300 else []


def cell_text(cell: Any) -> str:
    """Return a cell as one line; a picture alone in it, as by what it is said to show."""
    parts: list[str] = []
    for event, each in etree.iterwalk(cell, events=("start", "end")):
        if event == "start":
            parts.append(each.text or "" if each.tag not in SKIPPED else "")
        if each is not cell:
            parts += [" "] if each.tag not in INLINE or each.tag == "br" else []
            parts.append(each.tail or "" if event == "end" else "")
    text = INVISIBLE.sub("", _SPACES.sub(" ", "".join(parts))).strip()
    if not text and (picture := next(cell.iter("img"), None)) is not None:
        text = _SPACES.sub(" ", picture.get("alt") or "").strip()
    return text.replace(CELL, " / ")
