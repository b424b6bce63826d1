"""Who and whom, from and to, more than, in Japanese: its particles say it."""

from __future__ import annotations

import re
from collections.abc import Sequence

from agents.claims.lexicon.lexicon import Member
from agents.claims.reading import Reading
from agents.claims.verdict import Refusal

_NOUN = r"([\u4e00-\u9fff々\u30a1-\u30ffーA-Za-z]{2,12})"
_DEED = re.compile(rf"{_NOUN}(?:は|が)(?:[^、。]{{0,12}}、)?{_NOUN}を")
_DONE_TO = re.compile(rf"{_NOUN}(?:は|が)(?:[^。]{{0,14}}?){_NOUN}に[^。]{{0,10}}(?:され|られ)")
_WAY = re.compile(rf"{_NOUN}から{_NOUN}(?:へ|まで|に)")
_MORE = re.compile(rf"{_NOUN}(?:は|が|の方が)[^。]{{0,10}}?{_NOUN}より")
_NUMBERS = re.compile(
    r"([\d,.]{1,12}|[一二三四五六七八九十百千万]{1,8})[^\d、。から]{0,6}から([\d,.]{1,12}|[一二三四五六七八九十百千万]{1,8})"
)


def japanese_turned(claim: Reading, evidence: Sequence[Reading]) -> Refusal | None:
    """Refuse a claim in which doer and done-to, start and end, or the two sides of a comparison changed places."""
    text = "。".join(sentence.text for sentence in evidence)
    for kind, pairs in (("who and whom", _deeds), ("way", _ways)):
        there = pairs(text)
        for one, two in pairs(claim.text):
            if (two, one) in there and (one, two) not in there:
                return Refusal(kind, f"{one} … {two}", f"{two} … {one}")
    return _compared(claim, evidence)


def _compared(claim: Reading, evidence: Sequence[Reading]) -> Refusal | None:
    """Refuse a comparison whose sides or whose word of degree changed, but not both."""
    there = [found for sentence in evidence for found in _comparisons(sentence)]
    for one, two, members in _comparisons(claim):
        for first, second, others in there:
            swapped = (one, two) == (second, first)
            degrees = [(m, o) for m in members for o in others if m[0] == o[0]]
            if not degrees or not (swapped or (one, two) == (first, second)):
                continue
            if swapped == any(m[1] == o[1] for m, o in degrees):
                return Refusal("comparison", f"{one} … {two}", f"{first} … {second}")
    return None


def _comparisons(sentence: Reading) -> list[tuple[str, str, tuple[Member, ...]]]:
    found = []
    for match in _MORE.finditer(sentence.text):
        behind = [token for token in sentence.tokens if match.end(2) < token.start <= match.end(2) + 14]
        members = next((token.members for token in behind if token.members), ())
        found.append((match[1], match[2], members))
    return found


def _deeds(text: str) -> set[tuple[str, str]]:
    """Return who does something and to whom; in the passive the doer is marked by に."""
    active = {(match[1], match[2]) for match in _DEED.finditer(text)}
    return active | {(match[2], match[1]) for match in _DONE_TO.finditer(text)}


def _ways(text: str) -> set[tuple[str, str]]:
    found = {(match[1], match[2]) for match in _WAY.finditer(text)}
    return found | {(match[1], match[2]) for match in _NUMBERS.finditer(text)}
