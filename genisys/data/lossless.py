"""What Python data would silently lose on its way to JSON: what can be read only once, and keys that JSON writes alike.

pydantic reads an iterator to its end, even a file or one without an end, and of two keys that JSON writes alike, such
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
    """What a cheap first look at a value finds: how many keys its JSON should have, and whether it may hold sets."""

    keys: int
    sets: bool

    def lacks_keys(self, raw: bytes) -> bool:
        """Return whether the value's JSON has another number of keys: some may have overwritten others."""
        return raw.count(KEY_END) != self.keys


KEY_END = b'":'
"""Each key in JSON ends so. Texts may hold it too, but as often before as after."""

NOTHING = Seen(0, False)


def seen_in(value: Any) -> Seen | None:
    """Return what one pass in C finds; None where something may be lost, and `loss` has to look."""
    opened = _Opened()
    encoder = json.JSONEncoder(default=opened, ensure_ascii=False, separators=(",", ":"))
    try:
        text = encoder.encode(value)
    except (TypeError, ValueError, RecursionError, AttributeError):
        return None
    return Seen(text.count('":'), opened.sets)


class _Opened:
    """Gives the encoder the contents of objects that it does not know."""

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
        self.sets = True  # It may hold any.
        return None


def loss(value: Any, *, depth: int) -> tuple[Place, str] | None:
    """Return the place of the first loss in Python data and a sentence of what is lost; None where nothing is.

    Looks at most `depth` levels deep, and into models, dataclasses and the containers of Python's own library.
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
    """Return whether the value is an iterator: a generator, an open file, what `zip` and `map` return."""
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
    """Return the text as which two keys are written, "" where no two are alike."""
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
