"""Where a block stands: what is so of the places around it, how near to the page's heading, in what list. Pure."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ingestion.maintext.blocks import Blocks, Place
from ingestion.maintext.sections import bits
from ingestion.markup.names import Sign

LEVELS = 4
CARDS = 3
"""So many places alike beside each other are a list, and each of them a card."""
MOST_UP = 12
CORE = 0.8
"""The core of a vote is the smallest place with so much of what it took."""

NAMES = (
    "depth",
    *(f"sign_{sign.name}" for sign in Sign),
    *(f"own_{sign.name}" for sign in Sign),
    *(
        f"{what}_{level}"
        for level in range(LEVELS)
        for what in ("log_chars", "linked", "first", "second", "punctuated", "share", "per_block", "alike")
    ),
    "out_of_main",
    "articles",
    "from_heading",
    "from_first",
    "from_second",
    "cards",
    "card_up",
    "card_log_chars",
    "list_share",
    "list_linked",
    "list_first",
    "list_second",
    "list_punctuated",
    "list_of_largest",
)
GROUP_NAMES = (
    "group_log_count",
    "group_log_chars",
    "group_linked",
    "group_first",
    "group_second",
    "group_share",
    "group_punctuated",
    "group_distinct",
)


def numbers(found: Blocks, total: int, heading: int) -> Any:
    """Return the numbers of each block's place as a table, in the order of NAMES; `heading` is the block of the
    page's own, or -1."""
    places = found.places
    row_of = {at: n for n, at in enumerate(dict.fromkeys(block.place for block in found.blocks))}
    held = [places[at] for at in row_of]
    own = [place.own | (places[place.parent].own if place.parent >= 0 else 0) for place in held]
    table = np.hstack(
        [
            np.array([[place.depth / 20] for place in held]),
            bits([place.signs for place in held], len(Sign)),
            bits(own, len(Sign)),
            np.array(_measured(found, list(row_of), total, heading)),
        ]
    )
    return table[[row_of[block.place] for block in found.blocks]]


def _measured(found: Blocks, held: Sequence[int], total: int, heading: int) -> list[list[float]]:
    """Return what is measured of these places and of those around each."""
    places = found.places
    main = int(Sign.MAIN_ELEMENT)
    has_main = any(place.own & main and place.chars for place in places)
    articles = math.log1p(sum(1 for place in places if place.tag == "article" and place.chars)) / 4
    near = [
        _steps_up(places, found.blocks[heading].place if heading >= 0 else -1),
        _steps_up(places, _core(places, [place.first for place in places])),
        _steps_up(places, _core(places, [place.second for place in places])),
    ]
    lists = _list_of(found)
    largest = max((places[places[each].parent].chars for each in lists.values() if each > 0), default=0)
    return [
        [
            *_around(places, places[at], total),
            1.0 if has_main and not places[at].signs & main else 0.0,
            articles,
            *(steps[at] / 10 for steps in near),
            *_cards(places, at, lists[at], total, largest),
        ]
        for at in held
    ]


def _around(places: Sequence[Place], place: Place, total: int) -> list[float]:
    numbers: list[float] = []
    for _ in range(LEVELS):
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
            place = places[place.parent]
    return numbers


def _core(places: Sequence[Place], took: Sequence[float]) -> int:
    """Return the smallest place with most of what a vote took, or -1."""
    if not took or not took[0]:
        return -1
    return max(n for n, each in enumerate(took) if each >= CORE * took[0])


def _steps_up(places: Sequence[Place], start: int) -> list[int]:
    """Return for each place how far up from `start` the first place is that holds both; -1 for none."""
    steps = [-1] * len(places)
    at, up = start, 0
    while at >= 0:
        steps[at] = up
        at, up = places[at].parent, up + 1
    if start >= 0:
        for n, place in enumerate(places):
            if steps[n] < 0:
                steps[n] = steps[place.parent]
    return steps


def _list_of(found: Blocks) -> dict[int, int]:
    """Return for each place that holds a block the nearest one of several alike that it is in, or -1."""
    places = found.places
    lists: dict[int, int] = {}
    for block in found.blocks:
        if block.place in lists:
            continue
        at = block.place
        for _ in range(MOST_UP):
            if at < 0 or places[at].alike >= CARDS:
                break
            at = places[at].parent
        lists[block.place] = at if at >= 0 and places[at].alike >= CARDS else -1
    return lists


def _cards(places: Sequence[Place], at: int, card: int, total: int, largest: int) -> list[float]:
    if card < 0:
        return [0.0] * 9
    held = places[card]
    whole = places[held.parent] if held.parent >= 0 else held
    chars = max(1, whole.chars)
    return [
        math.log1p(min(held.alike, 50)) / 4,
        (places[at].depth - held.depth) / 10,
        math.log1p(held.chars) / 10,
        chars / total,
        whole.linked / chars,
        whole.first / chars,
        whole.second / chars,
        whole.punctuated / chars,
        chars / max(1, largest),
    ]


@dataclass(slots=True)
class _Group:
    count: int = 0
    chars: int = 0
    linked: int = 0
    first: float = 0.0
    second: float = 0.0
    punctuated: int = 0
    keys: int = 0


_Make = tuple[str, str, str, str]


def _makes_of(found: Blocks) -> list[_Make]:
    """Return of what make each block is: its tag, and what it and the two places around it are called."""
    places = found.places
    by_place: dict[int, tuple[str, str, str]] = {}
    makes: list[_Make] = []
    for block in found.blocks:
        names = by_place.get(block.place)
        if names is None:
            around: list[str] = []
            at = block.place
            for _ in range(3):
                around.append(places[at].signature if at >= 0 else "")
                at = places[at].parent if at >= 0 else -1
            names = by_place[block.place] = (around[0], around[1], around[2])
        makes.append((block.tag, *names))
    return makes


def of_groups(
    found: Blocks,
    first: Sequence[float],
    second: Sequence[float],
    ends: Sequence[float],
    total: int,
) -> list[list[float]]:
    """Return the numbers of all blocks of a block's make, in the order of GROUP_NAMES."""
    makes = _makes_of(found)
    groups: defaultdict[_Make, _Group] = defaultdict(_Group)
    seen: set[tuple[_Make, str]] = set()
    for n, (block, make) in enumerate(zip(found.blocks, makes, strict=True)):
        group = groups[make]
        group.count += 1
        group.chars += len(block.text)
        group.linked += block.linked
        group.first += first[n]
        group.second += second[n]
        group.punctuated += int(ends[n])
        if (make, block.key) not in seen:
            seen.add((make, block.key))
            group.keys += 1
    rows = {make: _of_group(group, total) for make, group in groups.items()}
    return [rows[make] for make in makes]


def _of_group(group: _Group, total: int) -> list[float]:
    count = group.count
    return [
        math.log1p(min(count, 200)) / 5,
        math.log1p(group.chars / count) / 7,
        group.linked / max(1, group.chars),
        group.first / count,
        group.second / count,
        group.chars / total,
        group.punctuated / count,
        group.keys / count,
    ]
