"""Kept blocks written as a page's text: a line for each paragraph, “## ” before headings, code between fences. Pure."""

from __future__ import annotations

from collections.abc import Iterable

from ingestion.maintext.blocks import HEADINGS, Block
from ingestion.text.marks import FENCE, HEADING


def written(blocks: Iterable[Block]) -> str:
    """Return the text of blocks, in their order."""
    return "\n".join(line for block in blocks if (line := _line(block)))


def _line(block: Block) -> str:
    if block.tag == "pre":
        return f"{FENCE}\n{block.text}\n{FENCE}"
    if block.tag in HEADINGS:
        text = block.text.replace("¶", "").strip().lstrip("# ")
        return HEADING + text if text else ""
    return block.mark + block.text
