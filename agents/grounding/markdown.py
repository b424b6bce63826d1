"""A model's Markdown as blocks of plain text. Pure.

Owns what of the markup is read and what falls away; whether the text may stand is judged elsewhere. Reading is
markdown-it's: `*args` is no emphasis, and a name in angle brackets is text.
"""

import re
from collections.abc import Sequence

from markdown_it import MarkdownIt
from markdown_it.token import Token

from agents.post.article import Block, BlockKind, row_of
from agents.post.model_citations import mark_citations, take_citations
from language.sentences import one_line

_READER = MarkdownIt("commonmark", {"html": False}).enable("table").disable(["reference", "lheading", "code"])
_TAGS = re.compile(r"</?(?:br|sup|sub|b|i|em|strong|u|p|span|div)\s*/?>", re.IGNORECASE)
_HEADING_ALONE = re.compile(r"^(?:\*\*|__)[^*_]+(?:\*\*|__):?$")
_OTHER_BULLETS = re.compile(r"^([ \t]{0,12})[•‣·●○▪■►–—][ \t]{1,4}", re.MULTILINE)


def parse(text: str, sources: Sequence[str] = ()) -> list[tuple[BlockKind, str]]:
    """Return a model's Markdown as blocks of plain text, without headings, images and its own citations."""
    return [(kind, take_citations(body).text) for kind, body in parse_cited(text, sources)]


def parse_cited(text: str, sources: Sequence[str] = ()) -> list[tuple[BlockKind, str]]:
    """Return a model's Markdown as blocks of plain text, without headings and images; a table as its rows, in lines.

    Its citations are left in their private form (`agents.post.model_citations`). Code whose fence is never closed falls
    away. `sources` are the texts that the model wrote from.
    """
    text = _without_open_code(text.replace("\r", ""))
    marked = mark_citations(text, sources)
    reader = _Blocks()
    for token in _READER.parse(_OTHER_BULLETS.sub(r"\1- ", _tags_out(marked))):
        reader.take(token)
    return [(kind, body) for kind, body in reader.blocks if body.strip()]


class _Blocks:
    """The blocks read so far, and what is open around the next one."""

    def __init__(self) -> None:
        self.blocks: list[tuple[BlockKind, str]] = []
        self._open: list[str] = []
        self._rows: list[list[str]] = []

    def take(self, token: Token) -> None:
        if token.type in ("fence", "code_block"):
            self.blocks.append(("code", token.content.rstrip("\n")))
        elif token.nesting == 1:
            self._open.append(token.type)
            if token.type == "tr_open":
                self._rows.append([])
        elif token.nesting == -1:
            self._open.pop()
            if token.type == "table_close":
                self.blocks.append(("table", "\n".join(map(row_of, self._rows))))
                self._rows = []
        elif token.type == "inline" and self._rows:
            self._rows[-1].append(one_line("".join(_words(child) for child in token.children or [])))
        elif token.type == "inline" and "heading_open" not in self._open:
            self._inline(token)

    def _inline(self, token: Token) -> None:
        kind: BlockKind = "item" if "list_item_open" in self._open else "prose"
        lines: list[str] = []
        for line in token.content.split("\n"):
            if _HEADING_ALONE.match(line.strip()):
                self._add(kind, lines)
                lines = []
            else:
                lines.append(line)
        self._add(kind, lines)

    def _add(self, kind: BlockKind, lines: list[str]) -> None:
        if lines:
            children = _READER.parseInline("\n".join(lines))[0].children or []
            self.blocks.append((kind, one_line("".join(_words(child) for child in children))))


def _words(token: Token) -> str:
    """Return what a reader sees of a piece of a line; code keeps its marks, images are none of the text."""
    if token.type == "code_inline":
        return f"{token.markup}{token.content}{token.markup}"
    if token.type in ("softbreak", "hardbreak"):
        return " "
    return token.content if token.type in ("text", "text_special") else ""


def _tags_out(text: str) -> str:
    lines = []
    in_code = False
    for line in text.split("\n"):
        in_code ^= line.lstrip().startswith(("```", "~~~"))
        lines.append(line if in_code or "`" in line else _TAGS.sub(" ", line))
    return "\n".join(lines)


def _without_open_code(text: str) -> str:
    """Return the text up to a fence that is never closed."""
    lines = text.split("\n")
    fences = [at for at, line in enumerate(lines) if line.lstrip().startswith(("```", "~~~"))]
    return "\n".join(lines[: fences[-1]]) if len(fences) % 2 else text


def without_empty_lead_ins(blocks: list[Block]) -> list[Block]:
    """Return the blocks without sentences that announce something (“…:”) which then does not follow."""
    kept: list[Block] = []
    for place, block in enumerate(blocks):
        followed = place + 1 < len(blocks) and blocks[place + 1].kind in ("item", "code", "table")
        found = list(block.sentences)
        if block.kind == "prose" and not followed:
            while found and found[-1].text.endswith(":"):
                found.pop()
        if found:
            kept.append(block.model_copy(update={"sentences": found}))
    return kept
