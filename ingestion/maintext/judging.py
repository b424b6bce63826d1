"""A page's tree to its judged blocks: seen as people see it, voted on, and numbered for the trees. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ingestion.maintext import features, votes
from ingestion.maintext.blocks import Blocks, blocks_of
from ingestion.maintext.features import Stated
from ingestion.markup import around
from ingestion.markup.tree import visible


@dataclass(slots=True)
class Judged:
    """A page's blocks with the numbers that are so of each, a row a block; None without blocks."""

    found: Blocks
    rows: Any
    second_text: str
    banners: str = ""


def of_page(tree: Any, html: str, url: str, stated: Stated) -> Judged:
    """Return the blocks of a page. Its tree is left with what people see of it, without banners and comments."""
    visible(tree)
    banners = around.take_banners(tree)
    around.take_comments(tree, url, html)
    around.take_page_turners(tree)
    judged = _of_tree(tree, html, url, stated)
    judged.banners = banners
    return judged


def _of_tree(tree: Any, html: str, url: str, stated: Stated) -> Judged:
    body = tree.find("body")
    found = blocks_of(body) if body is not None else Blocks()
    for block in found.blocks:
        block.key = votes.key_of(block.text)
    second_text = votes.second_vote(html)
    first, second = votes.cast(found, votes.first_vote(tree) if found.blocks else "", second_text)
    if not found.blocks:
        return Judged(found, None, second_text)
    features.add_up(found, first, second)
    rows = features.rows(found, first, second, html=html, url=url, stated=stated)
    return Judged(found, rows, second_text)
