"""What two public extractors take for a page's text, as their votes on its blocks.

trafilatura is right on articles and documentation, resiliparse on pages that sell; each leaves out what the other
keeps. The former without its own fallbacks, and asked for more rather than less, or it would read again where it found
little: that doubles its time, and the trees know more.
"""

from __future__ import annotations

import re
from typing import Any

import trafilatura
from resiliparse.extract.html2text import extract_plain_text

from ingestion.maintext.blocks import Blocks

_NO_WORD = re.compile(r"\W+")
SURE_CHARS = 24
"""A text so long is where it is found; a shorter one must be a line of its own, since menus say the same words."""


def key_of(text: str) -> str:
    """Return the letters and digits of a text, by which blocks and lines are compared."""
    return _NO_WORD.sub("", text).lower()


def first_vote(tree: Any) -> str:
    """Return the text that trafilatura finds. It works on a copy of the tree."""
    try:
        found = trafilatura.extract(tree, include_comments=False, include_tables=True, fast=True, favor_recall=True)
    except Exception:  # it raises many kinds on broken trees, and a page must never end a run
        return ""
    return found or ""


def second_vote(html: str) -> str:
    """Return the text that resiliparse finds."""
    try:
        return str(extract_plain_text(html, main_content=True, preserve_formatting=True, alt_texts=False))
    except Exception:  # as in first_vote
        return ""


def cast(found: Blocks, first: str, second: str) -> tuple[list[float], list[float]]:
    """Return for each block whether either extractor took it, 1 or 0."""
    return _votes(found, first), _votes(found, second)


def _votes(found: Blocks, text: str) -> list[float]:
    if not text:
        return [0.0] * len(found.blocks)
    keys = [key_of(line) for line in text.splitlines()]
    lines, whole = set(keys), "".join(keys)
    return [
        1.0 if block.key in lines or (len(block.key) >= SURE_CHARS and block.key in whole) else 0.0
        for block in found.blocks
    ]
