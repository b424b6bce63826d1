"""Values to JSON and back by their type hints, and the digests that name them. Never pickle."""

from __future__ import annotations

import hashlib
import inspect
import math
import zlib
from collections.abc import Callable
from typing import Any

from pydantic import TypeAdapter, ValidationError
from pydantic.errors import PydanticUserError
from pydantic_core import PydanticSerializationError, from_json, to_json

from . import _strict
from ._order import canonical, in_order, may_hold_sets
from ._secrets import Holds, adapter_of, in_values, may_hold, revealed
from ._secrets import checked as checked_secrets
from .errors import EncodingError, ValueTooLarge

COMPRESS_OVER_BYTES = 64 * 1024
REFUSE_OVER_BYTES = 4 * 1024 * 1024
_ZLIB_MARK = b"z"
_SEALED_MARK = b"s"
_IS_JSON = frozenset({str, int, bool})
_READ_AS_WRITTEN = frozenset({str, int, bool, float, type(None)})
"""Types of which JSON gives the same value again."""
_NONE = type(None)
_ANYTHING = (Any, object)
Meet = Callable[[set[str]], None]


def checked(data: Any, *, where: str, shown: bool = False) -> bytes:
    """Return plain data as strict JSON (see `_strict`). Raises EncodingError with `where` and the place in the data."""
    try:
        return _strict.written(data, shown=shown)
    except _strict.NotStrict as error:
        raise EncodingError(f"{where}{error}") from None


def encode(value: Any, hint: Any, *, where: str, meet: Meet | None = None, round_trip: bool = False) -> Any:
    """Return the value as plain, strict JSON data, as its hint says, secrets in the clear.

    `where` names the component and field. `meet` gets the secrets that are in it. Equal values give equal data in every
    process. With `round_trip`, what a model computes of its other fields is left out. Raises EncodingError, or
    SecretError for a secret that cannot be hidden.
    """
    if type(value) is hint and hint in _IS_JSON:
        if not _strict.is_plain(value) or (hint is str and len(value) > COMPRESS_OVER_BYTES):
            _small_enough(checked(value, where=where), where)
        return value
    if (value is None and hint is _NONE) or (type(value) is float is hint and math.isfinite(value)):
        return value
    adapter, kind = _adapter(hint, where)
    try:
        data, raw = _plain(value, adapter, kind, round_trip=round_trip)
        _small_enough(raw, where)
        if not may_hold(kind, raw):
            return data
        python = adapter.dump_python(value, mode="python", warnings=False)
        data = revealed(data, python)
        _strict.written(data)
    except ValueTooLarge:
        raise
    except (PydanticSerializationError, ValueError, TypeError) as error:
        raise _refused(value, kind, error, where) from (None if kind is Holds.MARKED else error)
    if meet is not None:
        meet(checked_secrets(in_values(python)))
    return data


def encode_shown(value: Any, *, where: str) -> tuple[Any, bytes]:
    """Return the value as plain, strict JSON data that a browser shows as it is, secrets as dots, and as JSON.

    Raises EncodingError.
    """
    adapter, kind = adapter_of(Any)
    try:
        return _plain(value, adapter, kind, shown=True)
    except (PydanticSerializationError, ValueError, TypeError) as error:
        raise _refused(value, kind, error, where) from error


def _plain(
    value: Any, adapter: TypeAdapter[Any], kind: Holds, *, shown: bool = False, round_trip: bool = False
) -> tuple[Any, bytes]:
    """Return the value as strict JSON data and as JSON, secrets masked, sets in the order of their members' text.

    Raises NotStrict, or what pydantic raises.
    """
    data = adapter.dump_python(value, mode="json", warnings="error", by_alias=False, round_trip=round_trip)
    if may_hold_sets(adapter):
        data = in_order(value, data)
    raw = _strict.written(data, shown=shown)
    if kind is not Holds.NONE and b"null" in raw:
        # Where a type takes anything, pydantic writes null for NaN and infinities.
        _strict.look_for_numbers(adapter.dump_python(value, mode="python", warnings=False))
    return data, raw


def _refused(value: Any, kind: Holds, error: Exception, where: str) -> EncodingError:
    if isinstance(error, _strict.NotStrict):
        return EncodingError(f"{where}{error}")
    if "depth exceeded" in str(error):  # pydantic itself writes some 250 levels
        return EncodingError(f"{where}: {_strict.TOO_DEEP}")
    if isinstance(value, str | dict | list | tuple) and (found := _strict.flaw(value)):
        return EncodingError(f"{where}{found}")
    if inspect.isawaitable(value) or "coroutine" in str(error):
        return EncodingError(f"{where}: this is a call that was never awaited. Write `await` before the call.")
    if kind is Holds.MARKED:
        return EncodingError(
            f"{where}: a {type(value).__name__} with secrets cannot be written as JSON. Use SecretStr (or "
            "SecretBytes of text) in fields, lists and dicts, without serializers of your own."
        )
    return EncodingError(
        f"{where}: a {type(value).__name__} cannot be written as JSON ({error}). "
        "Give plain data, a dataclass or a pydantic model, and say so in the type hint."
    )


def settle(value: Any, hint: Any, *, where: str, meet: Meet | None = None) -> tuple[Any, Any]:
    """Return the value as JSON data, as `encode` does, and the value that a replay reads from these.

    Raises EncodingError, also for what could not be read back.
    """
    data = encode(value, hint, where=where, meet=meet)
    try:
        return data, decode(data, hint, where=where)
    except EncodingError as error:
        again = encode(value, hint, where=where, round_trip=True)
        if again == data:
            raise _unreadable(value, hint, error, where) from error
    try:
        return again, decode(again, hint, where=where)
    except EncodingError as error:
        raise _unreadable(value, hint, error, where) from error


def own(value: Any, data: Any, hint: Any, *, where: str) -> Any:
    """Return the body's own copy of an argument, which was encoded as `data`; by its own type where the hint says none.

    Raises EncodingError for what cannot be read back.
    """
    if hint in _ANYTHING and type(data) is not type(value):
        try:
            return decode(data, type(value), where=where)
        except EncodingError:
            pass
    try:
        return decode(data, hint, where=where)
    except EncodingError as error:
        try:
            return decode(encode(value, hint, where=where, round_trip=True), hint, where=where)
        except EncodingError:
            raise _unreadable(value, hint, error, where) from error


def _unreadable(value: Any, hint: Any, error: EncodingError, where: str) -> EncodingError:
    why = error.message.removeprefix(f"{where}: ")
    return EncodingError(
        f"{where}: a {type(value).__name__} could be written as JSON, but not be read back ({why}). "
        "Give another value, or a type hint that says what it is."
    )


def decode(data: Any, hint: Any, *, where: str, meet: Meet | None = None, by_alias: bool = False) -> Any:
    """Return the value that `encode` wrote. Raises EncodingError where the data no longer fits the hint.

    Fields are found by their names, which `encode` writes; with `by_alias` by their aliases too, as people write them.
    """
    if type(data) in _READ_AS_WRITTEN and (hint in _ANYTHING or (type(data) is hint)):
        return data
    adapter, kind = _adapter(hint, where)
    try:
        value = adapter.validate_json(to_json(data), by_alias=by_alias, by_name=True)
    except ValidationError as error:
        if kind is Holds.MARKED:
            fields = ", ".join(".".join(map(str, each["loc"])) or "it" for each in error.errors(include_input=False))
            raise EncodingError(f"{where}: what was recorded no longer fits its type at {fields}") from None
        raise EncodingError(f"{where}: what was recorded no longer fits its type: {error}") from error
    if kind is Holds.MARKED and meet is not None:
        meet(checked_secrets(in_values(adapter.dump_python(value, mode="python", warnings=False))))
    return value


def check_type(hint: Any, *, where: str) -> None:
    """Raise EncodingError where values of that type can never be written as JSON."""
    if hint not in _ANYTHING:
        _adapter(hint, where)


def _adapter(hint: Any, where: str) -> tuple[TypeAdapter[Any], Holds]:
    try:
        return adapter_of(hint)
    except PydanticUserError as error:
        raise EncodingError(
            f"{where}: the type hint {hint!r} is none whose values can be written as JSON. "
            "Use plain data, a dataclass or a pydantic model."
        ) from error


def digest(data: Any) -> str:
    """Name JSON data by 128 bits of BLAKE2b (RFC 7693) over its canonical text, as 32 hex digits."""
    text = canonical(data)
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()


def pack(data: Any, *, where: str) -> bytes:
    """Return JSON data as the journal holds it: compressed over 64 KB, refused over 4 MB.

    Raises ValueTooLarge; EncodingError for data that is no strict JSON and was not looked at before.
    """
    try:
        raw = to_json(data)
    except (ValueError, TypeError, RecursionError):
        raw = checked(data, where=where)
    _small_enough(raw, where)
    return _ZLIB_MARK + zlib.compress(raw) if len(raw) > COMPRESS_OVER_BYTES else raw


def _small_enough(raw: bytes, where: str) -> None:
    if len(raw) > REFUSE_OVER_BYTES:
        raise ValueTooLarge(
            f"{where}: this is {len(raw) / 1_000_000:.1f} MB, and a step may record 4 MB at most. "
            "Store the data elsewhere and return a reference to it."
        )


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
