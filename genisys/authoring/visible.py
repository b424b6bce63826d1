"""What a body shows to the people who watch: checked before any of it is in the log."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from pydantic_core import to_json

from ..core import codec
from ..errors import ValueTooLarge
from ..execution.scope import ROOT, Scope, current

EVENT_BYTES = 256 * 1024
"""The most that one event of the log may be, as JSON."""

ENVELOPE_BYTES = 1024
"""The part of it that the engine adds: type, time, step."""

NAME_CHARS = 200


def here() -> str:
    """Return how errors name the code that runs now: its component, or its workflow."""
    scope = current.get()
    if scope is None:
        return "Outside a run"
    return f"Workflow {scope.name!r}" if scope.key == ROOT else f"Component {scope.name!r}"


def a_value(value: Any) -> str:
    """Return how errors describe a value of the wrong type."""
    if value is None or isinstance(value, bool):
        return repr(value)
    if isinstance(value, int | float):
        return f"{value!r:.40}, of type {type(value).__name__}"
    return f"of type {type(value).__name__}"


def name_given(name: object, act: str) -> None:
    """Raise TypeError or ValueError where the name of something on the page is not a name."""
    if not isinstance(name, str):
        raise TypeError(f"{here()}, {act}: the name is {a_value(name)}; give a str")
    if not 0 < len(name) <= NAME_CHARS:
        raise ValueError(f"{here()}, {act}: a name has from 1 to {NAME_CHARS} characters, and this one {len(name)}")


def shown_data(scope: Scope, act: str, name: str, data: Any, *, beside: str = "") -> Any:
    """Return `data` as strict JSON data that a browser shows as it is. Raises EncodingError, ValueTooLarge."""

    def where() -> str:
        return f"{here()}, {act}({name!r})"

    plain, raw = codec.encode_shown(data, where=where())
    if scope.execution.secrets is not None:
        raw = to_json(scope.execution.hidden(plain))
    _fits(len(raw) + len(name) * 4 + len(beside) * 4, where)
    return plain


def fits(text: str, *, where: Callable[[], str]) -> None:
    """Raise ValueTooLarge where the text is more than an event holds."""
    if len(text) * 6 > EVENT_BYTES - ENVELOPE_BYTES:
        _fits(len(to_json(text)), where)


def _fits(size: int, where: Callable[[], str]) -> None:
    if size > EVENT_BYTES - ENVELOPE_BYTES:
        raise ValueTooLarge(
            f"{where()}: this is {size / 1024:.0f} KB, and one event may have {EVENT_BYTES // 1024} KB. "
            "Show less of it, or store it elsewhere and give a reference to it."
        )
