"""The parts of pydantic's core schemas, from which one can tell what values of a type may hold."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any


def parts_of(schema: Any) -> Iterator[Any]:
    """Yield a core schema and all that is in it, mappings, lists and leaves, each once: schemas may be recursive."""
    open_parts, met = [schema], set()
    while open_parts:
        part = open_parts.pop()
        if id(part) in met:
            continue
        met.add(id(part))
        yield part
        if isinstance(part, Mapping):
            open_parts.extend(part.values())
        elif isinstance(part, list | tuple):
            open_parts.extend(part)
