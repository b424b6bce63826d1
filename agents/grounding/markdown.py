"""A model's Markdown as blocks of plain text. Pure.

Owns what of the markup is read and what falls away; whether the text may stand is judged elsewhere.
"""

import re

import re2

from agents.post.article import Block, BlockKind
from language.sentences import one_line

_MARKERS = re2.compile(
    r"(?i)[\s\pZ]?(?:\[\s*(?:source|passage|E)?\s*\d+(?:\s*[,;–-]\s*(?:source|passage|E)?\s*\d+)*\s*\]"
    r"|\((?:sources?|passages?)\s*\d+(?:\s*(?:,|and|&)\s*\d+)*\))"
)
_IMAGE = re2.compile(r"!\[[^\]]*\]\([^)]*\)")
_LINK = re2.compile(r"\[([^\]]+)\]\([^)\s]*(?:\s+\"[^\"]*\")?\)")
_EMPHASIS = re.compile(r"\*\*|(?<![\w*])\*(?=\S)|(?<=\S)\*(?![\w*])")
_ITEM = re.compile(r"^\s*(?:[-*+•‣·●○▪■►–—]|\d{1,2}[.)])\s+")
_ALONE_BOLD = re.compile(r"^(?:\*\*|__)[^*_]+(?:\*\*|__):?$")


def parse(text: str) -> list[tuple[BlockKind, str]]:
    """Return a model's Markdown as blocks of plain text, without headings, tables, images and its own citations.

    Code whose fence is never closed falls away.
    """
    reader = _Reader()
    for line in text.replace("\r", "").split("\n"):
        reader.take(line)
    reader.close()
    return [(kind, body) for kind, body in reader.blocks if body.strip()]


class _Reader:
    """The blocks read so far, and the paragraph or the code that is still open."""

    def __init__(self) -> None:
        self.blocks: list[tuple[BlockKind, str]] = []
        self._paragraph: list[str] = []
        self._code: list[str] | None = None

    def take(self, line: str) -> None:
        bare = line.strip()
        if bare.startswith(("```", "~~~")):
            self._fence()
        elif self._code is not None:
            self._code.append(line.rstrip())
        elif not bare or bare.startswith(("#", "|", "---", "===", "***")) or _ALONE_BOLD.match(bare):
            self.close()
        elif _ITEM.match(line):
            self.close()
            self.blocks.append(("item", _plain(_ITEM.sub("", line))))
        else:
            self._paragraph.append(_plain(bare.lstrip("> ")))

    def close(self) -> None:
        """End the paragraph, if one is open."""
        if self._paragraph:
            self.blocks.append(("prose", one_line(" ".join(self._paragraph))))
            self._paragraph.clear()

    def _fence(self) -> None:
        self.close()
        if self._code is not None:
            self.blocks.append(("code", "\n".join(self._code)))
        self._code = [] if self._code is None else None


def _plain(text: str) -> str:
    text = _LINK.sub(r"\1", _IMAGE.sub("", text))
    return one_line(_EMPHASIS.sub("", _MARKERS.sub("", text)))


def without_empty_lead_ins(blocks: list[Block]) -> list[Block]:
    """Return the blocks without sentences that announce something (“…:”) which then does not follow."""
    kept: list[Block] = []
    for place, block in enumerate(blocks):
        followed = place + 1 < len(blocks) and blocks[place + 1].kind in ("item", "code")
        found = list(block.sentences)
        if block.kind == "prose" and not followed:
            while found and found[-1].text.endswith(":"):
                found.pop()
        if found:
            kept.append(block.model_copy(update={"sentences": found}))
    return kept
