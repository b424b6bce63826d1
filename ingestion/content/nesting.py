"""How deep a page's elements are nested, bounded before anything parses it. Pure, one pass.

More than one library walks the tree by recursion, or from each element to the root: some twenty thousand elements open
within each other cost minutes. What is nested deeper than the bound loses its tags and keeps its text, as in browsers.
"""

from __future__ import annotations

import re

_TAG = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9:-]{0,40})")
_NEVER_OPEN = """area base br col embed hr img input link meta param source track wbr
    p li dt dd option optgroup tr td th thead tbody tfoot colgroup caption rb rt rp html head body"""
# Void elements, and those that end where the next of their kind begins (HTML, 13.1.2.4): they do not add depth.
_NOT_COUNTED = frozenset(_NEVER_OPEN.split())


def flattened(html: str, most: int) -> tuple[str, int]:
    """Return the page without the tags of elements that are nested deeper than `most`, and how many those were."""
    if html.count("<") <= most:
        return html, 0
    depth = dropped = 0
    kept: list[str] = []
    start = 0
    for tag in _TAG.finditer(html):
        if tag.start() < start or tag[2].lower() in _NOT_COUNTED:
            continue
        if not tag[1]:
            depth += 1
        if depth > most:
            end = html.find(">", tag.end())
            kept.append(html[start : tag.start()])
            start = max(start, len(html) if end < 0 else end + 1)
            dropped += not tag[1]
        if tag[1]:
            depth = max(0, depth - 1)
    kept.append(html[start:])
    return "".join(kept), dropped
