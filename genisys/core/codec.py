"""Values to JSON and back by their type hints, and the digests that name them. Never pickle."""

from __future__ import annotations

import hashlib
import inspect
import zlib
from collections.abc import Callable
from typing import Any, NamedTuple

from pydantic import TypeAdapter, ValidationError
from pydantic.errors import PydanticUserError
from pydantic_core import from_json, to_json

from ..data import lossless, strict_json
from ..data.set_order import canonical, in_order, may_lose
from ..errors import EncodingError, SecretError, ValueTooLarge
from .secret_types import Holds, adapter_of, in_values, may_hold, revealed
from .secret_types import checked as checked_secrets

COMPRESS_OVER_BYTES = 64 * 1024
REFUSE_OVER_BYTES = 4 * 1024 * 1024
_ZLIB_MARK = b"z"
_SEALED_MARK = b"s"
_SCALARS = frozenset({str, int, bool, float, type(None)})
"""Immutable types whose values JSON returns unchanged."""
Learn = Callable[[set[str]], None]


def checked(data: Any, *, where: str, shown: bool = False) -> bytes:
    """Return plain data as strict JSON (`data.strict_json`). Raises EncodingError with `where` and the place in it."""
    try:
        return strict_json.written(data, shown=shown)
    except strict_json.NotStrict as error:
        raise EncodingError(f"{where}{error}") from None


class _Form(NamedTuple):
    """How values of one type are written: pydantic's adapter, whether it may hold secrets, whether it may lose data."""

    adapter: TypeAdapter[Any]
    kind: Holds
    loose: bool


class Field:
    """One argument or result: its type, and `where` it belongs, the component and the name, for errors.

    A type is analysed once, so a component that stores its fields pays for it once.
    """

    __slots__ = ("_form", "_is_anything", "_scalar", "hint", "where")

    def __init__(self, hint: Any, where: str) -> None:
        self.hint = hint
        self.where = where
        self._is_anything = hint is Any or hint is object
        self._scalar: type | None = hint if isinstance(hint, type) and hint in _SCALARS else None
        self._form: _Form | None = None

    def check(self) -> None:
        """Raise EncodingError where values of the type can never be written as JSON."""
        if self._form is None and self._scalar is None and not self._is_anything:
            self._form = _form_of(self.hint, self.where)

    @property
    def form(self) -> _Form:
        if self._form is None:
            self._form = _form_of(self.hint, self.where)
        return self._form

    def encode(self, value: Any, learn: Learn | None = None) -> Any:
        """Return the value as plain, strict JSON data, as its type says, secrets in the clear.

        `learn` gets the secrets that are in it. Equal values give equal data in every process. Raises EncodingError, or
        SecretError for a secret that cannot be hidden.
        """
        if type(value) is self._scalar and strict_json.is_plain(value):
            return value
        return self._written(value, learn)[0]

    def settle(self, value: Any, learn: Learn | None = None) -> tuple[Any, Any]:
        """Return the value as JSON data, as `encode` does, and the value that a replay reads from these.

        Raises EncodingError, also for what could not be read back.
        """
        if type(value) is self._scalar and strict_json.is_plain(value):
            return value, value
        data, raw = self._written(value, learn)
        try:
            return data, self._read(data, raw)
        except EncodingError as error:
            # Computed fields, which a model with `extra="forbid"` does not read, are left out of a round trip.
            again = self._written(value, round_trip=True)[0]
            if again == data:
                raise self._unreadable(value, error) from error
        try:
            return again, self._read(again)
        except EncodingError as error:
            raise self._unreadable(value, error) from error

    def own(self, value: Any, data: Any) -> Any:
        """Return the body's own copy of an argument, encoded as `data`; by its own type where the hint names none.

        Raises EncodingError for what cannot be read back.
        """
        if type(value) is self._scalar:
            return data
        if self._is_anything and type(data) is not type(value):
            try:
                return Field(type(value), self.where)._read(data)
            except EncodingError:
                pass
        try:
            return self._read(data)
        except EncodingError as error:
            try:
                return self._read(self._written(value, round_trip=True)[0])
            except EncodingError:
                raise self._unreadable(value, error) from error

    def decode(self, data: Any, learn: Learn | None = None, *, by_alias: bool = False) -> Any:
        """Return the value that `encode` wrote. Raises EncodingError where the data no longer fits the type.

        Fields are found by their names, which `encode` writes; with `by_alias` by their aliases too, as people write
        them.
        """
        value = self._read(data, by_alias=by_alias)
        if learn is not None and not self._is_scalar(data) and self.form.kind is Holds.MARKED:
            self._learn_from(self.form.adapter.dump_python(value, mode="python", warnings=False), learn)
        return value

    def _is_scalar(self, data: Any) -> bool:
        """Return whether the data is the value itself."""
        kind = type(data)
        return kind is self._scalar or (self._is_anything and kind in _SCALARS)

    def _written(self, value: Any, learn: Learn | None = None, *, round_trip: bool = False) -> tuple[Any, bytes | None]:
        """Return the value as `encode` does, and as JSON where that was made on the way.

        With `round_trip`, what a model computes of its other fields is left out.
        """
        if type(value) is self._scalar:
            if strict_json.is_plain(value):
                return value, None
            if type(value) is not float:
                _small_enough(checked(value, where=self.where), self.where)
                return value, None
        form = self._form or self.form
        raw: bytes | None
        try:
            data, raw = _plain(value, form, round_trip=round_trip)
            _small_enough(raw, self.where)
            if form.kind is Holds.NONE or not may_hold(form.kind, raw):
                return data, raw
            python = form.adapter.dump_python(value, mode="python", warnings=False)
            data = revealed(data, python)
            raw = strict_json.written(data)
        except ValueTooLarge:
            raise
        except (Exception, SystemExit) as error:  # Raised by pydantic, a serializer or a property.
            reason = None if form.kind is Holds.MARKED else error  # its text may quote the secret
            raise _refused(value, form, error, self.where) from reason
        if learn is not None:
            self._learn_from(python, learn)
        return data, raw

    def _learn_from(self, python: Any, learn: Learn) -> None:
        try:
            found = checked_secrets(in_values(python))
        except SecretError as error:
            raise SecretError(f"{self.where}: {error.message}") from None
        learn(found)

    def _read(self, data: Any, raw: bytes | None = None, *, by_alias: bool = False) -> Any:
        """Return the value that the data, or `raw`, the same as JSON, holds. Raises EncodingError."""
        if self._is_scalar(data):
            return data
        form = self._form or self.form
        try:
            return form.adapter.validate_json(to_json(data) if raw is None else raw, by_alias=by_alias, by_name=True)
        except ValidationError as error:
            what = f"{self.where}: what was recorded no longer fits its type"
            if form.kind is Holds.MARKED:
                errors = error.errors(include_input=False)
                fields = ", ".join(".".join(map(str, each["loc"])) or "it" for each in errors)
                raise EncodingError(f"{what} at {fields}") from None
            raise EncodingError(f"{what}: {error}") from error

    def _unreadable(self, value: Any, error: EncodingError) -> EncodingError:
        why = error.message.removeprefix(f"{self.where}: ")
        return EncodingError(
            f"{self.where}: a {type(value).__name__} could be written as JSON, but not be read back ({why}). "
            "Give another value, or a type hint that says what it is."
        )


def encode(value: Any, hint: Any, *, where: str, learn: Learn | None = None) -> Any:
    """Do what `Field.encode` does, for a field that is used once."""
    return Field(hint, where).encode(value, learn)


def settle(value: Any, hint: Any, *, where: str, learn: Learn | None = None) -> tuple[Any, Any]:
    """Do what `Field.settle` does, for a field that is used once."""
    return Field(hint, where).settle(value, learn)


def decode(data: Any, hint: Any, *, where: str, learn: Learn | None = None, by_alias: bool = False) -> Any:
    """Do what `Field.decode` does, for a field that is used once."""
    return Field(hint, where).decode(data, learn, by_alias=by_alias)


def encode_shown(value: Any, *, where: str) -> tuple[Any, bytes]:
    """Return the value as plain, strict JSON data that a browser shows as it is, secrets as dots, and as JSON.

    Raises EncodingError.
    """
    form = _form_of(Any, where)
    try:
        return _plain(value, form, shown=True)
    except (Exception, SystemExit) as error:  # Raised by pydantic, a serializer or a property.
        raise _refused(value, form, error, where) from error


def _plain(value: Any, form: _Form, *, shown: bool = False, round_trip: bool = False) -> tuple[Any, bytes]:
    """Return the value as strict JSON data and as JSON, secrets masked, sets in the order of their members' text.

    Raises NotStrict, or what pydantic raises.
    """
    is_loose = form.loose and type(value) not in _SCALARS
    seen = lossless.seen_in(value) if is_loose else lossless.NOTHING
    if seen is None or lossless.reads_once(value):
        strict_json.look_for_loss(value)  # Before pydantic reads an iterator, which may never end.
    data = form.adapter.dump_python(value, mode="json", warnings="error", by_alias=False, round_trip=round_trip)
    if seen is None or seen.sets:
        data = in_order(value, data)
    raw = strict_json.written(data, shown=shown)
    if is_loose and seen is not None and seen.lacks_keys(raw):
        strict_json.look_for_loss(value)
    if form.kind is not Holds.NONE and b"null" in raw:
        # Where a type takes anything, pydantic writes null for NaN and infinities.
        strict_json.look_for_numbers(form.adapter.dump_python(value, mode="python", warnings=False))
    return data, raw


def _refused(value: Any, form: _Form, error: BaseException, where: str) -> EncodingError:
    if isinstance(error, strict_json.NotStrict):
        return EncodingError(f"{where}{error}")
    if "depth exceeded" in str(error):  # pydantic itself writes some 250 levels
        return EncodingError(f"{where}: {strict_json.TOO_DEEP}")
    if "id repeated" in str(error):
        return EncodingError(
            f"{where}: a {type(value).__name__} that holds itself, and so has no end. Give ids instead."
        )
    if found := _flaw_in(value, form):
        return EncodingError(f"{where}{found}")
    if inspect.isawaitable(value) or "coroutine" in str(error):
        return EncodingError(f"{where}: this is a call that was never awaited. Write `await` before the call.")
    if form.kind is Holds.MARKED:
        return EncodingError(
            f"{where}: a {type(value).__name__} with secrets cannot be written as JSON. Use SecretStr (or "
            "SecretBytes of text) in fields, lists and dicts, without serializers of your own."
        )
    return EncodingError(
        f"{where}: a {type(value).__name__} cannot be written as JSON ({error}). "
        "Give plain data, a dataclass or a pydantic model, and say so in the type hint."
    )


def _flaw_in(value: Any, form: _Form) -> str:
    """Return what in the value is not strict JSON, as `strict_json.flaw` describes it."""
    try:
        plain = form.adapter.dump_python(value, mode="python", warnings=False)
    except (Exception, SystemExit):
        plain = value
    return strict_json.flaw(plain)


def _form_of(hint: Any, where: str) -> _Form:
    try:
        adapter, kind = adapter_of(hint)
    except PydanticUserError as error:
        raise EncodingError(
            f"{where}: the type hint {hint!r} is none whose values can be written as JSON. "
            "Use plain data, a dataclass or a pydantic model."
        ) from error
    return _Form(adapter, kind, may_lose(adapter))


def digest(data: Any) -> str:
    """Return 128 bits of BLAKE2b (RFC 7693) over the canonical text of JSON data, as 32 hex digits."""
    return _digest(canonical(data).encode("utf-8", "surrogatepass"))


def digest_of_texts(*texts: str) -> str:
    """Return what `digest` gives for the list of these texts, at less than half the cost."""
    if set(map(type, texts)) != {str}:
        return digest(list(texts))
    try:
        return _digest(to_json(texts))  # Of a list of texts this is the canonical text.
    except ValueError:  # A lone surrogate, which no UTF-8 has.
        return digest(list(texts))


def _digest(raw: bytes) -> str:
    return hashlib.blake2b(raw, digest_size=16).hexdigest()


def pack(data: Any, *, where: str) -> bytes:
    """Return JSON data as the journal holds it: compressed over 64 KB, refused over 4 MB.

    Raises ValueTooLarge; EncodingError for data that is not strict JSON and was not checked before.
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
    """Return JSON data of which people see only `shown`, packed; the sealed token holds all of it."""
    return _SEALED_MARK + pack({"shown": shown, "sealed": token}, where=where)


def sealed_in(raw: bytes) -> str | None:
    """Return the token that `pack_sealed` wrote, None where nothing is sealed."""
    return unpack(raw[1:])["sealed"] if raw[:1] == _SEALED_MARK else None


def unpack(raw: bytes) -> Any:
    """Return the data that `pack` wrote; of what `pack_sealed` wrote, the part that people may see."""
    if raw[:1] == _SEALED_MARK:
        return unpack(raw[1:])["shown"]
    return from_json(zlib.decompress(raw[1:]) if raw[:1] == _ZLIB_MARK else raw)
