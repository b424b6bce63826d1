"""A page cut into the parts that a model is shown one by one. Pure."""

from __future__ import annotations

from ingestion.text.marks import HEADING

PART_CHARS = 6000
"""Some 1,500 tokens of English, or 6,000 of Chinese: with the answer it fits into the context of any model."""
MOST_PARTS = 8


def page_parts(text: str, *, chars: int = PART_CHARS, most: int = MOST_PARTS) -> list[str]:
    """Return the text in parts of at most `chars` characters, cut at headings where it can be, else at paragraphs.

    At most so many parts: of a longer text the beginning. A paragraph longer than a part is cut between words.
    """
    parts: list[str] = []
    for block in _blocks(text, chars):
        if parts and len(parts[-1]) + 1 + len(block) <= chars and not _begins_better(parts[-1], block, chars):
            parts[-1] += "\n" + block
        else:
            parts.append(block)
    return parts[:most]


def _begins_better(part: str, block: str, chars: int) -> bool:
    """Return whether a heading should begin the next part: this one is full enough."""
    return block.startswith(HEADING) and len(part) > 0.75 * chars


def _blocks(text: str, chars: int) -> list[str]:
    blocks = []
    for line in filter(None, map(str.strip, text.splitlines())):
        while len(line) > chars:
            end = line.rfind(" ", chars // 2, chars)
            end = end if end > 0 else chars
            blocks.append(line[:end])
            line = line[end:].strip()
        blocks.append(line)
    return blocks
