"""What takes the place of characters that a database does not store, or that no page can send: U+FFFD."""

from __future__ import annotations

from typing import Any


def storable_text(text: str) -> str:
    """Return the text with U+FFFD for each NUL, which PostgreSQL refuses, and for each half of a surrogate pair."""
    if not text.isascii():
        text = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return text.replace("\x00", "\ufffd")


def storable(value: Any) -> Any:
    """Return the JSON value with all its texts as `storable_text` has them, keys too."""
    if isinstance(value, str):
        return storable_text(value)
    if isinstance(value, dict):
        return {storable(key): storable(item) for key, item in value.items()}
    if isinstance(value, list):
        return [storable(item) for item in value]
    return value
