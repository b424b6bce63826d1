"""What is so of a block, as the trees see it: by its words, under its heading, in its place; and how trees are read."""

from __future__ import annotations

import math
import random
from typing import Any

import numpy as np
import pytest

from ingestion.content import page_data
from ingestion.content.extraction import stated_by
from ingestion.maintext import features, wording
from ingestion.maintext.forest import MOST_LEAVES, Forest, trained
from ingestion.maintext.judging import Judged, of_page
from ingestion.markup.names import Sign, signs_of_names
from ingestion.markup.tree import parsed

PROSE = "The pump lifts water from the lower basin to the upper one, and its valve keeps it there overnight."


def judged(html: str, url: str = "https://pump.example/parts") -> Judged:
    tree = parsed(html)
    return of_page(tree, html, url, stated_by(tree, page_data.objects_of(tree)))


def number(seen: Judged, text: str, name: str) -> float:
    at = next(n for n, block in enumerate(seen.found.blocks) if block.text.startswith(text))
    return float(seen.rows[at, features.NAMES.index(name)])


def grown(chance: random.Random, leaves: int, width: int) -> Any:
    if leaves == 1:
        return round(chance.uniform(-1, 1), 3)
    left = chance.randint(1, leaves - 1)
    fork = [chance.randrange(width), round(chance.uniform(-1, 1), 2)]
    return [*fork, grown(chance, left, width), grown(chance, leaves - left, width)]


def walked(tree: Any, row: list[float]) -> float:
    while isinstance(tree, list):
        tree = tree[2] if np.float32(row[tree[0]]) <= np.float32(tree[1]) else tree[3]
    return float(tree)


@pytest.mark.parametrize("leaves", [1, 2, 5, MOST_LEAVES])
def test_trees_read_all_at_once_say_what_each_says_walked_by_itself(leaves: int) -> None:
    chance = random.Random(leaves)
    trees = [grown(chance, leaves, 6) for _ in range(20)]
    rows = [[round(chance.uniform(-1, 1), 2) for _ in range(6)] for _ in range(50)]
    wanted = [1 / (1 + math.exp(-(0.25 + sum(walked(tree, row) for tree in trees)))) for row in rows]
    found = Forest({"start": 0.25, "trees": trees}).shares(np.array(rows, np.float32))
    assert found == pytest.approx(wanted, abs=1e-5)


def test_a_tree_of_more_leaves_than_are_read_is_refused() -> None:
    tree = grown(random.Random(1), MOST_LEAVES + 1, 3)
    with pytest.raises(ValueError, match="17 leaves"):
        Forest({"start": 0.0, "trees": [tree]})


def test_every_number_has_a_name_and_every_block_a_share() -> None:
    seen = judged(f"<h1>Pump</h1><p>{PROSE}</p><ul><li>One valve<li>Two valves</ul><footer>© Pumps</footer>")
    assert seen.rows.shape == (len(seen.found.blocks), len(features.NAMES))
    shares = trained().shares(seen.rows)
    assert len(shares) == len(seen.found.blocks) and all(0 < share < 1 for share in shares)


def test_a_heading_goes_for_what_is_under_it_until_one_of_its_rank() -> None:
    seen = judged(
        f"<h1>Pump</h1><p>First.</p><h2>Related pumps</h2><h3>Hand pump</h3><p>{PROSE}</p><h2>Care</h2><p>Oil it.</p>"
    )
    assert [number(seen, text, "under_related") for text in ("First.", "The pump", "Oil it.")] == [0, 1, 0]


def test_a_heading_that_opens_a_container_goes_for_all_of_it_whatever_the_ranks() -> None:
    body = f"<main><h1>Pump</h1><p>{PROSE * 3}</p></main>"
    aside = "<div class=x><h4>You may also like</h4><div><h2>Hand pump</h2><p>It works without power.</p></div></div>"
    seen = judged(f"{body}{aside}<p>Oil it.</p>")
    assert [number(seen, text, "opened_by_related") for text in ("The pump", "It works", "Oil it.")] == [0, 1, 0]


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("£ 20.50", "money"),
        ("Add to basket", "call"),
        ("Reply", "control"),
        ("Terms of use", "legal"),
        ("Join our newsletter", "joining"),
        ("14 comments", "counted"),
        ("By the harbour office", "writer"),
        ("3 May 2026", "dated"),
    ],
)
def test_words_tell_what_a_block_is_for(text: str, name: str) -> None:
    at = wording.NAMES.index(name)
    assert wording.numbers(text, wording.words_of(text), frozenset())[at] == 1
    assert wording.numbers(PROSE, wording.words_of(PROSE), frozenset())[at] == 0


def test_a_heading_is_known_by_its_words_and_a_long_line_is_none() -> None:
    bit = 1 << list(wording.OVER).index("related")
    assert wording.over(wording.words_of("You may also like")) & bit
    assert not wording.over(wording.words_of("How to fit a valve")) & bit
    assert not wording.over(wording.words_of(PROSE + " See also the related parts."))


def test_what_a_page_states_as_data_is_known_in_its_text() -> None:
    data = (
        '{"@type": "Product", "description": "<p>'
        + PROSE
        + '</p>", "review": {"description": "Never had a better pump."}}'
    )
    html = (
        f"<script type='application/ld+json'>{data}</script><h1>Pump</h1><p>{PROSE}</p><p>Never had a better pump.</p>"
    )
    seen = judged(html)
    assert (number(seen, "The pump", "in_data"), number(seen, "Never", "in_data")) == (1, 0)


def test_classes_that_say_how_an_element_looks_say_not_what_it_is() -> None:
    assert signs_of_names("flex items-center content-between md:text-sm grid-cols-2 overflow-hidden") == 0
    assert signs_of_names("items") == int(Sign.CARD)
    assert signs_of_names("panel hidden") & int(Sign.HIDDEN)


def test_a_page_without_blocks_has_no_shares() -> None:
    seen = judged("<p></p>")
    assert seen.rows is None and trained().shares(seen.rows) == []
