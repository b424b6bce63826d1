"""How many pages each group gets, and which. Pure.

The model's word on budgets is taken as far as it fits what was found; what it leaves open, rules share out.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Protocol, TypeGuard

from ingestion.choosing.groups import Group

REASON_CHARS = 80


class Sized(Protocol):
    """A group of which only the number of pages matters."""

    @property
    def count(self) -> int: ...


def by_rules(groups: Sequence[Group], limit: int) -> list[int]:
    """Return a number of pages for each group: by the root of its size and by its worth, at least one."""
    worth = [math.sqrt(len(group.urls)) * 2 ** (max(-4.0, min(4.0, group.score)) / 2) for group in groups]
    return shared(worth, [len(group.urls) for group in groups], limit)


def fitted(asked: Mapping[int, int], sizes: Sequence[int], limit: int) -> list[int] | None:
    """Return budgets that were asked for by group index, made to fit: none above its group, the limit in all.

    Every group keeps one page while there is room, so that no part of the site stays unknown. None where nothing that
    was asked for fits a group.
    """
    wanted = [max(0, min(asked.get(index, 0), size)) for index, size in enumerate(sizes)]
    if not any(wanted):
        return None
    if sum(wanted) > limit:
        return shared([float(each) for each in wanted], sizes, limit)
    floors = [max(each, min(1, size)) for each, size in zip(wanted, sizes, strict=True)]
    if sum(floors) > limit:
        return shared([float(each) for each in floors], sizes, limit)
    left = limit - sum(floors)
    rooms = [size - floor for size, floor in zip(sizes, floors, strict=True)]
    more = shared([each + 0.01 for each in floors], rooms, left)
    return [floor + each for floor, each in zip(floors, more, strict=True)]


def shared(weights: Sequence[float], sizes: Sequence[int], limit: int) -> list[int]:
    """Return `limit` shared out by weight, none above its size; the rest of a full one goes to the others."""
    given = [0] * len(sizes)
    in_order = sorted(range(len(sizes)), key=lambda index: (-weights[index], index))
    for index in in_order:
        if sum(given) < limit and sizes[index]:
            given[index] = 1
    while (left := min(limit, sum(sizes)) - sum(given)) > 0:
        open_ones = [index for index in in_order if given[index] < sizes[index]]
        total = sum(weights[index] for index in open_ones) or 1.0
        for index in open_ones:
            fair = max(1, math.floor(left * weights[index] / total))
            given[index] += min(fair, sizes[index] - given[index], max(0, min(limit, sum(sizes)) - sum(given)))
    return given


def choose(groups: Sequence[Group], budgets: Sequence[int], limit: int, first: Sequence[str] = ()) -> list[str]:
    """Return at most `limit` pages: `first`, then the best of each group up to its budget, in turns over the groups.

    Pages of `first` count in their group's budget; room that is left goes to the best that remain.
    """
    chosen = dict.fromkeys(first[:limit])
    queues = []
    for group, budget in zip(groups, budgets, strict=True):
        had = sum(url in chosen for url in group.urls)
        queues.append([url for url in group.urls if url not in chosen][: max(0, budget - had)])
    spare = [url for group in groups for url in group.urls]
    step = 0
    while len(chosen) < limit and any(step < len(queue) for queue in queues):
        for queue in queues:
            if step < len(queue) and len(chosen) < limit:
                chosen[queue[step]] = None
        step += 1
    for url in spare:
        if len(chosen) >= limit:
            break
        chosen.setdefault(url, None)
    return list(chosen)


def read(said: object, groups: Sequence[Sized], limit: int) -> tuple[list[int] | None, list[str]]:
    """Return the budgets that a model's answer gives, made to fit what was found, and its reasons by group.

    An entry is `{"n": 1, "pages": 20, "why": "..."}`, or a bare number: the parts in order of importance. Entries that
    name no group are passed over. None where nothing is left.
    """
    asked: dict[int, int] = {}
    reasons = [""] * len(groups)
    for entry in said if isinstance(said, list) else []:
        fields = entry if isinstance(entry, dict) else {"n": entry}
        number, pages, why = fields.get("n"), fields.get("pages"), fields.get("why")
        if not _is_number(number) or not 1 <= number <= len(groups) or number - 1 in asked:
            continue
        halved = max(1, (limit // 2) >> len(asked))  # the first of a bare order gets half, the next a quarter
        asked[number - 1] = pages if _is_number(pages) and pages > 0 else halved
        reasons[number - 1] = " ".join(why.split())[:REASON_CHARS] if isinstance(why, str) else ""
    return fitted(asked, [group.count for group in groups], limit), reasons


def _is_number(value: object) -> TypeGuard[int]:
    return isinstance(value, int) and not isinstance(value, bool)
