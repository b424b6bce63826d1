"""What Python data would lose on its way to JSON without a word: what can be read once only, and keys written alike.

pydantic reads an iterator to its end, be it a file or one that has none, and of two keys that JSON writes alike, such
as 1 and "1", it keeps the last. Neither gives back what was there.
"""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Iterable, Mapping, Set
from dataclasses import fields, is_dataclass
from datetime import date, time, timedelta
from decimal import Decimal
from enum import Enum
from pathlib import PurePath
from typing import Any, NamedTuple
from uuid import UUID

from pydantic import BaseModel, RootModel, SecretBytes, SecretStr
from pydantic_core import to_jsonable_python

Place = tuple[str | int, ...]


_LEAVES = (date, time, timedelta, Decimal, Enum, UUID, PurePath, bytes, bytearray, complex, SecretStr, SecretBytes)
"""Types that are written as one text or number."""


class Seen(NamedTuple):
    """What a first, cheap look at a value finds: how many keys its JSON should have, and whether sets may be in it."""

    keys: int
    sets: bool

    def lacks_keys(self, raw: bytes) -> bool:
        """Say whether the value's JSON has not that many keys: some may have been written over others."""
        return raw.count(KEY_END) != self.keys


KEY_END = b'":'
"""Each key of JSON ends so. Texts have it too, but as many before as after."""

NOTHING = Seen(0, False)


def seen_in(value: Any) -> Seen | None:
    """Look at a value at the cost of writing it in C; None where something may be lost, and `loss` has to look."""
    opened = _Opened()
    encoder = json.JSONEncoder(default=opened, ensure_ascii=False, separators=(",", ":"))
    try:
        text = encoder.encode(value)
    except (TypeError, ValueError, RecursionError, AttributeError):
        return None
    return Seen(text.count('":'), opened.sets)


class _Opened:
    """Gives the encoder what stands inside the objects that it does not know."""

    __slots__ = ("sets",)

    def __init__(self) -> None:
        self.sets = False

    def __call__(self, value: Any) -> Any:
        if isinstance(value, BaseModel):
            if isinstance(value, RootModel):
                return value.root
            more = value.__pydantic_extra__
            return {**value.__dict__, **more} if more else value.__dict__
        if isinstance(value, _LEAVES):
            return None
        if isinstance(value, deque):
            return list(value)
        if isinstance(value, Set):
            self.sets = True
            return list(value)
        if is_dataclass(value):
            return value.__dict__
        if reads_once(value):
            raise TypeError
        self.sets = True  # There is no telling.
        return None


def loss(value: Any, *, depth: int) -> tuple[Place, str] | None:
    """Return the place of the first loss in Python data and what is lost, as a sentence; None where nothing is.

    Looks `depth` levels deep at most, and into models, dataclasses and the containers of Python's own library.
    """
    left: list[tuple[Place, Any]] = [((), value)]
    while left:
        place, each = left.pop()
        if reads_once(each):
            return place, f"a value of type {type(each).__name__} can be read once only. Give what it yields: list(…)."
        if len(place) > depth:
            return None  # It is refused for its depth.
        if isinstance(each, Mapping) and (alike := _alike(each)):
            return place, f"two keys that JSON writes alike, as {alike[:60]!r}. Give keys that differ as text."
        left.extend(((*place, name), inner) for name, inner in _inside(each))
    return None


def reads_once(value: Any) -> bool:
    """Say whether the value is an iterator: a generator, an open file, what `zip` and `map` give."""
    return hasattr(type(value), "__next__") and not isinstance(value, BaseModel) and not is_dataclass(value)


def _inside(value: Any) -> Iterable[tuple[str | int, Any]]:
    """Return what the value holds, by the names or numbers of the places."""
    if isinstance(value, Mapping):
        return [(str(name), inner) for name, inner in value.items()]
    if isinstance(value, list | tuple | deque | Set):
        return enumerate(value)
    if isinstance(value, BaseModel):
        return [*value.__dict__.items(), *(value.__pydantic_extra__ or {}).items()]
    if is_dataclass(value) and not isinstance(value, type):
        return [(field.name, getattr(value, field.name, None)) for field in fields(value)]
    return ()


def _alike(value: Mapping[Any, Any]) -> str:
    """Return what two keys are both written as, "" where there are no two."""
    if all(type(key) is str for key in value):
        return ""
    met: set[str] = set()
    for key in value:
        try:
            (name,) = to_jsonable_python({key: None})
        except (ValueError, TypeError):
            continue  # It is refused for what it is.
        if name in met:
            return str(name)
        met.add(name)
    return ""
