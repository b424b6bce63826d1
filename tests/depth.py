"""How deep the tests go: quick for each commit (`make test`), or full (`make test-full`)."""

from __future__ import annotations

import os
from typing import TypeVar

T = TypeVar("T")

FULL = os.environ.get("GENISYS_TEST_DEPTH") == "full"


def by_depth(quick: T, full: T) -> T:
    """Return one of two sizes of the same test: the facts are the same, the full one tries them more often."""
    return full if FULL else quick
