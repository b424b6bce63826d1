"""What is so of each block of a page, as numbers: how it is written, where it stands, who voted for it. Pure."""

from __future__ import annotations

import math
import re
from collections import Counter

from ingestion.maintext.blocks import HEADINGS, Block, Blocks, Place
from ingestion.markup.names import Sign

_ENDS = frozenset(".!?。！？…:;।؟")
_TAGS = ("p", "li", "td", "tr", "pre", "div", "dd", "dt", "blockquote", "h1", "h2", "h3", "section", "article")
_SIGNS = tuple(Sign)
_LEVELS = 4
_TYPES = re.compile(r"\"@type\"\s*:\s*\[?\"(\w{3,40})\"|property=.og:type.\s+content=.([\w.]{3,30})")
_STATED = tuple(
    re.compile(pattern)
    for pattern in (
        r"article|blogposting|recipe|report",
        r"\bproduct\b|offer\b",
        r"itemlist|collectionpage|searchresults|product.group",
        r"discussionforum|qapage|\bquestion\b",
        r"faqpage",
    )
)

NAMES: tuple[str, ...] = (
    "first",
    "second",
    "both",
    "neither",
    "log_chars",
    "log_words",
    "tiny",
    "linked",
    "all_linked",
    "ends_as_sentence",
    "long_sentence",
    "digits",
    "upper",
    "bold",
    "pressed",
    "listed",
    "heading",
    "copyright",
    "in_table",
    "said_again",
    "depth",
    "position",
    "position_end",
    "before_h1",
    "has_h1",
    "at_h1",
    *(f"tag_{tag}" for tag in _TAGS),
    *(f"sign_{sign.name}" for sign in _SIGNS),
    *(f"own_{sign.name}" for sign in _SIGNS),
    *(
        f"{what}_{level}"
        for level in range(_LEVELS)
        for what in ("log_chars", "linked", "first", "second", "punctuated", "share", "per_block", "alike")
    ),
    "page_first",
    "page_second",
    "page_agree",
    "page_linked",
    "page_log_chars",
    "page_punctuated",
    "page_log_blocks",
    "page_blocks_alike",
    "page_signs_post",
    "page_signs_card",
    "page_signs_price",
    *(f"page_is_{name}" for name in ("article", "product", "list", "forum", "faq")),
    "prev_first",
    "next_first",
    "prev_second",
    "next_second",
    "prev_linked",
    "next_linked",
    "prev_log_chars",
    "next_log_chars",
    "prev_ends",
    "next_ends",
    "near_first",
    "near_second",
)


def add_up(found: Blocks, first: list[float], second: list[float]) -> None:
    """Add to every place what is so of the blocks in it."""
    places = found.places
    for block, one, two in zip(found.blocks, first, second, strict=True):
        place = places[block.place]
        chars = len(block.text)
        place.chars += chars
        place.linked += block.linked
        place.blocks += 1
        place.first += one * chars
        place.second += two * chars
        place.punctuated += chars if ends_as_sentence(block.text) else 0
    alike: Counter[tuple[int, str]] = Counter()
    for place in reversed(places):
        if place.parent < 0:
            continue
        above = places[place.parent]
        above.chars += place.chars
        above.linked += place.linked
        above.blocks += place.blocks
        above.first += place.first
        above.second += place.second
        above.punctuated += place.punctuated
        if place.blocks:
            alike[place.parent, place.signature] += 1
    for place in places:
        place.alike = alike[place.parent, place.signature]


def ends_as_sentence(text: str) -> bool:
    """Return whether a text ends with a mark of punctuation."""
    return text.rstrip("\"')]”’»")[-1:] in _ENDS


def rows(found: Blocks, first: list[float], second: list[float], html: str) -> list[list[float]]:
    """Return the numbers of each block, in the order of NAMES. `add_up` comes before."""
    blocks = found.blocks
    total = max(1, found.places[0].chars)
    page = _page(found, first, second, total) + _stated(html)
    counts = Counter(block.key for block in blocks)
    titles = [n for n, block in enumerate(blocks) if block.tag == "h1"]
    h1 = titles[0] if titles else -1
    of_place: dict[int, list[float]] = {}
    own: list[list[float]] = []
    so_far = 0
    simple = [_simple(block) for block in blocks]
    last = len(blocks) - 1
    for n, block in enumerate(blocks):
        if block.place not in of_place:
            of_place[block.place] = _place(found, block.place, total)
        one, two = first[n], second[n]
        before, after = max(0, n - 1), min(last, n + 1)
        low, high = max(0, n - 4), min(last, n + 4) + 1
        own.append(
            [
                one,
                two,
                one * two,
                (1 - one) * (1 - two),
                *simple[n],
                1.0 if counts[block.key] > 1 else 0.0,
                found.places[block.place].depth / 20,
                so_far / total,
                1 - so_far / total,
                1.0 if n < h1 else 0.0,
                1.0 if h1 >= 0 else 0.0,
                1.0 if n == h1 else 0.0,
                *(1.0 if block.tag == tag else 0.0 for tag in _TAGS),
                *of_place[block.place],
                *page,
                first[before],
                first[after],
                second[before],
                second[after],
                simple[before][3],
                simple[after][3],
                simple[before][0],
                simple[after][0],
                simple[before][5],
                simple[after][5],
                sum(first[low:high]) / (high - low),
                sum(second[low:high]) / (high - low),
            ]
        )
        so_far += len(block.text)
    return own


def _simple(block: Block) -> list[float]:
    text = block.text
    chars = max(1, len(text))
    words = text.count(" ") + 1
    linked = block.linked / chars
    ends = ends_as_sentence(text)
    start = text[:200]
    return [
        math.log1p(chars) / 7,
        math.log1p(words) / 5,
        1.0 if chars < 4 else 0.0,
        linked,
        1.0 if linked > 0.9 else 0.0,
        1.0 if ends else 0.0,
        1.0 if ends and words > 12 else 0.0,
        sum(map(str.isdigit, start)) / len(start or " "),
        sum(map(str.isupper, start)) / len(start or " "),
        1.0 if block.bold else 0.0,
        1.0 if block.pressed else 0.0,
        1.0 if block.mark else 0.0,
        1.0 if block.tag in HEADINGS else 0.0,
        1.0 if "©" in text or "all rights reserved" in text.lower() else 0.0,
        1.0 if block.table else 0.0,
    ]


def _place(found: Blocks, index: int, total: int) -> list[float]:
    place: Place = found.places[index]
    numbers = [1.0 if place.signs & sign else 0.0 for sign in _SIGN_BITS]
    near = place.own | (found.places[place.parent].own if place.parent >= 0 else 0)
    numbers += [1.0 if near & sign else 0.0 for sign in _SIGN_BITS]
    for _ in range(_LEVELS):
        chars = max(1, place.chars)
        numbers += [
            math.log1p(chars) / 10,
            place.linked / chars,
            place.first / chars,
            place.second / chars,
            place.punctuated / chars,
            chars / total,
            math.log1p(chars / max(1, place.blocks)) / 6,
            math.log1p(min(place.alike, 50)) / 4,
        ]
        if place.parent >= 0:
            place = found.places[place.parent]
    return numbers


_SIGN_BITS = tuple(int(sign) for sign in _SIGNS)


def _stated(html: str) -> list[float]:
    """Return what the page says that it is, in its linked data and og:type."""
    said = " ".join(one or other for one, other in _TYPES.findall(html)).lower()
    return [1.0 if pattern.search(said) else 0.0 for pattern in _STATED]


def _page(found: Blocks, first: list[float], second: list[float], total: int) -> list[float]:
    root = found.places[0]
    both = sum(len(block.text) for block, one, two in zip(found.blocks, first, second, strict=True) if one and two)
    either = max(1.0, root.first + root.second - both)
    signs = [0.0, 0.0, 0.0]
    for block in found.blocks:
        held = found.places[block.place].signs
        for n, sign in enumerate((Sign.POST, Sign.CARD, Sign.PRICE)):
            if held & int(sign):
                signs[n] += len(block.text) / total
    alike = sum(1 for block in found.blocks if found.places[block.place].alike > 3) / max(1, len(found.blocks))
    return [
        root.first / total,
        root.second / total,
        both / either,
        root.linked / total,
        math.log1p(total) / 12,
        root.punctuated / total,
        math.log1p(len(found.blocks)) / 8,
        alike,
        *signs,
    ]
