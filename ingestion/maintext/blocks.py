"""A page's tree as the blocks that a reader sees: paragraphs, headings, list items, rows of tables, code. Pure.

A block knows its text, what part of that is links, and where it stands; the places are numbered in the order of the
page, each with its parent, so that what is so of a container is added up in one pass.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

from ingestion.markup.cells import INLINE, SKIPPED, cell_text, code_text, data_rows
from ingestion.markup.names import signs_of
from ingestion.text.fencing import INVISIBLE
from ingestion.text.marks import CELL

_APART = frozenset({"a", "button", "label", "time"})
"""Inline elements that stand apart from a neighbour of their kind, as a menu's links do, though no space is written."""
HEADINGS = frozenset({"h1", "h2", "h3", "h4", "h5", "h6"})
_SPACES = re.compile(r"\s+")


@dataclass(slots=True)
class Place:
    """One element that holds blocks. `signs` are its own and those around it."""

    tag: str
    parent: int
    signs: int
    own: int
    depth: int
    signature: str = ""
    children: int = 0
    alike: int = 0
    chars: int = 0
    linked: int = 0
    blocks: int = 0
    first: float = 0.0
    second: float = 0.0
    punctuated: int = 0


@dataclass(slots=True)
class Block:
    """One block: `text` has no line breaks unless it is code; `linked` counts characters of links."""

    text: str
    tag: str
    place: int
    linked: int = 0
    mark: str = ""
    table: int = 0
    bold: bool = False
    pressed: bool = False
    key: str = ""


@dataclass(slots=True)
class Blocks:
    """All of a page. `places[0]` is its root."""

    blocks: list[Block] = field(default_factory=list)
    places: list[Place] = field(default_factory=list)


class _Walk:
    """Builds the blocks in one pass over the tree, without recursion: pages nest deeper than Python's stack."""

    def __init__(self, root: Any) -> None:
        self.found = Blocks()
        self.parts: list[str] = []
        self.linked = 0
        self.in_link = 0
        self.in_button = 0
        self.in_bold = 0
        self.bold = 0
        self.pressed = 0
        self.chars = 0
        self.beside_button = False
        self.mark = ""
        self.heading = ""
        self.tables = 0
        self.numbers: dict[int, int] = {}
        self.place = self._open(root, "body", -1)
        self._run(root)
        self._flush()

    def _open(self, element: Any, tag: str, parent: int) -> int:
        own = signs_of(tag, element)
        places = self.found.places
        around = places[parent].signs if parent >= 0 else 0
        depth = places[parent].depth + 1 if parent >= 0 else 0
        places.append(Place(tag, parent, around | own, own, depth, tag + "." + (element.get("class") or "")[:40]))
        return len(places) - 1

    def _run(self, root: Any) -> None:
        stack: list[tuple[Any, int]] = []  # an element to enter, or (closing, what to do)
        self._text(root.text)
        stack.extend((child, 0) for child in reversed(root))
        saved: list[tuple[int, str]] = []
        while stack:
            element, closing = stack.pop()
            tag = element.tag
            if closing:
                self._leave(tag, closing, saved)
                self._text(element.tail)
                continue
            if not isinstance(tag, str) or tag in SKIPPED:
                self._text(element.tail)
                continue
            if tag == "br":
                self._break()
                self._text(element.tail)
                continue
            if tag == "pre":
                self._code(element)
                self._text(element.tail)
                continue
            if tag == "table" and (rows := data_rows(element)):
                self._table(element, rows)
                self._text(element.tail)
                continue
            stack.append((element, self._enter(element, tag, saved)))
            self._text(element.text)
            stack.extend((child, 0) for child in reversed(element))

    def _enter(self, element: Any, tag: str, saved: list[tuple[int, str]]) -> int:
        if tag in INLINE:
            if tag in _APART and self.parts and not self.parts[-1][-1:].isspace():
                before = element.getprevious()
                if before is not None and before.tag == tag and not before.tail:
                    self.parts.append(" ")
            if tag == "a":
                self.in_link += 1
            elif tag == "button":
                self.in_button += 1
                self.beside_button = True
            elif tag in ("b", "strong"):
                self.in_bold += 1
            return 1
        self._flush()
        saved.append((self.place, self.heading))
        self.place = self._open(element, tag, self.place)
        if tag in HEADINGS:
            self.heading = tag
        if tag == "li":
            self.mark = self._item_mark(element)
        return 2

    def _item_mark(self, item: Any) -> str:
        """Return what a list shows before an item: its number, or a dash."""
        parent = item.getparent()
        if parent is None or parent.tag != "ol":
            return "- "
        above = self.found.places[self.place].parent
        number = self.numbers.get(above, _whole(parent.get("start"), 1) - 1) + 1
        number = self.numbers[above] = _whole(item.get("value"), number)
        return f"{number}. "

    def _leave(self, tag: str, closing: int, saved: list[tuple[int, str]]) -> None:
        if closing == 1:
            if tag == "a":
                self.in_link -= 1
            elif tag == "button":
                self.in_button -= 1
                self.beside_button = True
            elif tag in ("b", "strong"):
                self.in_bold -= 1
            return
        self._flush()
        self.place, self.heading = saved.pop()
        if tag == "li":
            self.mark = ""

    def _text(self, text: str | None) -> None:
        if not text:
            return
        if self.beside_button:
            self.beside_button = False
            if text[0].isalnum() and self.parts and self.parts[-1][-1].isalnum():
                self.parts.append(" ")  # “£19.50 Buy”: people see the button's edge
        self.parts.append(text)
        length = len(text)
        self.chars += length
        if self.in_link:
            self.linked += length
        if self.in_button:
            self.pressed += length
        if self.in_bold:
            self.bold += length

    def _break(self) -> None:
        if self.heading:
            self.parts.append(" ")
        else:
            self._flush()

    def _flush(self) -> None:
        if not self.parts:
            return
        text = INVISIBLE.sub("", _SPACES.sub(" ", "".join(self.parts))).strip()
        self.parts.clear()
        if text:
            tag = self.heading or self.found.places[self.place].tag
            self.found.blocks.append(
                Block(
                    text,
                    tag,
                    self.place,
                    min(self.linked, len(text)),
                    self.mark,
                    bold=self.bold * 2 > self.chars,
                    pressed=self.pressed * 2 > self.chars,
                )
            )
            self.mark = ""
        self.chars = self.linked = self.bold = self.pressed = 0

    def _code(self, element: Any) -> None:
        self._flush()
        text = code_text(element)
        if text.strip():
            place = self._open(element, "pre", self.place)
            self.found.blocks.append(Block(text, "pre", place))

    def _table(self, element: Any, rows: list[Any]) -> None:
        self._flush()
        self.tables += 1
        table = self._open(element, "table", self.place)
        for row in rows:
            cells = [cell for cell in row if cell.tag in ("td", "th")]
            texts = [cell_text(cell) for cell in cells]
            if not any(texts):
                continue
            linked = sum(len("".join(link.itertext()).strip()) for cell in cells for link in cell.iter("a"))
            text = CELL.join(texts)
            self.found.blocks.append(Block(text, "tr", table, min(linked, len(text)), table=self.tables))


def _whole(text: str | None, otherwise: int) -> int:
    return int(text) if text and re.fullmatch(r"-?\d{1,9}", text.strip()) else otherwise


def blocks_of(root: Any) -> Blocks:
    """Return the blocks of a tree's body."""
    return _Walk(root).found
