"""The tokens that a model server reports for its answer. Whatever it reports, the answer itself is not lost."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

MOST_TOKENS = 1_000_000_000
"""No answer takes more: a larger number is wrong."""


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens read and written."""

    read: int
    written: int

    @property
    def tokens(self) -> int:
        return self.read + self.written


def usage_of(reply: Any) -> Usage | None:
    """Return the tokens that the reply reports, by either API's names; None where it reports none or nonsense.

    A side that is missing counts as 0 where the other one is there (embeddings write nothing).
    """
    usage = _field(reply, "usage")
    sides = [
        _first(usage, "prompt_tokens", "input_tokens"),
        _first(usage, "completion_tokens", "output_tokens"),
    ]
    if all(side is None for side in sides):
        return None
    counted = [0 if side is None else _count(side) for side in sides]
    read, written = counted
    return None if read is None or written is None else Usage(read, written)


def _first(usage: Any, *names: str) -> Any:
    return next((value for name in names if (value := _field(usage, name)) is not None), None)


def _field(thing: Any, name: str) -> Any:
    return thing.get(name) if isinstance(thing, dict) else getattr(thing, name, None)


def _count(value: Any) -> int | None:
    """Return the value as a whole number (in JSON 12.0 is 12), None for anything else."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= MOST_TOKENS:
        return None
    return int(value) if int(value) == value else None
