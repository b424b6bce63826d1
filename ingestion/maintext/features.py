"""What is so of each block of a page, as numbers: how it is written, where it stands, who voted for it. Pure.

What its words say is `wording`'s, under which heading it is `sections`', and what is around it `standing`'s.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import numpy as np

from ingestion.maintext import sections, standing, votes, wording
from ingestion.maintext.blocks import HEADINGS, Block, Blocks
from ingestion.markup.names import Sign

_ENDS = frozenset(".!?。！？…:;।؟")
_TAGS = ("p", "li", "td", "tr", "pre", "div", "dd", "dt", "blockquote", "h1", "h2", "h3", "section", "article")
_PLACE_OF_TAG = {tag: n for n, tag in enumerate(_TAGS)}
_TYPES = (
    re.compile(r"\"@type\"\s*:\s*\[?\"(\w{3,40})\""),
    re.compile(r"property=.og:type.\s+content=.([\w.]{3,30})"),
)
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
_PARTS = re.compile(r"[a-z]{1,20}")
_PATHS: dict[str, frozenset[str]] = {
    "article": wording.set_of("blog blogs news article articles story stories post wiki magazine"),
    "product": wording.set_of("product products item itm dp ip listing app game"),
    "list": wording.set_of(
        "category categories collection collections shop browse search tag tags list catalog catpage directory c"
    ),
    "forum": wording.set_of(
        "forum forums thread threads t topic questions discussion viewtopic showthread community talk"
    ),
    "docs": wording.set_of("doc docs documentation reference api guide guides manual man tutorial library"),
}
"""Words of an address, and what pages have them there."""
SURE_CHARS = 16
"""What a page's data says is looked for as it stands, but not what any menu says, too."""

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
    *(f"tag_{tag}" for tag in _TAGS),
    "said_again",
    "said_before",
    "in_data",
    "position",
    "position_end",
    "after_heading",
    *wording.NAMES,
    *sections.NAMES,
    *standing.NAMES,
    *standing.GROUP_NAMES,
    "page_first",
    "page_second",
    "page_agree",
    "page_linked",
    "page_log_chars",
    "page_punctuated",
    "page_log_blocks",
    "page_blocks_alike",
    "page_in_data",
    "page_signs_post",
    "page_signs_card",
    "page_signs_price",
    *(f"page_is_{name}" for name in ("article", "product", "list", "forum", "faq")),
    *(f"path_{name}" for name in _PATHS),
    "path_log_parts",
    *(f"{name}_{what}" for name in ("prev", "next") for what in ("first", "second", "linked", "log_chars", "ends")),
    "near_first",
    "near_second",
)


@dataclass(frozen=True, slots=True)
class Stated:
    """What a page says of itself outside its text: its titles, and what its data for machines holds, a text a line."""

    title: str = ""
    data: str = ""


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


def rows(found: Blocks, first: list[float], second: list[float], *, html: str, url: str, stated: Stated) -> Any:
    """Return the numbers of each block as a table, in the order of NAMES. `add_up` comes before."""
    blocks = found.blocks
    total = max(1, found.places[0].chars)
    words = [wording.words_of(block.text) for block in blocks]
    title = frozenset(word for word in wording.words_of(stated.title) if len(word) > 2)
    heading = next((n for n, block in enumerate(blocks) if block.tag == "h1"), -1)
    data = votes.key_of(stated.data)
    in_data = [1.0 if len(block.key) >= SURE_CHARS and block.key in data else 0.0 for block in blocks]
    simple = np.array([_simple(block, one, two) for block, one, two in zip(blocks, first, second, strict=True)])
    ends = simple[:, NAMES.index("ends_as_sentence")]
    page = [*_page(found, first, second, in_data, total), *_stated(html), *_path(url)]
    parts = [
        simple,
        np.array(_in_order(blocks, in_data, heading, total)),
        np.array([wording.numbers(block.text, said, title) for block, said in zip(blocks, words, strict=True)]),
        sections.numbers(found, words, total),
        standing.numbers(found, total, heading),
        np.array(standing.of_groups(found, first, second, ends.tolist(), total)),
        np.broadcast_to(np.array(page), (len(blocks), len(page))),
        _beside(simple),
    ]
    return np.hstack(parts).astype(np.float32)


def _simple(block: Block, one: float, two: float) -> list[float]:
    text = block.text
    chars = max(1, len(text))
    words = text.count(" ") + 1
    linked = block.linked / chars
    ends = ends_as_sentence(text)
    start = text[:200]
    numbers = [
        one,
        two,
        one * two,
        (1 - one) * (1 - two),
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
        *(0.0 for _ in _TAGS),
    ]
    if (tag := _PLACE_OF_TAG.get(block.tag)) is not None:
        numbers[tag - len(_TAGS)] = 1.0
    return numbers


def _in_order(blocks: Sequence[Block], in_data: Sequence[float], heading: int, total: int) -> list[list[float]]:
    counts = Counter(block.key for block in blocks)
    seen: set[str] = set()
    numbers: list[list[float]] = []
    so_far = 0
    for n, block in enumerate(blocks):
        after = math.log1p(abs(n - heading)) / 7
        numbers.append(
            [
                1.0 if counts[block.key] > 1 else 0.0,
                1.0 if block.key in seen else 0.0,
                in_data[n],
                so_far / total,
                1 - so_far / total,
                -2.0 if heading < 0 else after if n >= heading else -after,
            ]
        )
        seen.add(block.key)
        so_far += len(block.text)
    return numbers


def _beside(simple: Any) -> Any:
    """Return what is so of the blocks before and after each, and of how many around it either extractor took."""
    names = [NAMES.index(name) for name in ("first", "second", "linked", "log_chars", "ends_as_sentence")]
    own = simple[:, names]
    before, after = np.vstack([own[:1], own[:-1]]), np.vstack([own[1:], own[-1:]])
    return np.hstack([before, after, _around(simple[:, :2], 4)])


def _around(numbers: Any, reach: int) -> Any:
    """Return for each row the means of the rows up to `reach` before and after it, itself with them."""
    count = len(numbers)
    sums = np.vstack([np.zeros((1, numbers.shape[1])), np.cumsum(numbers, axis=0)])
    low = np.maximum(np.arange(count) - reach, 0)
    high = np.minimum(np.arange(count) + reach, count - 1) + 1
    return (sums[high] - sums[low]) / (high - low)[:, None]


def _stated(html: str) -> list[float]:
    """Return what the page says that it is, in its linked data and og:type."""
    said = " ".join(each for pattern in _TYPES for each in pattern.findall(html)).lower()
    return [1.0 if pattern.search(said) else 0.0 for pattern in _STATED]


def _path(url: str) -> list[float]:
    """Return what kinds of pages have such an address."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return [0.0] * (len(_PATHS) + 1)
    said = _PARTS.findall(f"{(parts.hostname or '').rpartition('.')[0]}/{parts.path}".lower()[:500])
    return [
        *(0.0 if words.isdisjoint(said) else 1.0 for words in _PATHS.values()),
        math.log1p(len(parts.path.strip("/").split("/")) if parts.path.strip("/") else 0) / 2,
    ]


def _page(found: Blocks, first: list[float], second: list[float], in_data: list[float], total: int) -> list[float]:
    root = found.places[0]
    sizes = [len(block.text) for block in found.blocks]
    both = sum(size for size, one, two in zip(sizes, first, second, strict=True) if one and two)
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
        sum(size for size, each in zip(sizes, in_data, strict=True) if each) / total,
        *signs,
    ]
