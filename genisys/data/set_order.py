"""The order of sets: one that depends on their members alone, and on no process (a set's own follows the hash seed)."""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Mapping, Set
from functools import lru_cache
from typing import Any

from pydantic import BaseModel, RootModel, TypeAdapter

from .schema_parts import parts_of

_MISSING = object()
_LOOSE = frozenset({"any", "is-instance", "function-plain", "set", "frozenset", "generator"})
_OWN_KEYS = frozenset({"str", "int"})
"""Types of a dict's keys of which no two are written alike."""

canonical = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode


@lru_cache(maxsize=1024)
def may_lose(adapter: TypeAdapter[Any]) -> bool:
    """Return whether values of the adapter's type may hold sets, or what JSON would lose (`lossless`)."""
    for part in parts_of(adapter.core_schema):
        if isinstance(part, Mapping):
            kind = part.get("type")
            extra = part.get("extra_behavior") or part.get("extra_fields_behavior")  # of fields, or in a model's config
            if (isinstance(kind, str) and kind in _LOOSE) or extra == "allow":
                return True
            if kind == "dict" and part.get("keys_schema", {}).get("type") not in _OWN_KEYS:
                return True
    return False


def in_order(value: Any, data: Any) -> Any:
    """Return the JSON `data` that was made of `value`, with the members of every set sorted by their canonical text."""
    if isinstance(value, RootModel):
        return in_order(value.root, data)
    if isinstance(data, list):
        return _list_in_order(value, data)
    return _dict_in_order(value, data) if isinstance(data, dict) else data


def _list_in_order(value: Any, data: list[Any]) -> list[Any]:
    if not isinstance(value, Set | list | tuple | deque) or len(value) != len(data):
        return data
    # pydantic iterates a set in the same order as this does.
    items = [in_order(item, each) for item, each in zip(value, data, strict=True)]
    return sorted(items, key=canonical) if isinstance(value, Set) else items


def _dict_in_order(value: Any, data: dict[str, Any]) -> dict[str, Any]:
    if isinstance(value, Mapping):
        if len(value) != len(data):
            return data
        return {name: in_order(item, each) for item, (name, each) in zip(value.values(), data.items(), strict=True)}
    fields: dict[str, Any] = dict(getattr(value, "__dict__", ()))
    if isinstance(value, BaseModel):
        fields.update(value.__pydantic_extra__ or {})
    return {name: in_order(fields.get(name, getattr(value, name, _MISSING)), each) for name, each in data.items()}
