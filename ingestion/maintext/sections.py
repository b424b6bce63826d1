"""Under which heading a block stands, and what that says of it: “Related articles” goes for all that is under it. Pure.

Twice: by the order of the page, until a heading of the same rank, and by its containers, where a heading comes first in
one. Each catches what the other leaves out: flat text, and cards whose own headings have any rank.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from ingestion.maintext import wording
from ingestion.maintext.blocks import HEADINGS, Block, Blocks

_RANKS = {tag: int(tag[1]) for tag in HEADINGS}
_UNRANKED = 7
_CLAIMS = 0b0111111
"""What a line that is no heading by its tag is taken for one by: all but `matter`."""
LARGEST_SHARE = 0.6
"""A container with more of the page than this is the page, whatever its first heading says."""
_COUNT = len(wording.OVER)

NAMES = (
    *(f"under_{name}" for name in wording.OVER),
    *(f"opened_by_{name}" for name in wording.OVER),
    "is_over",
    "since_heading",
    "heading_rank",
)


def numbers(found: Blocks, words: Sequence[Sequence[str]], total: int) -> Any:
    """Return the numbers of each block as a table, in the order of NAMES."""
    over = [_over(block, said) for block, said in zip(found.blocks, words, strict=True)]
    opened = _opened(found, over, total)
    under, since = _under(found.blocks, over)
    return np.hstack([bits(under, _COUNT), bits([opened[block.place] for block in found.blocks], _COUNT), since])


def _under(blocks: Sequence[Block], over: Sequence[int]) -> tuple[list[int], Any]:
    """Return for each block what the headings say that it is under in the order of the page, and how far it is."""
    open_now: list[tuple[int, int]] = []
    under: list[int] = []
    since: list[tuple[float, float, float]] = []
    at = -1
    for n, block in enumerate(blocks):
        if over[n] or block.tag in HEADINGS:
            rank = _RANKS.get(block.tag, _UNRANKED)
            open_now = [each for each in open_now if each[0] < rank]
            open_now.append((rank, over[n]))
            at = n
        said = 0
        for _, each in open_now:
            said |= each
        under.append(said)
        far = math.log1p(n - at) / 5 if at >= 0 else 1.5
        since.append((1.0 if over[n] else 0.0, far, (open_now[-1][0] if open_now else 0) / 7))
    return under, np.array(since).reshape(-1, 3)


def bits(numbers: Sequence[int], count: int) -> Any:
    """Return the lowest bits of each number, a row a number, as 0 and 1."""
    return np.array(numbers, np.int64)[:, None] >> np.arange(count) & 1


def _over(block: Block, words: Sequence[str]) -> int:
    if block.tag in HEADINGS:
        return wording.over(words)
    if len(words) > 4 or block.linked or block.mark or block.table or block.pressed:
        return 0
    return wording.over(words) & _CLAIMS


def _opened(found: Blocks, over: Sequence[int], total: int) -> list[int]:
    """Return for each place what the headings say that come first in it or in one around it."""
    places = found.places
    opened = [0] * len(places)
    begun = [False] * len(places)
    for block, bits in zip(found.blocks, over, strict=True):
        place = block.place
        while place >= 0 and not begun[place]:
            begun[place] = True
            if bits and places[place].chars < LARGEST_SHARE * total:
                opened[place] |= bits
            place = places[place].parent
    for n, each in enumerate(places):
        if each.parent >= 0:
            opened[n] |= opened[each.parent]
    return opened
