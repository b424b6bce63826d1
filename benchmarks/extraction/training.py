"""`python -m benchmarks.extraction.training --corpus FOLDER --out FILE`: learn which blocks are a page's own.

Gradient-boosted trees over `ingestion.maintext.features`, learnt from labelled pages (see `benchmarks.extraction`),
each page counting alike, and written as JSON for `ingestion.maintext.forest`, which needs no library of learning.

Before that the pages are halved, each half judged by trees of the other: those figures are what may be expected of
other pages, and are printed. Pages of one site are all in one half. Needs scikit-learn, and some minutes.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import zlib
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import numpy
from sklearn.ensemble import HistGradientBoostingClassifier

from ingestion.content import page_data
from ingestion.content.extraction import main_text, stated_by
from ingestion.maintext import features, forest
from ingestion.maintext.blocks import Block
from ingestion.maintext.judging import Judged, of_page
from ingestion.maintext.votes import key_of
from ingestion.markup.tree import parsed

from . import pages

ROUNDS = 120
LEAVES = 12
LEAST_IN_LEAF = 60
RATE = 0.07
MOST_BLOCKS = 400
"""So many of a page's blocks, by chance, teach: those of a list of thousands are all alike."""
SURE_CHARS = 24


@dataclass(slots=True)
class Example:
    """A page with the share of each block that is its main text."""

    page: pages.Labelled
    seen: Judged
    right: list[float]
    words: list[int]

    @property
    def site(self) -> str:
        """The last two labels of its host."""
        return ".".join((urlsplit(self.page.url).hostname or "").split(".")[-2:])


def example(page: pages.Labelled) -> Example:
    """Return a page's blocks, labelled by how much of each is in the main text."""
    tree = parsed(page.html)
    seen = of_page(tree, page.html, page.url, stated_by(tree, page_data.objects_of(tree)))
    words = [pages.words_of(block.text) for block in seen.found.blocks]
    return Example(page, seen, _right(seen.found.blocks, words, page.main), [len(each) for each in words])


def _right(blocks: Sequence[Block], words: Sequence[Sequence[str]], main: str) -> list[float]:
    """Return what share of each block the main text has: there, and as often as it stands there.

    A menu says what a list of products says, too; which of the two is meant shows by what stands around it.
    """
    lines, whole = Counter(key_of(line) for line in main.splitlines()), key_of(main)
    on_page = Counter(block.key for block in blocks)
    met = _aligned(words, pages.words_of(main))
    right: list[float] = []
    for block, said, share in zip(blocks, words, met, strict=True):
        key = block.key
        if len(key) >= SURE_CHARS:
            enough = whole.count(key) >= on_page[key]
            right.append(share if key in whole and not enough else max(share, _runs_in(said, whole)))
        else:
            right.append(1.0 if key and lines[key] >= on_page[key] else share)
    return right


def _aligned(words: Sequence[Sequence[str]], main: list[str]) -> list[float]:
    """Return what share of each block's words is met when page and main text are read beside each other."""
    flat = [word for said in words for word in said]
    met = bytearray(len(flat))
    for at, _, size in SequenceMatcher(None, flat, main, autojunk=False).get_matching_blocks():
        met[at : at + size] = b"\1" * size
    shares: list[float] = []
    at = 0
    for said in words:
        shares.append(sum(met[at : at + len(said)]) / max(1, len(said)))
        at += len(said)
    return shares


def _runs_in(words: Sequence[str], whole: str) -> float:
    runs = ["".join(words[n : n + 4]) for n in range(max(1, len(words) - 3))]
    return sum(run in whole for run in runs) / len(runs)


def parts(examples: Sequence[Example], count: int) -> list[list[Example]]:
    """Return the pages in so many parts, those of a site in one, each type spread over all."""
    sites = sorted({each.site for each in examples}, key=lambda site: zlib.crc32(site.encode()))
    found: list[list[Example]] = [[] for _ in range(count)]
    of_site = defaultdict(list)
    for each in examples:
        of_site[each.site].append(each)
    for site in sites:
        types = Counter(each.page.type for each in of_site[site])
        emptiest = min(found, key=lambda part: (sum(types[each.page.type] for each in part), len(part)))
        emptiest += of_site[site]
    return found


def learnt(examples: Sequence[Example]) -> dict[str, Any]:
    """Return the trees that these pages teach."""
    chance = numpy.random.default_rng(1)
    tables, rights, weights = [], [], []
    for each in examples:
        if not each.words:
            continue
        taken = numpy.sort(chance.permutation(len(each.words))[:MOST_BLOCKS])
        own = numpy.array(each.words)[taken] ** 0.7 + 0.3
        tables.append(each.seen.rows[taken])
        rights.append(numpy.array(each.right)[taken])
        weights.append(100 * own / own.sum())
    table, wanted, weight = numpy.vstack(tables), numpy.concatenate(rights), numpy.concatenate(weights)
    twice = numpy.concatenate([weight * wanted, weight * (1 - wanted)])
    kept = twice > 0.15 * numpy.concatenate([weight, weight])
    model = HistGradientBoostingClassifier(
        max_iter=ROUNDS,
        max_leaf_nodes=LEAVES,
        learning_rate=RATE,
        min_samples_leaf=LEAST_IN_LEAF,
        l2_regularization=5,
        max_features=0.3,
        early_stopping=False,
        random_state=7,
    )
    sides = numpy.concatenate([numpy.ones(len(table)), numpy.zeros(len(table))])
    model.fit(numpy.concatenate([table, table])[kept], sides[kept], sample_weight=twice[kept])
    return {"features": list(features.NAMES), **as_data(model)}


def as_data(model: Any) -> dict[str, Any]:
    """Return trees as plain data: a leaf is a number, a fork [feature, bound, left, right]."""

    def grown(nodes: Any, at: int) -> Any:
        node = nodes[at]
        if node["is_leaf"]:
            return round(float(node["value"]), 4)
        bound = round(float(node["num_threshold"]), 5)
        return [int(node["feature_idx"]), bound, grown(nodes, node["left"]), grown(nodes, node["right"])]

    trees = [grown(predictors[0].nodes, 0) for predictors in model._predictors]
    return {"start": float(model._baseline_prediction.ravel()[0]), "trees": trees}


def main(argv: Sequence[str] | None = None) -> int:
    """Learn, print what other pages may expect, and write the trees."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.extraction.training")
    parser.add_argument("--corpus", type=Path, required=True, help="folder of the labelled pages")
    parser.add_argument("--out", type=Path, required=True, help="where to write the trees, as JSON")
    given = parser.parse_args(argv)
    examples = [example(page) for page in pages.read(given.corpus)]
    halves = parts(examples, 2)
    score = pages.Score()
    for taught, kept in (halves, halves[::-1]):
        trees = forest.Forest(learnt(taught))
        for each in kept:
            score.add(each.page, main_text(each.seen, trees.shares(each.seen.rows)), 0.0)
    means = score.by_type()
    print("each half by trees of the other:", {name: round(value, 3) for name, value in means.items()})
    mean = round(statistics.mean(means.values()), 4)
    print(f"mean of the types: {mean}, leaked {score.leaked_share:.3f}, missing {score.missing_share:.3f}")
    given.out.write_text(json.dumps(learnt(examples), separators=(",", ":")) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
