"""Patterns that see text from outside take time in proportion to it: all of them, found by walking the packages."""

from __future__ import annotations

import re
import sys
import time
from typing import Any

import pytest
import re2

from tests.patterns import found

SIZES = (16, 22, 256, 1_024, 8_192)
QUICK_S = 0.003
"""A scan of SIZES[-1] characters that takes less is not looked at further: a squared one takes a hundred times it."""
FAR_TOO_LONG_S = 0.03, 0.000_01
"""So much, and so much for each character, no scan takes, or it is not worth waiting for the larger sizes."""
IN_PROPORTION = 11.0
"""SIZES[-1] may take so many times what SIZES[-2] takes, an eighth of it, and is not looked at further: 8 is in
proportion, and what is under 11 stays under GROWTH, since no more than a third of its time is squared."""
GROWTH = 9.0
"""Four times the text may take so many times the time; in proportion it is 4, squared 16."""
PATTERNS = found.compiled()
LINEAR = found.of_re2()
"""RE2 searches its text in one pass, whatever the pattern (https://swtch.com/~rsc/regexp/regexp3.html)."""


def _scan(pattern: re.Pattern[Any], text: Any) -> float:
    begun = time.process_time()
    for _ in pattern.finditer(text):
        pass
    pattern.fullmatch(text)
    return time.process_time() - begun


def _text(pattern: re.Pattern[Any], parts: tuple[str, str, str], size: int) -> Any:
    start, pump, end = parts
    text = start + pump * (size // len(pump) + 1) + end
    return text.encode("utf-8", "surrogatepass") if isinstance(pattern.pattern, bytes) else text


def slow_on(pattern: re.Pattern[Any]) -> tuple[tuple[str, str, str], list[float]] | None:
    """The first text on which the pattern takes more than its share, with the times it took."""
    for parts in found.texts_for(pattern):
        before = taken = 0.0
        for size in SIZES:
            before, taken = taken, _scan(pattern, _text(pattern, parts, size))
            if taken > FAR_TOO_LONG_S[0] + FAR_TOO_LONG_S[1] * size:
                return parts, [taken]
        if taken < QUICK_S or taken < IN_PROPORTION * before:
            continue
        times = [min(_scan(pattern, _text(pattern, parts, SIZES[-1] * by)) for _ in range(3)) for by in (1, 2, 4)]
        if times[2] > GROWTH * times[0]:
            return parts, times
    return None


@pytest.mark.parametrize("where", sorted({**PATTERNS, **LINEAR}))
def test_a_pattern_grows_with_its_text(where: str) -> None:
    """RE2's too: each of its searches is one pass, but there is one search for each match."""
    pattern = PATTERNS.get(where) or LINEAR[where]
    slow = slow_on(pattern)
    assert slow is None, f"{where} {pattern.pattern!r} on {slow[0]}: {slow[1]} s"


def test_no_pattern_is_made_where_this_does_not_look() -> None:
    """A pattern that a call is given is a literal, and among those above; any other is held by a module."""
    literals = 0
    for where, call, literal in found.written():
        literals += literal is not None
        made = call.func.attr != "compile" and literal is None  # type: ignore[attr-defined]
        assert not made, f"{where}: compile this pattern at the top of its module"
    print(f"\n{len(PATTERNS)} patterns, {literals} of them literals in calls, {len(LINEAR)} of RE2")
    assert len(PATTERNS) > 80


def test_re2_takes_no_pattern_that_it_cannot_scan_in_one_pass() -> None:
    assert LINEAR
    with pytest.raises(re2.error):
        re2.compile(r"(a)\1")


@pytest.mark.parametrize("planted", [r"\s+$", r"(a|a)*b", r"\[[^\]]*\]\(", r"(\w+\s?)*:", r"x*x*y"])
def test_a_slow_pattern_is_caught(planted: str) -> None:
    assert slow_on(re.compile(planted)) is not None


def test_no_pattern_repeats_a_group_possessively_whatever_the_python() -> None:
    """Before 3.11.5 that matches what is not there (gh-100061, gh-106052): language.words asks which it is."""
    group = re.compile(r"(?<!\\)\)(?:[*+?]|\{[\d,]+\})\+")
    texts = {where: each.pattern for where, each in PATTERNS.items() if isinstance(each.pattern, str)}
    trusting = {where for where, text in texts.items() if group.search(text)}
    if sys.version_info >= (3, 11, 5):
        assert trusting
    assert {where.rpartition(".")[0] for where in trusting} <= {"language.words"}
