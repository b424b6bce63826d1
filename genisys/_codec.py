"""Values to JSON and back by their type hints, and the digests that name them. Never pickle."""

from __future__ import annotations

import hashlib
import json
import zlib
from collections.abc import Callable
from typing import Any

from pydantic import ValidationError
from pydantic_core import PydanticSerializationError, from_json, to_json

from ._secrets import Holds, adapter_of, checked, in_values, may_hold, revealed
from .errors import EncodingError, ValueTooLarge

COMPRESS_OVER_BYTES = 64 * 1024
REFUSE_OVER_BYTES = 4 * 1024 * 1024
_ZLIB_MARK = b"z"
_SEALED_MARK = b"s"
_IS_JSON = frozenset({str, int, bool})
Meet = Callable[[set[str]], None]


def encode(value: Any, hint: Any, *, where: str, meet: Meet | None = None) -> Any:
    """Give the value as plain JSON data, as its hint says, secrets in the clear. `where` names the component and field.

    `meet` gets the secrets that are in it. Raises EncodingError, or SecretError for a secret that cannot be hidden.
    """
    if type(value) is hint and hint in _IS_JSON:
        return value
    adapter, kind = adapter_of(hint)
    try:
        data = adapter.dump_python(value, mode="json", warnings="error")
        if kind is Holds.NONE or not may_hold(kind, data):
            return data
        python = adapter.dump_python(value, mode="python", warnings=False)
        data = revealed(data, python)
    except (PydanticSerializationError, ValueError, TypeError) as error:
        if kind is Holds.MARKED:
            raise EncodingError(
                f"{where}: a {type(value).__name__} with secrets cannot be written as JSON. Use SecretStr (or "
                "SecretBytes of text) in fields, lists and dicts, without serializers of your own."
            ) from None
        raise EncodingError(
            f"{where}: a {type(value).__name__} cannot be written as JSON ({error}). "
            "Return plain data, a dataclass or a pydantic model, and say so in the type hint."
        ) from error
    if meet is not None:
        meet(checked(in_values(python)))
    return data


def decode(data: Any, hint: Any, *, where: str, meet: Meet | None = None) -> Any:
    """Give back the value that `encode` wrote. Raises EncodingError where the data no longer fits the hint."""
    if type(data) is hint and hint in _IS_JSON:
        return data
    adapter, kind = adapter_of(hint)
    try:
        value = adapter.validate_json(to_json(data))
    except ValidationError as error:
        if kind is Holds.MARKED:
            fields = ", ".join(".".join(map(str, each["loc"])) or "it" for each in error.errors(include_input=False))
            raise EncodingError(f"{where}: what was recorded no longer fits its type at {fields}") from None
        raise EncodingError(f"{where}: what was recorded no longer fits its type: {error}") from error
    if kind is Holds.MARKED and meet is not None:
        meet(checked(in_values(adapter.dump_python(value, mode="python", warnings=False))))
    return value


_canonical = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode


def digest(data: Any) -> str:
    """Name JSON data by 128 bits of BLAKE2b (RFC 7693) over its canonical text, as 32 hex digits."""
    text = _canonical(data)
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()


def pack(data: Any, *, where: str) -> bytes:
    """Write JSON data as the journal holds it: compressed over 64 KB, refused over 4 MB."""
    raw = to_json(data)
    if len(raw) > REFUSE_OVER_BYTES:
        raise ValueTooLarge(
            f"{where} gave {len(raw) / 1_000_000:.1f} MB, and a step may record 4 MB at most. "
            "Store the data elsewhere and return a reference to it."
        )
    return _ZLIB_MARK + zlib.compress(raw) if len(raw) > COMPRESS_OVER_BYTES else raw


def pack_sealed(shown: Any, token: str, *, where: str) -> bytes:
    """Write JSON data of which people see `shown` only; the whole of it is in the sealed token."""
    return _SEALED_MARK + pack({"shown": shown, "sealed": token}, where=where)


def sealed_in(raw: bytes) -> str | None:
    """Give the token that `pack_sealed` wrote, None where nothing is sealed."""
    return unpack(raw[1:])["sealed"] if raw[:1] == _SEALED_MARK else None


def unpack(raw: bytes) -> Any:
    """Read what `pack` wrote; of what `pack_sealed` wrote, what people may see."""
    if raw[:1] == _SEALED_MARK:
        return unpack(raw[1:])["shown"]
    return from_json(zlib.decompress(raw[1:]) if raw[:1] == _ZLIB_MARK else raw)
