"""Gradient-boosted trees over a page's blocks: what share of a block is the page's own text. Pure.

Learnt by `benchmarks.extraction.training` from 315 labelled pages of seven types (WCXB, Foley 2026, CC-BY-4.0); the
file beside this module holds nothing but bounds and weights.
"""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from ingestion.maintext import features

_FILE = Path(__file__).with_name("forest.json")
MOST_LEAVES = 16


class Forest:
    """Trees as data: a leaf is a number, a fork [feature, bound, left, right]; what is not above the bound goes left.

    All blocks go through all trees at once (QuickScorer, Lucchese and others 2015): a fork whose bound a block is above
    rules out the leaves to its left, as bits, and the leftmost one that is left is the block's.
    """

    def __init__(self, data: dict[str, Any]) -> None:
        trees = [_flat(tree) for tree in data["trees"]]
        self._start: float = data["start"]
        self._forks: list[tuple[Any, Any, Any]] = []
        for at in range(MOST_LEAVES - 1):
            forks = [forks[at] if at < len(forks) else (0, np.inf, 0) for forks, _ in trees]
            feature, bound, ruled_out = zip(*forks, strict=True)
            keeps = np.array([_ALL & ~each for each in ruled_out], np.uint16)
            self._forks.append((np.array(feature), np.array(bound, np.float32)[:, None], keeps[:, None]))
        leaves = [[*leaves, *[0.0] * (MOST_LEAVES - len(leaves))] for _, leaves in trees]
        self._leaves = np.array(leaves, np.float32).ravel()
        self._first_of_tree = (np.arange(len(trees)) * MOST_LEAVES)[:, None]

    def shares(self, rows: Any) -> list[float]:
        """Return for each block how likely its text is the page's own, from 0 to 1; `rows` is None for no blocks."""
        if rows is None:
            return []
        columns = np.ascontiguousarray(rows.T)
        left = np.full((len(self._first_of_tree), len(rows)), _ALL, np.uint16)
        for feature, bound, keeps in self._forks:
            left &= np.where(columns[feature] > bound, keeps, np.uint16(_ALL))
        sums = self._leaves[self._first_of_tree + _LOWEST[left]].sum(axis=0, dtype=np.float64)
        shares: list[float] = (1 / (1 + np.exp(-(self._start + sums)))).tolist()
        return shares


_ALL = (1 << MOST_LEAVES) - 1


def _lowest() -> Any:
    """Return for each set of leaves the lowest one."""
    sets = np.arange(1 << MOST_LEAVES)
    sets[0] = 1
    return np.log2(sets & -sets).astype(np.intp)


_LOWEST = _lowest()


def _flat(tree: Any) -> tuple[list[tuple[int, float, int]], list[float]]:
    """Return a tree's forks, each with the leaves to its left as bits, and its leaves from left to right."""
    forks: list[tuple[int, float, int]] = []
    leaves: list[float] = []

    def walk(node: Any) -> None:
        if not isinstance(node, list):
            leaves.append(node)
            return
        begun = len(leaves)
        walk(node[2])
        forks.append((node[0], node[1], (1 << len(leaves)) - (1 << begun)))
        walk(node[3])

    walk(tree)
    if len(leaves) > MOST_LEAVES:
        raise ValueError(f"A tree has {len(leaves)} leaves, and at most {MOST_LEAVES} are read.")
    return forks, leaves


@cache
def trained() -> Forest:
    """Return the trees that come with the program."""
    data = json.loads(_FILE.read_text(encoding="utf-8"))
    if data["features"] != list(features.NAMES):
        raise ValueError("These trees were learnt from other features: run benchmarks.extraction.training again.")
    return Forest(data)
