"""A post as a Word file (Office Open XML, by python-docx): headings, lists, quotes, code, tables, links. Pure."""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from typing import Any

from docx import Document
from docx.opc.constants import RELATIONSHIP_TYPE
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import RGBColor
from markdown_it import MarkdownIt
from markdown_it.token import Token

from agents.editing.marked_text import tidy
from agents.export.page import READ_NEXT
from agents.post.assemble import address_in_markdown, escape

_LISTS = {"bullet_list_open": "List Bullet", "ordered_list_open": "List Number"}
_ILLEGAL = {code: None for code in range(32) if code not in (9, 10, 13)}
"""What XML 1.0 cannot hold."""


def word_file(markdown: str, description: str = "", related: Sequence[tuple[str, str]] = ()) -> bytes:
    """Return the file. Pictures and raw HTML are left as their words; `related` are pages to read next.

    The description stands among the file's properties, where word processors show one, as its comment.
    """
    document = Document()
    document.core_properties.comments = description.translate(_ILLEGAL)
    if related:
        pages = "\n".join(f"- [{escape(title)}](<{address_in_markdown(url)}>)" for url, title in related)
        markdown = f"{markdown.rstrip()}\n\n## {READ_NEXT}\n\n{pages}\n"
    tokens = MarkdownIt("commonmark", {"html": False}).enable("table").parse(tidy(markdown).translate(_ILLEGAL))
    _Writer(document).write(tokens)
    kept = io.BytesIO()
    document.save(kept)
    return kept.getvalue()


class _Writer:
    """Turns Markdown's tokens into paragraphs, knowing what list or quote each stands in."""

    def __init__(self, document: Any) -> None:
        self._document = document
        self._around: list[str] = []
        self._heading = 0
        self._rows: list[list[Token]] | None = None

    def write(self, tokens: Sequence[Token]) -> None:
        for token in tokens:
            self._take(token)

    def _take(self, token: Token) -> None:
        kind = token.type
        if kind in _LISTS or kind == "blockquote_open":
            self._around.append(_LISTS.get(kind, "Quote"))
        elif kind in ("bullet_list_close", "ordered_list_close", "blockquote_close"):
            self._around.pop()
        elif kind == "heading_open":
            self._heading = int(token.tag[1:])
        elif kind in ("fence", "code_block"):
            self._code(token.content)
        elif kind == "table_open":
            self._rows = []
        elif kind == "tr_open" and self._rows is not None:
            self._rows.append([])
        elif kind == "table_close":
            self._table()
        elif kind == "inline":
            self._text(token)

    def _text(self, token: Token) -> None:
        if self._rows is not None:
            self._rows[-1].append(token)
            return
        if self._heading:
            paragraph = self._document.add_heading(level=min(self._heading - 1, 8))
            self._heading = 0
        else:
            paragraph = self._document.add_paragraph(style=self._around[-1] if self._around else None)
        _fill(paragraph, token.children or [])

    def _code(self, content: str) -> None:
        run = self._document.add_paragraph().add_run(content.rstrip("\n"))
        run.font.name = "Courier New"

    def _table(self) -> None:
        rows, self._rows = self._rows or [], None
        if not rows or not rows[0]:
            return
        table = self._document.add_table(rows=0, cols=len(rows[0]))
        for row in rows:
            for cell, token in zip(table.add_row().cells, row, strict=False):
                _fill(cell.paragraphs[0], token.children or [])


def _fill(paragraph: Any, children: Sequence[Token]) -> None:
    for words, style, link in _runs(children):
        run = paragraph.add_run(words)
        run.bold, run.italic = "strong" in style or None, "em" in style or None
        if "code" in style:
            run.font.name = "Courier New"
        if link.startswith(("http://", "https://", "mailto:")):
            _link(paragraph, run, link)


def _runs(children: Sequence[Token]) -> Iterator[tuple[str, frozenset[str], str]]:
    """Yield the words of a paragraph with how they are set, and where they lead."""
    style: set[str] = set()
    link = ""
    for token in children:
        if token.type in ("strong_open", "em_open"):
            style.add(token.tag)
        elif token.type in ("strong_close", "em_close"):
            style.discard(token.tag)
        elif token.type in ("link_open", "link_close"):
            link = str(token.attrGet("href") or "") if token.type == "link_open" else ""
        elif token.type in ("softbreak", "hardbreak"):
            yield (" " if token.type == "softbreak" else "\n"), frozenset(style), link
        elif token.content:
            yield token.content, frozenset(style | ({"code"} if token.type == "code_inline" else set())), link


def _link(paragraph: Any, run: Any, address: str) -> None:
    """Make the run a link; python-docx 1.2 reads links, but writes none."""
    element = OxmlElement("w:hyperlink")
    element.set(qn("r:id"), paragraph.part.relate_to(address, RELATIONSHIP_TYPE.HYPERLINK, is_external=True))
    run.font.color.rgb, run.font.underline = RGBColor(0x1F, 0x5F, 0xBF), True
    paragraph._p.append(element)
    element.append(run._r)
