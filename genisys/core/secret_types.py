"""Which types hold secrets, and where the secrets are in a value: pydantic's own `SecretStr` and `SecretBytes`.

pydantic writes a secret as asterisks. Replay needs the value itself, so arguments and results are dumped twice, once as
JSON and once as the objects that hold the secrets, and each secret takes the place of its asterisks.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from enum import Enum
from functools import lru_cache
from typing import Any

from pydantic import Secret, SecretBytes, SecretStr, TypeAdapter

from ..data.schema_parts import parts_of
from ..errors import SecretError

MASK = "**********"
SHORTEST = 4
"""Characters below which a secret cannot be told from other text."""


class Holds(Enum):
    """Whether values of a type may hold secrets."""

    NONE = "none"
    MARKED = "marked"
    UNKNOWN = "unknown"


def holds(schema: Any) -> Holds:
    """Return whether values of a pydantic core schema may hold secrets; UNKNOWN where it takes anything."""
    found = Holds.NONE
    for part in parts_of(schema):
        if isinstance(part, Mapping):
            if part.get("type") == "any" or part.get("extra_fields_behavior") == "allow":
                found = Holds.UNKNOWN
        elif _is_of_a_secret(part):
            return Holds.MARKED
    return found


def _is_of_a_secret(part: Any) -> bool:
    # The functions by which pydantic makes and writes its secrets; `Secret[...]` has no class of its own in a schema.
    return getattr(part, "__module__", "") == "pydantic.types" and "ecret" in getattr(part, "__qualname__", "")


def in_values(data: Any) -> Iterator[str]:
    """Yield every non-empty secret in plain Python data. Raises ValueError for one that cannot be hidden."""
    if isinstance(data, SecretStr | SecretBytes | Secret):
        if value := _revealed(data):
            yield value
    elif isinstance(data, dict):
        for key, value in data.items():
            yield from in_values(key)
            yield from in_values(value)
    elif isinstance(data, list | tuple | set | frozenset):
        for value in data:
            yield from in_values(value)


def checked(values: Iterable[str]) -> set[str]:
    """Return the secrets, none of which is too short. Raises SecretError."""
    given = set(values) - {""}
    if any(len(value) < SHORTEST for value in given):
        raise SecretError(
            f"a secret of fewer than {SHORTEST} characters cannot be told from other text, and so not be hidden. "
            "Use a longer one, or a plain `str` if it is none."
        )
    return given


def revealed(data: Any, python: Any) -> Any:
    """Return the JSON data with the secrets from the same places of the Python data. Raises ValueError."""
    count = 0

    def walk(data: Any, python: Any) -> Any:
        nonlocal count
        if isinstance(python, SecretStr | SecretBytes | Secret):
            count += 1
            return _revealed(python)
        if isinstance(data, dict) and isinstance(python, dict) and len(data) == len(python):
            pairs = zip(data.items(), python.items(), strict=True)
            return {walk(key, old): walk(value, new) for (key, value), (old, new) in pairs}
        if isinstance(data, list) and isinstance(python, list | tuple) and len(data) == len(python):
            return [walk(value, new) for value, new in zip(data, python, strict=True)]
        return data

    found = walk(data, python)
    if count != _count(python):
        raise ValueError("a secret stands where it cannot be found again: in a set, or behind a serializer of its own")
    return found


def _count(python: Any) -> int:
    if isinstance(python, SecretStr | SecretBytes | Secret):
        return 1
    if isinstance(python, dict):
        return sum(_count(key) + _count(value) for key, value in python.items())
    return sum(map(_count, python)) if isinstance(python, list | tuple | set | frozenset) else 0


def _revealed(secret: SecretStr | SecretBytes | Secret[Any]) -> str:
    value = secret.get_secret_value()
    if isinstance(value, bytes):
        return value.decode()
    if not isinstance(value, str):
        raise ValueError(f"a secret {type(value).__name__} cannot be hidden; make it a SecretStr")
    return value


def may_hold(kind: Holds, raw: bytes) -> bool:
    """Return whether the JSON of a value of such a type may hold masked secrets."""
    return kind is Holds.MARKED or (kind is Holds.UNKNOWN and MASK.encode() in raw)


def adapter_of(hint: Any) -> tuple[TypeAdapter[Any], Holds]:
    """Return pydantic's adapter of a type, and whether its values may hold secrets.

    Raises PydanticUserError where pydantic knows no such type.
    """
    # Unions are equal in any order of members, but are not read alike: so their text is a part of the cache's key.
    return _adapter_of(hint, repr(hint))


@lru_cache(maxsize=1024)
def _adapter_of(hint: Any, written: str) -> tuple[TypeAdapter[Any], Holds]:
    adapter = TypeAdapter(hint)
    return adapter, holds(adapter.core_schema)


def secrets_in(value: Any, hint: Any) -> set[str]:
    """Return the secrets that a value of that type holds. Raises SecretError."""
    adapter, kind = adapter_of(hint)
    if kind is Holds.NONE:
        return set()
    return checked(in_values(adapter.dump_python(value, mode="python", warnings=False)))


def at_paths(data: Any, paths: Iterable[str]) -> set[str]:
    """Return the text at the dotted paths of JSON data (`account.password`); all text below where a path names more.

    Raises ValueError where a path leads nowhere.
    """
    found: set[str] = set()
    for path in paths:
        place = data
        for part in path.split("."):
            try:
                place = place[int(part)] if isinstance(place, list) else place[part]
            except (KeyError, IndexError, TypeError, ValueError):
                raise ValueError(f"secrets: the input has nothing at {path!r}") from None
        found.update(_texts(place))
    return checked(found)


def _texts(data: Any) -> Iterator[str]:
    if isinstance(data, str):
        yield data
    elif isinstance(data, dict):
        for value in data.values():
            yield from _texts(value)
    elif isinstance(data, list):
        for value in data:
            yield from _texts(value)
    elif data is not None and not isinstance(data, bool):
        yield str(data)
