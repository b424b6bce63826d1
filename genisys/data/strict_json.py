"""The one JSON that goes into journals, logs, databases and browsers, and what replaces what it cannot hold.

Strict JSON (RFC 8259) that every store and every decoder on the way returns unchanged. It has no NaN and no
infinities, no half of a surrogate pair, and no NUL, which PostgreSQL refuses. Its lists and objects nest DEPTH deep at
most: pydantic reads 200 levels, of which events, records and snapshots take some for themselves. Its whole numbers are
those whose size a double can hold; what a browser shows is held to those that it shows digit by digit (RFC 7493).

Data is refused where it comes in (`codec.checked`). Text that a person reads, and what an error or another server says,
is never a reason to fail: it is mended (`text`, `mended`).
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

from pydantic_core import from_json, to_json, to_jsonable_python

from . import lossless
from .lossless import Place

DEPTH = 100
"""How deep lists and objects may nest in a value."""

READER_DEPTH = 200
"""How deep pydantic's reader of JSON goes."""

EVENT_LEVELS = 20
"""Levels that an event may have around a value."""

DIGITS = 308
"""The digits of the largest whole number."""

SHOWN_WHOLE = 2**53 - 1
"""The largest whole number that a browser shows as it is; its negative is the smallest."""

SHORT = 64 * 1024
"""Texts of up to so many characters are checked cheaply."""

LARGE = 2**63

TOO_DEEP = f"lists and objects are nested more than {DEPTH} deep. Give flatter data, such as a list with parents."

REPLACEMENT = "\ufffd"

_DIGITS_TO_0 = bytes.maketrans(b"123456789", b"000000000")
_LONG_NUMBER = b"0" * (DIGITS + 1)
_UNSHOWN_NUMBER = b"0" * 16
_N, _I, _BACKSLASH = b"NI\\"


class NotStrict(ValueError):
    """Data is not strict JSON. The text is the end of a sentence: the place in the data, and what to do."""


def written(data: Any, *, shown: bool = False) -> bytes:
    """Return plain data as strict JSON in UTF-8. `shown` data goes to a browser. Raises NotStrict.

    Costs one pass of the encoder; the data is walked in Python only where something in its JSON looks wrong.
    """
    try:
        raw = to_json(data, inf_nan_mode="constants")
    except (ValueError, TypeError, RecursionError) as error:
        raise NotStrict(flaw(data, shown=shown) or f": {error}") from None
    if _is_suspect(raw, shown) and (found := flaw(data, shown=shown)):
        raise NotStrict(found)
    return raw


def written_or_mended(data: Any) -> bytes:
    """Return data as strict JSON, mended where it has to be: for writers that must not fail."""
    depth = DEPTH + EVENT_LEVELS
    try:
        raw = to_json(data, inf_nan_mode="constants")
    except (ValueError, TypeError, RecursionError):
        return to_json(mended(data, depth=depth))
    return to_json(mended(data, depth=depth)) if _is_suspect(raw, shown=False, depth=depth) else raw


def is_plain(value: Any) -> bool:
    """Return True where one text, number, bool or None is surely strict JSON and short; else `written` decides."""
    kind = type(value)
    if kind is str:
        return len(value) <= SHORT and value.isascii() and "\0" not in value
    if kind is float:
        return math.isfinite(value)
    return kind is not int or -LARGE < value < LARGE


def _is_suspect(raw: bytes, shown: bool, depth: int = DEPTH) -> bool:
    # A search for one byte costs a tenth of a search for several.
    return (
        (_N in raw and b"NaN" in raw)
        or (_I in raw and b"Infinity" in raw)
        or (_BACKSLASH in raw and b"\\u0000" in raw)
        or (len(raw) > DIGITS and _LONG_NUMBER in raw.translate(_DIGITS_TO_0))
        or (shown and len(raw) >= len(_UNSHOWN_NUMBER) and _UNSHOWN_NUMBER in raw.translate(_DIGITS_TO_0))
        or (len(raw) > depth and raw.count(b"[") + raw.count(b"{") > depth and _is_too_deep(raw, depth))
    )


def _is_too_deep(raw: bytes, depth: int) -> bool:
    # pydantic's own limit is reached with that many levels around the data.
    around = READER_DEPTH - depth
    try:
        from_json(b"[" * around + raw + b"]" * around)
    except ValueError:
        return True
    return False


def look_for_numbers(data: Any) -> None:
    """Raise NotStrict where Python data, with any objects in it, has a NaN or an infinity that JSON would lose."""
    try:
        raw = to_json(data, inf_nan_mode="constants", fallback=lambda _: None, bytes_mode="base64")
    except (ValueError, TypeError, RecursionError):
        raw = b"NaN"
    if b"NaN" not in raw and b"Infinity" not in raw:
        return
    for place, value in _walk(data):
        if isinstance(value, float) and not math.isfinite(value):
            raise NotStrict(f"{_at(place)}: {_flaw_of(value, len(place), shown=False)}")


def look_for_loss(data: Any) -> None:
    """Raise NotStrict where Python data, with any objects in it, would lose something as JSON (`lossless`)."""
    if lost := lossless.loss(data, depth=DEPTH):
        raise NotStrict(f"{_at(lost[0])}: {lost[1]}")


def flaw(data: Any, *, shown: bool = False) -> str:
    """Return what in plain data is not strict JSON, as the end of a sentence that names the place; "" for nothing."""
    for place, value in _walk(data):
        if found := _flaw_of(value, len(place), shown):
            return f"{_at(place)}: {found}"
    return ""


def _walk(data: Any) -> Iterable[tuple[Place, Any]]:
    """Yield every value with its place, keys too, down to the first level that is too deep."""
    left: list[tuple[Place, Any]] = [((), data)]
    while left:
        place, value = left.pop()
        yield place, value
        if len(place) > DEPTH:
            continue
        if isinstance(value, dict):
            yield from ((place, key) for key in value if isinstance(key, str))
            left.extend(((*place, key), each) for key, each in reversed(value.items()))
        elif isinstance(value, list | tuple | set | frozenset):
            left.extend(reversed([((*place, index), each) for index, each in enumerate(value)]))


def _flaw_of(value: Any, depth: int, shown: bool) -> str:
    if isinstance(value, str):
        if "\0" in value:
            return "a text with a NUL (\\x00), which databases refuse. Take it out of the text first."
        if not value.isascii() and not _is_unicode(value):
            return "a text with half of a surrogate pair, which is no character. Decode it with errors='replace'."
    elif isinstance(value, float):
        if not math.isfinite(value):
            return f"{value} is no JSON number. Give None, or a text, where there is no number."
    elif isinstance(value, int):
        if shown and abs(value) > SHOWN_WHOLE:
            return "a whole number beyond 2**53 - 1, which a browser does not show as it is. Give it as text."
        if value.bit_length() > 1024 or abs(value) >= 10**DIGITS:
            return f"a whole number of more than {DIGITS} digits. Give it as text."
    elif isinstance(value, dict | list | tuple) and depth >= DEPTH:
        return TOO_DEEP
    return ""


def _is_unicode(value: str) -> bool:
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True


def _at(place: Place) -> str:
    if not place:
        return ""
    # The beginning of a deep place is enough.
    path = "".join(f"[{part}]" if isinstance(part, int) else f".{text(part)[:40]}" for part in place[:6])
    return f", at {path.removeprefix('.')}{'…' if len(place) > 6 else ''}"


def text(given: str) -> str:
    """Return the text as strict JSON: halves of one character joined, a lone half and NUL as U+FFFD."""
    if given.isascii():
        return given.replace("\0", REPLACEMENT) if "\0" in given else given
    if not _is_unicode(given):
        given = given.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return given.replace("\0", REPLACEMENT)


class Pieces:
    """A text that comes in pieces, in which a character may have been cut in two: its halves are joined."""

    __slots__ = ("_held",)

    def __init__(self) -> None:
        self._held = ""

    def add(self, piece: str) -> str:
        """Return the text that can be shown now. A first half at its end waits for the next piece."""
        piece = self._held + piece
        self._held = piece[-1] if piece and "\ud800" <= piece[-1] <= "\udbff" else ""
        return text(piece[:-1] if self._held else piece)

    def end(self) -> str:
        """Return what is left at the end of the text: U+FFFD for a half that stayed alone, else ""."""
        left, self._held = self._held, ""
        return REPLACEMENT if left else ""


def mended(data: Any, *, depth: int = DEPTH) -> Any:
    """Return anything as strict JSON data: what JSON cannot hold is replaced. Never raises.

    Text as `text` returns it; NaN and infinities become None, whole numbers that are too large become text; what nests
    deeper than `depth` becomes "…"; an object that pydantic cannot write, or would read to its end, becomes its `repr`.
    """
    try:
        if lossless.seen_in(data) is None and lossless.loss(data, depth=depth):
            return _mended(data, depth)
        plain = to_jsonable_python(data, inf_nan_mode="constants", fallback=_shown_object, bytes_mode="base64")
        raw = to_json(plain, inf_nan_mode="constants")
    except BaseException:
        return _mended(data, depth)
    return _mended(plain, depth) if _is_suspect(raw, shown=False, depth=depth) else plain


def _shown_object(value: Any) -> str:
    # A `__repr__` may raise anything, SystemExit too. Nothing is awaited here, so it cannot be a signal.
    try:
        return text(repr(value))[:1000]
    except BaseException:
        return f"<{type(value).__name__}>"


def _mended(value: Any, left: int) -> Any:
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, str):
        return text(str.__str__(value))
    if isinstance(value, float | int):
        if not _flaw_of(value, 0, shown=False):
            return value
        return None if isinstance(value, float) else hex(value)[:1000]
    if isinstance(value, dict | list | tuple | set | frozenset):
        if left == 0:
            return "…"
        if isinstance(value, dict):
            return {_mended_key(key): _mended(each, left - 1) for key, each in value.items()}
        return [_mended(each, left - 1) for each in value]
    return _shown_object(value)


def _mended_key(key: Any) -> str:
    return text(str.__str__(key)) if isinstance(key, str) else _shown_object(key)
