"""A page's tree to its judged blocks: seen as people see it, voted on, and numbered for the trees. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ingestion.maintext import features, votes
from ingestion.maintext.blocks import Blocks, blocks_of
from ingestion.markup import around
from ingestion.markup.tree import parsed, visible


@dataclass(slots=True)
class Judged:
    """A page's blocks with the votes of both extractors and the numbers that are so of each."""

    found: Blocks
    first: list[float]
    second: list[float]
    rows: list[list[float]]
    second_text: str
    banners: str = ""


def of_page(tree: Any, html: str, url: str) -> Judged:
    """Return the blocks of a page. Its tree is left with what people see of it, without banners and comments."""
    visible(tree)
    banners = around.take_banners(tree)
    around.take_comments(tree, url, html)
    found = _of_tree(tree, html)
    found.banners = banners
    return found


def _of_tree(tree: Any, html: str) -> Judged:
    body = tree.find("body")
    found = blocks_of(body) if body is not None else Blocks()
    for block in found.blocks:
        block.key = votes.key_of(block.text)
    second_text = votes.second_vote(html)
    first, second = votes.cast(found, votes.first_vote(tree) if found.blocks else "", second_text)
    if not found.blocks:
        return Judged(found, [], [], [], second_text)
    features.add_up(found, first, second)
    return Judged(found, first, second, features.rows(found, first, second, html), second_text)


def observed(html: str, url: str) -> Judged:
    """Return the blocks of a page's HTML."""
    return of_page(parsed(html), html, url)
