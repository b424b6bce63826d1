"""The citations that a model writes, in whatever style, read and taken out. Pure.

Owns what is a citation and what only looks like one: `argv[1]` is none where a source has it, nor is `(1)` in front of
the first of several things. Final numbers are given elsewhere (`agents.post.citations`), from passages alone.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

OPEN, CLOSE = "\ue000", "\ue001"
"""Private characters that stand around a number while a text is cut into sentences."""
_ID = r"(?:(?:sources?|passages?|quellen?|fuentes?|refs?|citations?|cite|evidence) ?[:.#]? ?)?[#E@^]? ?\d{1,3}"
_LIST = rf"{_ID}(?: ?(?:[,;&–-]|and|und|et|y) ?{_ID}){{0,8}}"
_ADDRESS = r"(?:\((?:https?:|#|/|mailto:)?[^()\s]{0,300}(?:\s\"[^\"]{0,200}\")?\))?"
_BRACKETS = re.compile(rf"(?P<word>[\w)\]]?)\[\[?\^? ?(?P<ids>{_LIST}) ?\]?\]{_ADDRESS}", re.IGNORECASE)
_OTHERS = re.compile(
    rf"【 ?(?P<a>{_LIST})[^】]{{0,60}}】|<sup> ?\[? ?(?P<b>{_LIST}) ?\]? ?</sup>|\\cite\{{ ?(?P<c>{_LIST}) ?\}}|"
    rf"\^\[?(?P<d>\d{{1,3}})\]?\^|"
    rf"\((?:see |siehe |voir |véase |cf\. )?(?P<e>(?:sources?|passages?|quellen?|fuentes?) ?:? ?{_LIST})\)|"
    rf"［ ?(?P<f>{_LIST}) ?］",
    re.IGNORECASE,
)
_ROUND_AT_END = re.compile(
    r"\s?\((?P<ids>\d{1,2}(?: ?, ?\d{1,2})*)\)(?= ?(?:[.!?。]|$))|(?<=[.!?。])\s?\((?P<more>\d{1,2})\)(?=\s|$)",
    re.MULTILINE,
)
_SUPERSCRIPT = re.compile(
    r"(?<=[^\W\d_.,!?;:)”»])[¹²³⁴⁵⁶⁷⁸⁹⁰]{1,3}(?=[\s.,;:!?]|$)|(?<=[.,!?;:])[¹²³⁴⁵⁶⁷⁸⁹⁰]{1,3}(?=\s|$)"
)
_DIGITS = str.maketrans("¹²³⁴⁵⁶⁷⁸⁹⁰", "1234567890")
_UNITS_BEFORE = re.compile(r"\b(?:[cmk]?m|ft|in|s|CO|H)$")
_MARK = re.compile(rf" ?{OPEN}(\d{{1,3}}){CLOSE}")
_ATTRIBUTION = re.compile(
    rf"(?i:(?P<open>^|(?<=[.!?]\s)|(?<=\n))?(?:, ?)?"
    r"(?:as (?:stated|described|explained|noted|shown) in|according to|as per|based on|"
    r"laut|gemäß|nach|selon|d'après|según)"
    r"(?:\s(?:the )?(?:source|sources|quelle|fuente|passage))?"
    rf"(?: ?{OPEN}\d{{1,3}}{CLOSE}){{1,9}}(?P<comma> ?,)? ?)(?P<next>\w?)"
)
_DEFINITION = re.compile(
    r"^ ?(?:\[\^?[\w-]{1,30}\]:|\[\d{1,3}\] https?:|\d{1,3}\. (?:\[[^\]\n]{0,200}\]\()?https?:).*$", re.MULTILINE
)
_LISTED = re.compile(
    r"\n(?:#{1,6} ?|\*\*)?(?:sources?|references|quellen|literatur|références|fuentes|referencias|参考文献|出典)"
    r"(?:\*\*)?:?(?:\*\*)? ?\n{1,2}(?:[ \t]{0,4}(?:[-*]|\d{1,3}\.|\[\d{1,3}\])[^\n]*(?:\n|\Z)){1,60}\s{0,3}\Z",
    re.IGNORECASE,
)
_RANGE = re.compile(r"\d ?[–-] ?\D{0,12}\d")
_NUMBER = re.compile(r"\d{1,3}")
_PRIVATE = re.compile(rf"{OPEN}(\d{{1,3}}){CLOSE}")
_MARKS_BEHIND = re.compile(rf"([.!?。]{{1,3}})((?: ?{OPEN}\d{{1,3}}{CLOSE}){{1,9}})")
_SPACE_BEFORE = re.compile(r" ([.,;:!?])(?=\s|$)")
_LEFT_OVER = re.compile(r"[ \t]?(?:\[ ?\]|\( ?\)|【 ?】)(?!\()")
_CODE = re.compile(r"(```.*?(?:```|\Z)|~~~.*?(?:~~~|\Z)|`+[^`]+`+)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Cited:
    """A sentence without its citations, and the numbers that the model cited for it, as it counted the sources."""

    text: str
    numbers: tuple[int, ...]


def mark_citations(text: str, sources: Sequence[str] = ()) -> str:
    """Return a model's text with its citations in one private form, at the end of what they stand behind.

    `sources` are the texts that the model wrote from: what stands there so is no citation. Code is left as it is.
    """
    text = _DEFINITION.sub("", _LISTED.sub("\n", f"\n{text}\n"))
    known = "\n".join(sources)
    pieces = _CODE.split(text)
    return "".join(piece if at % 2 else _marked(piece, known) for at, piece in enumerate(pieces)).strip()


def take_citations(sentence: str) -> Cited:
    """Return the sentence without the private marks, and their numbers in order."""
    numbers = tuple(dict.fromkeys(int(number) for number in _MARK.findall(sentence)))
    return Cited(_SPACE_BEFORE.sub(r"\1", _MARK.sub("", sentence)).strip(), numbers)


def _marked(text: str, known: str) -> str:
    def bracket(match: re.Match[str]) -> str:
        if match["word"] and _stands_in(match, known):
            return match.group()
        return match["word"] + _private(match["ids"])

    text = _OTHERS.sub(lambda match: _private(next(filter(None, match.groups()))), text)
    text = _BRACKETS.sub(bracket, text)
    text = _ROUND_AT_END.sub(
        lambda match: match.group() if match.group() in known else _private(match["ids"] or match["more"]), text
    )
    text = _SUPERSCRIPT.sub(lambda match: _superscript(match, text, known), text)
    text = _MARKS_BEHIND.sub(r"\2\1", text)
    text = _ATTRIBUTION.sub(_without_attribution, text)
    text = _LEFT_OVER.sub(lambda match: match.group() if match.group().strip() in known else "", text)
    return text


def _stands_in(match: re.Match[str], known: str) -> bool:
    """Return whether the brackets belong to a word of a source, such as `argv[1]`."""
    start = match.start("word")
    while start > 0 and (match.string[start - 1].isalnum() or match.string[start - 1] in "_.]["):
        start -= 1
    return match.string[start : match.end()] in known


def _superscript(match: re.Match[str], text: str, known: str) -> str:
    before = text[max(0, match.start() - 12) : match.start()]
    if _UNITS_BEFORE.search(before) or f"{before[-3:]}{match.group()}" in known:
        return match.group()
    return _private(match.group().translate(_DIGITS))


def _private(ids: str) -> str:
    numbers = [int(number) for number in _NUMBER.findall(ids)]
    if len(numbers) == 2 and _RANGE.search(ids) and 0 < numbers[1] - numbers[0] < 9:
        numbers = list(range(numbers[0], numbers[1] + 1))
    return "".join(f"{OPEN}{number}{CLOSE}" for number in numbers)


def _without_attribution(match: re.Match[str]) -> str:
    """Return what is left of “according to [1]”: its numbers, and the next letter, which may begin the sentence."""
    marks = "".join(f"{OPEN}{number}{CLOSE}" for number in _PRIVATE.findall(match.group()))
    following = match["next"]
    if match["open"] is not None:
        return f"{marks}{following.upper()}"
    return f"{marks} {following}" if following else marks
