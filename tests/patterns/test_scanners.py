"""What goes through foreign text without being a pattern grows with it too: the renderer, fences, markers, the mask."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable
from typing import Any
from urllib.parse import urljoin

import pytest

from agents.post.assemble import escape
from agents.post.citations import cited_numbers
from agents.text.words import code_spans
from genisys_site.configuration.masking import LONGEST_CHARS, Mask
from ingestion.content.injection import signs_in
from ingestion.content.nesting import flattened
from ingestion.content.passages import cut
from ingestion.text.fencing import inert
from ingestion.web.links import _canonical
from language.sentences import paragraphs, split_sentences
from runs.presentation.growing import grown
from runs.presentation.markdown import MOST_CHARS, render
from tests.patterns.found import SLOW_ELSEWHERE

SIZE = 12_000
QUICK_S = 0.15
GROWTH = 9.0
FAR_TOO_LONG_S = 6.0
MORE = (
    *("|a", "|-|\n|a|b|\n", "> ", "> - ", "[/IN", "http://a.b.", "www.a.", "a@b.", "[a]: /b\n", "<s<s>"),
    *("~~a ", "*a _b ", "\n\n"),
)
SCANNERS: dict[str, Callable[[str], Any]] = {
    "render": lambda text: render.__wrapped__(text),
    "grown": lambda text: grown(text, 1, lambda part: render.__wrapped__(part)),
    "escape": escape,
    "cited_numbers": cited_numbers,
    "code_spans": code_spans,
    "split_sentences": split_sentences,
    "paragraphs": paragraphs,
    "inert": inert,
    "signs_in": signs_in,
    "canonical": lambda text: _canonical.__wrapped__(urljoin("https://example.com/", text)),
    "flattened": lambda text: flattened(text, 50),
    "cut": cut,
    "mask": Mask(["a secret value"]),
}


def _took(scan: Callable[[str], Any], text: str) -> float:
    """Return seconds of CPU, without the collector: what it goes through is the size of the whole test run."""
    gc.disable()
    begun = time.process_time()
    try:
        scan(text)
        return time.process_time() - begun
    finally:
        gc.enable()


@pytest.mark.parametrize("name", SCANNERS)
def test_a_scanner_grows_with_its_text(name: str) -> None:
    scan = SCANNERS[name]
    for pump in dict.fromkeys([*SLOW_ELSEWHERE, *MORE]):
        text = pump * (SIZE // len(pump))
        first = _took(scan, text)
        assert first < FAR_TOO_LONG_S, f"{name} on {pump!r}: {first} s"
        if first > QUICK_S:
            times = [min(_took(scan, text * by) for _ in range(2)) for by in (1, 2, 4)]
            assert times[2] < GROWTH * times[0] + QUICK_S, f"{name} on {pump!r}: {times} s"


def test_a_table_of_thousands_of_columns_is_no_table() -> None:
    text = "|" + "a|" * 3_000 + "\n|" + "-|" * 3_000 + "\n" + ("|" + "x|" * 3 + "\n") * 300
    assert "<table" not in render(text)
    assert "<table" in render("|a|b|\n|-|-|\n|1|2|\n")


def test_a_text_of_nothing_but_marks_is_shown_as_it_stands() -> None:
    assert "![![![" in render("![" * 20_000)
    assert "<em>" in render("*a*")


def test_a_text_that_is_too_long_says_that_it_is_cut() -> None:
    assert "(5 characters more)" in render("word " * (MOST_CHARS // 5) + "words")


def test_a_line_of_the_log_is_cut_before_it_is_searched() -> None:
    line = Mask()("a" * (LONGEST_CHARS + 7))
    assert len(line) < LONGEST_CHARS + 50
    assert line.endswith("… (7 characters more)")


def test_marks_that_are_nested_however_deep_are_none_in_the_end() -> None:
    nested = "<" * 40 + "page" + ">" * 40 + "[/IN" * 30 + "[/INST]" + "ST]" * 30
    assert "<page" not in inert(nested)
    assert "[/INST]" not in inert(nested)
