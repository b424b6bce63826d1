"""Which scripts put spaces between words, and which do not. Pure.

Scripts are Unicode's blocks, categories those of Python's `unicodedata`. The classes are texts for the inside of
brackets in a pattern of `re`.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator

HIRAGANA = "\u3041-\u309f"
KATAKANA = "\u30a0-\u30ff\u31f0-\u31ff\uff66-\uff9f"
HAN = "\u2e80-\u2fd5\u3005\u3007\u3021-\u3029\u3038-\u303b\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U000323af"
HANGUL = "\u1100-\u11ff\u3131-\u318e\ua960-\ua97c\uac00-\ud7a3\ud7b0-\ud7fb"
THAI = "\u0e01-\u0e3a\u0e40-\u0e4e"
LAO = "\u0e81-\u0ec6\u0ec8-\u0ecd\u0edc-\u0edf"
MYANMAR = "\u1000-\u103f\u104e-\u109f\ua9e0-\ua9ef\ua9fa-\ua9fe\uaa60-\uaa7f"
KHMER = "\u1780-\u17d3\u17d7\u17dc\u17dd"
SOUTH_EAST_ASIAN = THAI + LAO + MYANMAR + KHMER
UNSPACED = HAN + HIRAGANA + KATAKANA + SOUTH_EAST_ASIAN


def ranges(code_points: Iterable[int]) -> str:
    """Return ascending code points as the inside of a character class."""
    found: list[list[int]] = []
    for point in code_points:
        if found and found[-1][1] == point - 1:
            found[-1][1] = point
        else:
            found.append([point, point])
    return "".join(f"{re.escape(chr(first))}-{re.escape(chr(last))}" for first, last in found)


MARKS = ranges(point for point in range(0x20000) if unicodedata.category(chr(point))[0] == "M")
"""What stands on, under or between letters and belongs to them: accents, vowel signs, tones. `\\w` knows none of it."""

_UNSPACED = re.compile(f"[{UNSPACED}]")
_HANGUL = re.compile(f"[{HANGUL}]")
_STRETCH = re.compile(f"[{UNSPACED}]+|[^{UNSPACED}]+")
_KANA, _HAN = re.compile(f"[{HIRAGANA}{KATAKANA}]+"), re.compile(f"[{HAN}]+")
_VOWELS_AND_TONES = (
    "\u0e31\u0e34-\u0e3a\u0e47-\u0e4e\u0eb1\u0eb4-\u0ebc\u0ec8-\u0ecd\u102b-\u103e\u1056-\u1059\u17b4-\u17d3"
)
_CLUSTERS = re.compile(f"(?:(?![{_VOWELS_AND_TONES}])[{SOUTH_EAST_ASIAN}])+")
_HAN_A_WORD, _JAPANESE_A_WORD, _CLUSTERS_A_WORD = 1.6, 2.1, 3.6


def has_unspaced(text: str) -> bool:
    """Return whether any of the text is in a script that puts no spaces between words."""
    return not text.isascii() and _UNSPACED.search(text) is not None


def has_hangul(text: str) -> bool:
    """Return whether any of the text is Korean: it has spaces, and particles that stand at the end of its words."""
    return not text.isascii() and _HANGUL.search(text) is not None


def stretches(text: str) -> Iterator[tuple[int, int, bool]]:
    """Yield where each part of the text starts and ends, and whether it is in a script without spaces."""
    if not has_unspaced(text):
        yield 0, len(text), False
        return
    for match in _STRETCH.finditer(text):
        yield match.start(), match.end(), _UNSPACED.match(match.group()) is not None


def words_without_spaces(text: str) -> float:
    """Return about how many words an English translation of the text's unspaced part would have.

    By characters a word: 1.6 in Chinese and 2.1 in Japanese, and 3.6 letters, vowel signs not counted, in the scripts
    of South-East Asia.
    """
    if not has_unspaced(text):
        return 0.0
    kana, han = _length(_KANA, text), _length(_HAN, text)
    # Kana in one of twenty signs: the text is Japanese, and so are its ideographs.
    han_a_word = _JAPANESE_A_WORD if kana * 20 > han else _HAN_A_WORD
    return kana / _JAPANESE_A_WORD + han / han_a_word + _length(_CLUSTERS, text) / _CLUSTERS_A_WORD


def _length(runs: re.Pattern[str], text: str) -> int:
    return sum(map(len, runs.findall(text)))
