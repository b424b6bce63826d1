"""Values to JSON and back by their type hints, and the digests that name them. Never pickle."""

from __future__ import annotations

import hashlib
import json
import zlib
from functools import lru_cache
from typing import Any

from pydantic import TypeAdapter, ValidationError
from pydantic_core import PydanticSerializationError, from_json, to_json

from .errors import EncodingError, ValueTooLarge

COMPRESS_OVER_BYTES = 64 * 1024
REFUSE_OVER_BYTES = 4 * 1024 * 1024
_ZLIB_MARK = b"z"


@lru_cache(maxsize=1024)
def _adapter(hint: Any) -> TypeAdapter[Any]:
    return TypeAdapter(hint)


def encode(value: Any, hint: Any, *, where: str) -> Any:
    """Give the value as plain JSON data, as its hint says. `where` names the component and field in errors."""
    try:
        return _adapter(hint).dump_python(value, mode="json", warnings="error")
    except (PydanticSerializationError, ValueError, TypeError) as error:
        raise EncodingError(
            f"{where}: a {type(value).__name__} cannot be written as JSON ({error}). "
            "Return plain data, a dataclass or a pydantic model, and say so in the type hint."
        ) from error


def decode(data: Any, hint: Any, *, where: str) -> Any:
    """Give back the value that `encode` wrote. Raises EncodingError where the data no longer fits the hint."""
    try:
        return _adapter(hint).validate_json(to_json(data))
    except ValidationError as error:
        raise EncodingError(f"{where}: what was recorded no longer fits its type: {error}") from error


def digest(data: Any) -> str:
    """Name JSON data by 128 bits of BLAKE2b (RFC 7693) over its canonical text, as 32 hex digits."""
    text = json.dumps(data, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
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


def unpack(raw: bytes) -> Any:
    """Read what `pack` wrote."""
    return from_json(zlib.decompress(raw[1:]) if raw[:1] == _ZLIB_MARK else raw)
