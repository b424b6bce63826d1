"""From how likely each block is the page's own to the blocks that are kept. Pure.

The set is the one whose F1 is expected to be the best (Lewis 1995): on a page whose blocks are all doubtful it takes
more of them than a fixed bound would, on a plain article it takes only what is sure. Then structure has its say: a
table is kept or left as a whole, and a question is kept with its answer.
"""

from __future__ import annotations

from itertools import pairwise

from ingestion.maintext.blocks import HEADINGS, Block, Blocks
from ingestion.markup.names import Sign

LIST_WHEN_OVER = 0.6
LEAST_OF_HEADING = 0.1
MOST_OF_LEAD = 6
LEAST_WORDS_OF_LEAD = 5
LEAST_WORDS_UNDER_HEADING = 2
"""A heading of its own says what even a short line is: NAME, and then "git-log - Show commit logs"."""
_NO_LEAD = int(
    Sign.NAV
    | Sign.FORM
    | Sign.META
    | Sign.AUTHOR
    | Sign.TAGS
    | Sign.SHARE
    | Sign.BREADCRUMB
    | Sign.COOKIE
    | Sign.MODAL
    | Sign.RELATED
    | Sign.PROMO
    | Sign.FACET
    | Sign.COMMENT
)
_ASKING = frozenset({"summary", "dt"})


def chosen(found: Blocks, shares: list[float]) -> list[bool]:
    """Return for each block whether it is kept."""
    sizes = [block.text.count(" ") + 1.0 for block in found.blocks]
    expected_all = sum(share * size for share, size in zip(shares, sizes, strict=True))
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
    return taken


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
    for n in range(len(blocks) - 2, -1, -1):
        # From the end, so that a heading over headings sees which of those are kept.
        if not taken[n] and taken[n + 1] and shares[n] > LEAST_OF_HEADING and _is_over(blocks[n], blocks[n + 1]):
            taken[n] = True
    for n, (block, after) in enumerate(pairwise(blocks)):
        asks = block.tag in _ASKING or block.text.rstrip().endswith(("?", "？", "؟"))
        opens = n > 0 and taken[n - 1] and shares[n] > LEAST_OF_HEADING and _opens(found, block)
        if not asks or not (taken[n] or opens):
            continue
        if after.tag not in HEADINGS and 2 * after.linked < len(after.text) and not after.pressed:
            taken[n] = taken[n + 1] = True
    return _with_lead(found, taken)


def _opens(found: Blocks, block: Block) -> bool:
    """Return whether a click on a block shows what is under it."""
    return block.tag in _ASKING or block.pressed or bool(found.places[block.place].signs & Sign.FAQ)


def _is_over(block: Block, after: Block) -> bool:
    """Return whether a block is the heading, or the question, of the one after it."""
    if block.tag in HEADINGS:
        return after.tag not in HEADINGS or after.tag > block.tag
    return (block.tag in _ASKING or block.pressed) and after.tag not in HEADINGS


def _with_lead(found: Blocks, taken: list[bool]) -> list[bool]:
    """Return the choice with what stands under the page's first heading in one container with it, up to what is kept.

    Extractors drop a header with all that is in it: a manual page's name and what it does, an article's standfirst.
    """
    blocks, places = found.blocks, found.places
    at = next((n for n, block in enumerate(blocks) if block.tag == "h1"), None)
    if at is None or not any(taken[at + 1 :]):
        return taken
    holder = places[blocks[at].place].parent
    lead: list[int] = []
    for n in range(at + 1, min(len(blocks), at + 1 + MOST_OF_LEAD)):
        is_kept_text = taken[n] and blocks[n].tag not in HEADINGS  # a heading may be kept without what it is over
        if is_kept_text or not _within(found, blocks[n].place, holder):
            break
        lead.append(n)
    for n in lead:
        block, over = blocks[n], n - 1
        is_named = over > at and blocks[over].tag in HEADINGS and block.tag not in HEADINGS
        least = LEAST_WORDS_UNDER_HEADING if is_named else LEAST_WORDS_OF_LEAD
        prose = block.text.count(" ") >= least and 5 * block.linked < len(block.text)
        if prose and not block.pressed and not block.table and not places[block.place].signs & _NO_LEAD:
            taken[n] = True
            if is_named:
                taken[over] = True
    return taken


def _within(found: Blocks, place: int, holder: int) -> bool:
    while place > holder:
        place = found.places[place].parent
    return place == holder


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
