"""`python -m benchmarks.extraction.training --corpus FOLDER --out FILE`: learn which blocks are a page's own.

Gradient-boosted trees over `ingestion.maintext.features`, learnt from labelled pages (see `benchmarks.extraction`),
each page counting alike, and written as JSON for `ingestion.maintext.forest`, which needs no library to read them.
Before that the pages are halved, each half judged by trees of the other: those figures are what may be expected of
other pages, and are printed. Needs scikit-learn, and some minutes.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy
from sklearn.ensemble import HistGradientBoostingClassifier

from ingestion.maintext import features, forest
from ingestion.maintext.choosing import chosen
from ingestion.maintext.judging import Judged, observed
from ingestion.maintext.votes import key_of

from . import pages

ROUNDS = 80
LEAVES = 12
LEAST_IN_LEAF = 100
SURE_CHARS = 24


@dataclass(slots=True)
class Example:
    """A page with the share of each block that is its main text."""

    page: pages.Labelled
    seen: Judged
    right: list[float]
    words: list[int]


def example(page: pages.Labelled) -> Example:
    """Return a page's blocks, labelled by whether their words stand in the main text."""
    seen = observed(page.html, page.url)
    lines, whole = {key_of(line) for line in page.main.splitlines()}, key_of(page.main)
    words = [pages.words_of(block.text) for block in seen.found.blocks]
    right = [_right(block.key, each, lines, whole) for block, each in zip(seen.found.blocks, words, strict=True)]
    return Example(page, seen, right, [len(each) for each in words])


def _right(key: str, words: list[str], lines: set[str], whole: str) -> float:
    if not key or key not in whole:
        if len(key) < SURE_CHARS:
            return 0.0
        runs = ["".join(words[n : n + 4]) for n in range(max(1, len(words) - 3))]
        return sum(run in whole for run in runs) / len(runs)
    return 1.0 if len(key) >= SURE_CHARS / 2 or key in lines else 0.5


def learnt(examples: Sequence[Example]) -> dict[str, Any]:
    """Return the trees that these pages teach."""
    rows, right, weights = list[list[float]](), list[float](), list[float]()
    for each in examples:
        if not each.words:
            continue
        rows += each.seen.rows
        right += each.right
        own = [count**0.7 + 0.3 for count in each.words]
        weights += [100 * weight / sum(own) for weight in own]
    table, wanted, weight = numpy.array(rows), numpy.array(right), numpy.array(weights)
    twice = numpy.concatenate([weight * wanted, weight * (1 - wanted)])
    kept = twice > 0.15 * numpy.concatenate([weight, weight])
    model = HistGradientBoostingClassifier(
        max_iter=ROUNDS,
        max_leaf_nodes=LEAVES,
        learning_rate=0.1,
        min_samples_leaf=LEAST_IN_LEAF,
        l2_regularization=5,
        max_features=0.3,
        early_stopping=False,
        random_state=7,
    )
    sides = numpy.concatenate([numpy.ones(len(table)), numpy.zeros(len(table))])
    model.fit(numpy.concatenate([table, table])[kept], sides[kept], sample_weight=twice[kept])
    return as_data(model)


def as_data(model: Any) -> dict[str, Any]:
    """Return trees as plain data: a leaf is a number, a fork [feature, bound, left, right]."""

    def grown(nodes: Any, at: int) -> Any:
        node = nodes[at]
        if node["is_leaf"]:
            return round(float(node["value"]), 4)
        bound = round(float(node["num_threshold"]), 5)
        return [int(node["feature_idx"]), bound, grown(nodes, node["left"]), grown(nodes, node["right"])]

    trees = [grown(predictors[0].nodes, 0) for predictors in model._predictors]
    return {"features": list(features.NAMES), "start": float(model._baseline_prediction.ravel()[0]), "trees": trees}


def judged(examples: Sequence[Example], trees: forest.Forest) -> dict[str, list[float]]:
    """Return the F1 of each page, by type, as these trees choose."""
    found: dict[str, list[float]] = defaultdict(list)
    for each in examples:
        taken = chosen(each.seen.found, trees.shares(each.seen.rows), each.seen.first)
        text = "\n".join(block.text for block, take in zip(each.seen.found.blocks, taken, strict=True) if take)
        found[each.page.type].append(pages.f1(text, each.page.main))
    return found


def main(argv: Sequence[str] | None = None) -> int:
    """Learn, print what other pages may expect, and write the trees."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.extraction.training")
    parser.add_argument("--corpus", type=Path, required=True, help="folder of the labelled pages")
    parser.add_argument("--out", type=Path, required=True, help="where to write the trees, as JSON")
    given = parser.parse_args(argv)
    examples = [example(page) for page in pages.read(given.corpus)]
    halves = examples[0::2], examples[1::2]
    by_type: dict[str, list[float]] = defaultdict(list)
    for taught, kept in (halves, halves[::-1]):
        for name, values in judged(kept, forest.Forest(learnt(taught))).items():
            by_type[name] += values
    means = {name: statistics.mean(values) for name, values in by_type.items()}
    print("each half by trees of the other:", {name: round(value, 3) for name, value in means.items()})
    print("mean of the types:", round(statistics.mean(means.values()), 4), dict(Counter(e.page.type for e in examples)))
    given.out.write_text(json.dumps(learnt(examples), separators=(",", ":")) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
