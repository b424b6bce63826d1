"""A page's HTML as a tree: parsed once for all who read it, with what its scripts and styles hold set apart. Pure."""

from __future__ import annotations

from typing import Any

import lxml.html
from lxml import etree

from ingestion.markup import hidden

_NO_TEXT = ("script", "style", "template", "svg", "iframe", "object", "canvas")
_OF_HEAD = frozenset(["title", "meta", "link", "script", "style", "base", "noscript", "template", "object", "bgsound"])
NOSCRIPT_WHEN_BELOW = 0.25


def parsed(html: str) -> Any:
    """Return the tree of a page, comments and processing instructions with it. Raises lxml's ParserError for none."""
    tree = lxml.html.document_fromstring(html, parser=lxml.html.HTMLParser(huge_tree=True))
    _give_body(tree)
    return tree


def _give_body(tree: Any) -> None:
    """Move what is no matter of a head into the body, as browsers do: the parser knows no `main` that begins one."""
    head, body = tree.find("head"), tree.find("body")
    if body is None:
        body = etree.SubElement(tree, "body")
    if head is None:
        return
    first = next((n for n, each in enumerate(head) if isinstance(each.tag, str) and each.tag not in _OF_HEAD), None)
    if first is not None:
        body[:0] = list(head)[first:]


def visible(tree: Any) -> Any:
    """Return the tree, changed in place, with nothing but what a person would see of it."""
    names = hidden.hiding_names(tree)

    etree.strip_tags(tree, etree.Comment, etree.ProcessingInstruction)
    etree.strip_elements(tree, *_NO_TEXT, with_tail=False)
    _settle_noscript(tree)
    hidden.take_out(tree, names)
    return tree


def _settle_noscript(tree: Any) -> None:
    """Drop what is for browsers without scripts, unless that is where the page's text is, as forums write it."""
    spare = list(tree.iter("noscript"))
    if not spare:
        return
    held = sum(len(text.strip()) for each in spare for text in each.itertext())
    body = tree.find("body")
    if body is None or held < 200:
        etree.strip_elements(tree, "noscript", with_tail=False)
        return
    total = sum(len(text.strip()) for text in body.itertext())
    if total - held < NOSCRIPT_WHEN_BELOW * held:
        for each in spare:
            each.tag = "div"
    else:
        etree.strip_elements(tree, "noscript", with_tail=False)
