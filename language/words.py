"""Where words are, in every script. Pure.

Words are cut as in Unicode's text segmentation (UAX 29), with two differences. What a reader takes as one name stays
whole: `C++`, `C#`, `.NET`, `node.js`, `v1.2.3`, `12,500`, `don't`, `well-known`, file names, addresses. And the scripts
of South-East Asia, which UAX 29 leaves to dictionaries, are cut into clusters: a letter with its vowels and tones.
Chinese characters and hiragana are words of one character each, a run of katakana is one word; what compares texts puts
neighbours together (`language.terms`).
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator

from language.scripts import (
    HAN,
    HIRAGANA,
    KATAKANA,
    MARKS,
    SOUTH_EAST_ASIAN,
    has_unspaced,
    stretches,
    words_without_spaces,
)
from language.spans import Span

_HIDDEN = "\u00ad\u200c\u200d\u2060\ufeff"
# `*` keeps each place that it could go back to, though it never does here: 100 MB for a word of a million parts. `*+`
# does not, but of a group it matches what is not there before Python 3.11.5 (gh-100061, gh-106052), as on Debian 12.
_TIMES = "*+" if sys.version_info >= (3, 11, 5) else "*"
_RUN = rf"[^\W_]++(?:[{MARKS}{_HIDDEN}]++[^\W_]*+){_TIMES}"
_BETWEEN = r"[._'’+/@:\-‐‑]++|(?<=\d)[,٬\u00a0\u202f\u2009](?=\d)"
_NAME = re.compile(rf"(?:(?<![\w.])\.)?{_RUN}(?:(?:{_BETWEEN}){_RUN}){_TIMES}(?:\++|#(?!\w))?")
"""A word of a script with spaces."""

_CLUSTER_MARKS = (
    "\u0e30-\u0e3a\u0e45\u0e47-\u0e4e\u0eb0-\u0ebc\u0ec8-\u0ecd\u102b-\u103e\u1056-\u1059\u17b4-\u17d3\u200c\u200d"
)
_STACKED = "\u1039\u17d2"  # They put the next letter below the last.
_BEFORE = "[เ-ไເ-ໄ]"  # Vowels that are written before their letter; one that has none is a word by itself.
_CLUSTER = (
    f"{_BEFORE}?+[{SOUTH_EAST_ASIAN}](?:[{_CLUSTER_MARKS}]|(?<=[{_STACKED}])[{SOUTH_EAST_ASIAN}]){_TIMES}|{_BEFORE}"
)
_SIGN = re.compile(f"[{KATAKANA}]++|[{HAN}{HIRAGANA}]|{_CLUSTER}")
"""A word of a script without spaces."""
_CLOSING = re.compile(r"[^\w\s]*")


def word_spans(text: str) -> Iterator[Span]:
    """Yield the words of a text with their places, in order."""
    for match in _matches(text):
        yield Span(match.group(), match.start(), match.end())


def words(text: str) -> list[str]:
    """Return the words of a text as they stand, in order and with repetitions."""
    return [match.group() for match in _matches(text)] if has_unspaced(text) else _NAME.findall(text)


def count_words(text: str) -> int:
    """Return how many words a text has, so that texts in different scripts compare.

    Scripts without spaces count as their English translation would (`scripts.words_without_spaces`): a page of 600
    Japanese characters has some 290 words, not one and not 600. 0 only where there is no word at all.
    """
    if not has_unspaced(text):
        return len(_NAME.findall(text))
    with_spaces = sum(len(_NAME.findall(text, start, end)) for start, end, unspaced in stretches(text) if not unspaced)
    return with_spaces + max(1, round(words_without_spaces(text)))


def first_words(text: str, most: int) -> str:
    """Return the beginning of a text that has at most about `most` words, cut between words.

    What stands close behind the last word stays with it.
    """
    room, end = float(most), 0
    for span in word_spans(text):
        room -= words_without_spaces(span.text) or 1.0
        if room < -1e-9:
            return text[: _CLOSING.match(text, end).end()]  # type: ignore[union-attr]  # it matches nothing, too
        end = span.end
    return text


def _matches(text: str) -> Iterator[re.Match[str]]:
    for start, end, unspaced in stretches(text):
        yield from (_SIGN if unspaced else _NAME).finditer(text, start, end)
