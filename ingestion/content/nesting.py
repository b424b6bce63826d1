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
_ENDING_IN_THEMSELVES = "path circle ellipse line polygon polyline rect use image stop animate set mpath"
# Elements of pictures, written `<path/>`, as nothing of HTML is; what is HTML ends the picture.
_HOLDING = """svg g defs text tspan textpath symbol marker mask pattern filter lineargradient radialgradient
    clippath switch"""
_SHAPES = frozenset(_ENDING_IN_THEMSELVES.split())
_OF_PICTURES = _SHAPES | frozenset(_HOLDING.split())
_LONGEST_SHAPE = 20_000


def flattened(html: str, most: int) -> tuple[str, int]:
    """Return the page without the tags of elements that are nested deeper than `most`, and how many those were."""
    if html.count("<") <= most:
        return html, 0
    depth = dropped = 0
    kept: list[str] = []
    start = 0
    in_picture = False
    for tag in _TAG.finditer(html):
        name = tag[2].lower()
        in_picture = name in _OF_PICTURES and (in_picture or name == "svg") and not (tag[1] and name == "svg")
        if tag.start() < start or name in _NOT_COUNTED:
            continue
        if in_picture and name in _SHAPES and not tag[1] and _ends_in_itself(html, tag.end()):
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


def _ends_in_itself(html: str, after: int) -> bool:
    end = html.find(">", after, after + _LONGEST_SHAPE)
    return end > 0 and html[end - 1] == "/"
