"""A piece of a text, and where it stands."""

from __future__ import annotations

from typing import NamedTuple


class Span(NamedTuple):
    """`text` is `whole[start:end]`."""

    text: str
    start: int
    end: int
