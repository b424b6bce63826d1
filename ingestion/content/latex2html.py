"""What LaTeX2HTML, with which many manuals are made, leaves in a page where a formula has no picture. Pure."""

from __future__ import annotations

import re

_MADE = "LaTeX2HTML"
_WITHIN_CHARS = 3_000
_MARK = re.compile(r"(?<![\w#\"'/.=-])(\d{1,4})#\1(?![\w#\"'])")
"""Its mark of the formula with this number, which stands where the formula's picture would."""


def without_marks(html: str) -> str:
    """Return a page without the marks; any other page as it is."""
    return _MARK.sub("", html) if _MADE in html[:_WITHIN_CHARS] else html
