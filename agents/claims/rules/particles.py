"""Who and whom, from and to, more than, in Japanese: its particles say it."""

from __future__ import annotations

import re
from collections.abc import Sequence

from agents.claims.reading import Reading
from agents.claims.verdict import Refusal

_NOUN = r"([\u4e00-\u9fff々\u30a1-\u30ffーA-Za-z]{2,})"
_DEED = re.compile(rf"{_NOUN}(?:は|が)(?:[^、。]{{0,12}}、)?{_NOUN}を")
_DONE_TO = re.compile(rf"{_NOUN}(?:は|が)(?:[^。]{{0,14}}?){_NOUN}に[^。]{{0,10}}(?:され|られ)")
_WAY = re.compile(rf"{_NOUN}から{_NOUN}(?:へ|まで|に)")
_NUMBERS = re.compile(r"([\d,.]+|[一二三四五六七八九十百千万]+)[^\d、。から]{0,6}から([\d,.]+|[一二三四五六七八九十百千万]+)")


def japanese_turned(claim: Reading, evidence: Sequence[Reading]) -> Refusal | None:
    """Refuse a claim in which doer and done-to, start and end, or the two sides of a comparison changed places."""
    text = "。".join(sentence.text for sentence in evidence)
    for kind, pairs in (("who and whom", _deeds), ("way", _ways)):
        there = pairs(text)
        for one, two in pairs(claim.text):
            if (two, one) in there and (one, two) not in there:
                return Refusal(kind, f"{one} … {two}", f"{two} … {one}")
    return None


def _deeds(text: str) -> set[tuple[str, str]]:
    """Return who does something and to whom; in the passive the doer is marked by に."""
    active = {(match[1], match[2]) for match in _DEED.finditer(text)}
    return active | {(match[2], match[1]) for match in _DONE_TO.finditer(text)}


def _ways(text: str) -> set[tuple[str, str]]:
    found = {(match[1], match[2]) for match in _WAY.finditer(text)}
    return found | {(match[1], match[2]) for match in _NUMBERS.finditer(text)}
