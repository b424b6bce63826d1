"""Asking for many runs at once, so that one whose data cannot be read fails alone."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import TypeVar

from .errors import store_is_away

K = TypeVar("K")
V = TypeVar("V")


async def apart(
    keys: Sequence[K],
    answer: Callable[[Sequence[K]], Awaitable[Mapping[K, V]]],
    is_passing: Callable[[Exception], bool] = store_is_away,
) -> tuple[dict[K, V], dict[K, Exception]]:
    """Return what `answer` returns for the keys, and the error of each key for which it fails.

    It is called once where nothing fails; a fault costs about two more calls for each halving of the keys. An error
    that `is_passing` (a server that is away) is no fault of the data, and is raised for all.
    """
    if not keys:
        return {}, {}
    try:
        return dict(await answer(keys)), {}
    except Exception as error:
        if is_passing(error):
            raise
        if len(keys) == 1:
            return {}, {keys[0]: error}
    # By halves: one bad run among a thousand costs some twenty calls, not a thousand.
    middle = len(keys) // 2
    found, faults = await apart(keys[:middle], answer, is_passing)
    more, others = await apart(keys[middle:], answer, is_passing)
    return found | more, faults | others
