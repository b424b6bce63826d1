"""Gradient-boosted trees over a page's blocks: what share of a block is the page's own text. Pure.

Learnt by `benchmarks.extraction.training` from 315 labelled pages of seven types (WCXB, Foley 2026, CC-BY-4.0); the
file beside this module holds nothing but bounds and weights.
"""

from __future__ import annotations

import json
import math
from functools import cache
from pathlib import Path
from typing import Any

from ingestion.maintext import features

_FILE = Path(__file__).with_name("forest.json")


class Forest:
    """Trees as data: a leaf is a number, a fork [feature, bound, left, right]; what is not above the bound goes
    left."""

    def __init__(self, data: dict[str, Any]) -> None:
        if data["features"] != list(features.NAMES):
            raise ValueError("These trees were learnt from other features: run benchmarks.extraction.training again.")
        self._start: float = data["start"]
        self._trees: list[Any] = data["trees"]

    def shares(self, rows: list[list[float]]) -> list[float]:
        """Return for each block how likely its text is the page's own, from 0 to 1."""
        return [1 / (1 + math.exp(-self._sum(row))) for row in rows]

    def _sum(self, row: list[float]) -> float:
        total = self._start
        for node in self._trees:
            while node.__class__ is list:
                node = node[2] if row[node[0]] <= node[1] else node[3]
            total += node
        return total


@cache
def trained() -> Forest:
    """Return the trees that come with the program."""
    return Forest(json.loads(_FILE.read_text(encoding="utf-8")))
