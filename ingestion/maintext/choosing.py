"""From how likely each block is the page's own to the blocks that are kept. Pure.

The set is the one whose F1 is expected to be the best (Lewis 1995): on a page whose blocks are all doubtful it takes
more of them than a fixed bound would, on a plain article it takes only what is sure. Then structure has its say: a
table is kept or left as a whole, and a question is kept with its answer.
"""

from __future__ import annotations

from itertools import pairwise

from ingestion.maintext.blocks import HEADINGS, Blocks

CLOSE = 0.02
SURE_PAGE = 0.8
LIST_WHEN_OVER = 0.6
LEAST_OF_HEADING = 0.1
_ASKING = frozenset({"summary", "dt"})


def chosen(found: Blocks, shares: list[float], first: list[float]) -> list[bool]:
    """Return for each block whether it is kept. `first` is trafilatura's vote.

    Where that is expected to do as well, within CLOSE, on a page that is plainly one text, it is taken as it stands.
    """
    if not shares:
        return []
    sizes = [block.text.count(" ") + 1.0 for block in found.blocks]
    expected_all = sum(share * size for share, size in zip(shares, sizes, strict=True))
    taken, best = _best(shares, sizes, expected_all)
    voted = [vote > 0 for vote in first]
    if best >= SURE_PAGE and _expected(voted, shares, sizes, expected_all) >= best - CLOSE:
        taken = voted
    return taken


def _best(shares: list[float], sizes: list[float], expected_all: float) -> tuple[list[bool], float]:
    order = sorted(range(len(shares)), key=lambda n: -shares[n])
    right = size = best = 0.0
    count = 0
    for rank, n in enumerate(order, start=1):
        right += shares[n] * sizes[n]
        size += sizes[n]
        if (expected := 2 * right / (size + expected_all)) > best:
            best, count = expected, rank
    taken = [False] * len(shares)
    for n in order[:count]:
        taken[n] = True
    return taken, best


def _expected(taken: list[bool], shares: list[float], sizes: list[float], expected_all: float) -> float:
    right = sum(share * size for take, share, size in zip(taken, shares, sizes, strict=True) if take)
    size = sum(each for take, each in zip(taken, sizes, strict=True) if take)
    return 2 * right / (size + expected_all) if size else 0.0


def with_structure(found: Blocks, taken: list[bool], shares: list[float]) -> list[bool]:
    """Return the choice with tables and lists as a whole, headings over what is kept, and answers to their
    questions."""
    taken = list(taken)
    for parts, least in ((_tables(found), 0.5), (_lists(found), LIST_WHEN_OVER)):
        for part in parts:
            kept = sum(taken[n] for n in part) >= least * len(part)
            for n in part:
                taken[n] = kept or (taken[n] and least > 0.5)
    blocks = found.blocks
    for n, (block, after) in enumerate(pairwise(blocks)):
        over = block.tag in HEADINGS or block.tag in _ASKING or block.pressed
        if over and not taken[n] and taken[n + 1] and after.tag not in HEADINGS and shares[n] > LEAST_OF_HEADING:
            taken[n] = True
        asks = taken[n] and (block.tag in _ASKING or block.text.rstrip().endswith(("?", "？", "؟")))
        if asks and after.tag not in HEADINGS and 2 * after.linked < len(after.text) and not after.pressed:
            taken[n + 1] = True
    return taken


def _tables(found: Blocks) -> list[list[int]]:
    tables: dict[int, list[int]] = {}
    for n, block in enumerate(found.blocks):
        if block.table:
            tables.setdefault(block.table, []).append(n)
    return list(tables.values())


def _lists(found: Blocks) -> list[list[int]]:
    """Return the items of each list, those of lists of links left out."""
    lists: dict[int, list[int]] = {}
    for n, block in enumerate(found.blocks):
        if block.mark and found.places[block.place].tag == "li":
            lists.setdefault(found.places[block.place].parent, []).append(n)
    return [
        items
        for place, items in lists.items()
        if found.places[place].linked * 2 < found.places[place].chars and len(items) > 1
    ]
