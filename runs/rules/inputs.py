"""The input of a run, validated against the workflow's input type; a field that the type does not know is refused."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from typing import Any

from pydantic import BaseModel, ValidationError
from pydantic_core import InitErrorDetails, PydanticCustomError

Place = tuple[str | int, ...]


def parsed(wanted: type[BaseModel], data: dict[str, Any]) -> BaseModel:
    """Return the input as its type has it.

    Raises pydantic's ValidationError where it does not fit, and where it has a field, at any depth, that the type does
    not know: a misspelt name would otherwise silently leave its field at the default. A model that sets `extra` decides
    for itself.
    """
    # First: a misspelt name is usually a missing field too, and "missing" would be the less helpful error.
    _refuse(wanted, [(name,) for name in _unknown(wanted, data)])
    value = wanted.model_validate(data)
    _refuse(wanted, list(_strange(value, data)))
    return value


def _refuse(wanted: type[BaseModel], places: list[Place]) -> None:
    errors: list[InitErrorDetails] = [
        {"type": PydanticCustomError("extra_forbidden", "There is no such field"), "loc": place, "input": None}
        for place in places
    ]
    if errors:
        raise ValidationError.from_exception_data(wanted.__name__, errors)


def _strange(value: Any, given: Any, at: Place = ()) -> Iterator[Place]:
    """Find what was given and is not in the value made of it; what a validator has reshaped is not compared."""
    if isinstance(value, BaseModel) and isinstance(given, dict):
        yield from ((*at, name) for name in _unknown(type(value), given))
        for name in type(value).model_fields:
            for key in _keys(type(value), name) & given.keys():
                yield from _strange(getattr(value, name), given[key], (*at, key))
    elif is_dataclass(value) and isinstance(given, dict):
        known = {field.name for field in fields(value)}
        if not getattr(value, "__pydantic_config__", {}).get("extra"):
            yield from ((*at, name) for name in sorted(given.keys() - known))
        for name in sorted(known & given.keys()):
            yield from _strange(getattr(value, name, None), given[name], (*at, name))
    elif isinstance(value, dict) and isinstance(given, dict):
        if len(value) < len(given):  # of a TypedDict; a mapping keeps all its keys
            yield from ((*at, name) for name in sorted(given.keys() - value.keys()))
        for key in given.keys() & value.keys():
            yield from _strange(value[key], given[key], (*at, key))
    elif isinstance(value, list | tuple) and isinstance(given, list) and len(value) == len(given):
        for place, (one, of) in enumerate(zip(value, given, strict=True)):
            yield from _strange(one, of, (*at, place))


def _unknown(wanted: type[BaseModel], given: dict[str, Any]) -> list[str]:
    if wanted.model_config.get("extra"):
        return []
    known = set().union(*(_keys(wanted, name) for name in wanted.model_fields))
    return sorted(given.keys() - known)


def _keys(wanted: type[BaseModel], name: str) -> set[str]:
    """Return the names under which a field may be given."""
    keys = {name}
    for alias in (wanted.model_fields[name].alias, wanted.model_fields[name].validation_alias):
        if isinstance(alias, str):
            keys.add(alias)
        elif alias is not None:
            paths = getattr(alias, "choices", [alias])
            keys |= {path if isinstance(path, str) else str(path.path[0]) for path in paths}
    return keys
