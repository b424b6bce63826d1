"""The order of sets: one that depends on their members alone, and on no process (a set's own follows the hash seed)."""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Mapping, Set
from functools import lru_cache
from typing import Any

from pydantic import BaseModel, RootModel, TypeAdapter

_MISSING = object()
_MAY_BE_SETS = frozenset({"any", "is-instance", "function-plain", "set", "frozenset"})

canonical = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode


@lru_cache(maxsize=1024)
def may_hold_sets(adapter: TypeAdapter[Any]) -> bool:
    """Say whether values of the adapter's type may have sets anywhere in them."""
    open_parts: list[Any] = [adapter.core_schema]
    met = set()
    while open_parts:
        part = open_parts.pop()
        if id(part) in met:
            continue
        met.add(id(part))
        if isinstance(part, Mapping):
            kind = part.get("type")
            if (isinstance(kind, str) and kind in _MAY_BE_SETS) or part.get("extra_behavior") == "allow":
                return True
            open_parts.extend(part.values())
        elif isinstance(part, list | tuple):
            open_parts.extend(part)
    return False


def _refuse(value: Any) -> Any:
    raise TypeError


_written = json.JSONEncoder(default=_refuse, ensure_ascii=False).encode


def _is_json(value: Any) -> bool:
    """Say whether the value is JSON as it stands, tuples included. Costs what writing it costs, in C."""
    try:
        _written(value)
    except (TypeError, ValueError, RecursionError):
        return False
    return True


def in_order(value: Any, data: Any) -> Any:
    """Return the JSON `data` that was made of `value`, with the members of every set sorted by their canonical text."""
    return data if _is_json(value) else _in_order(value, data)


def _in_order(value: Any, data: Any) -> Any:
    if isinstance(value, RootModel):
        return _in_order(value.root, data)
    if isinstance(data, list):
        return _list_in_order(value, data)
    return _dict_in_order(value, data) if isinstance(data, dict) else data


def _list_in_order(value: Any, data: list[Any]) -> list[Any]:
    if not isinstance(value, Set | list | tuple | deque) or len(value) != len(data):
        return data
    # A set is gone through in the same order by pydantic and here.
    items = [_in_order(item, each) for item, each in zip(value, data, strict=True)]
    return sorted(items, key=canonical) if isinstance(value, Set) else items


def _dict_in_order(value: Any, data: dict[str, Any]) -> dict[str, Any]:
    if isinstance(value, Mapping):
        if len(value) != len(data):
            return data
        return {name: _in_order(item, each) for item, (name, each) in zip(value.values(), data.items(), strict=True)}
    fields: dict[str, Any] = dict(getattr(value, "__dict__", ()))
    if isinstance(value, BaseModel):
        fields.update(value.__pydantic_extra__ or {})
    return {name: _in_order(fields.get(name, getattr(value, name, _MISSING)), each) for name, each in data.items()}
