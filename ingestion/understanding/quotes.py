"""Finding a quote on its page. Pure.

A model that copies loses a line break, straightens a quotation mark or closes a gap; it may also change a number or
leave out a "not". So letters, digits and what belongs to numbers must agree one for one, and only what lies between
words may differ. No measure of likeness is used: 95 of 100 characters are alike where a "not" is missing.
"""

from __future__ import annotations

import re
import unicodedata
from functools import cached_property

_OF_NUMBERS = frozenset(".,%€$£¥°+-−–/:")
_GAPS = re.compile(r"(?:\[ ?)?(?:…|\.{3})(?: ?\])?")
"""Where whoever quotes has left something out; each of the quote's gaps one space."""
_INVISIBLE = re.compile("[\u00ad\u200b-\u200d\u2060\ufeff]")
_SPACELESS = re.compile("[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]")
"""Scripts that write words without spaces between them: Thai, Lao, Burmese, Khmer, Japanese, Chinese."""
SHORTEST_PART = 6
"""Letters and digits that a quote has at least: "is" stands on each page."""


class Quotable:
    """A text in which quotes are looked for."""

    def __init__(self, text: str) -> None:
        self._text = text

    def find(self, quote: str, *, shortest: int = SHORTEST_PART) -> str:
        """Return the words of the text that are quoted, as they stand there; "" where it does not say so.

        Of a quote with a gap ("…") each part must stand in the text, in order; the longest is returned. A part of fewer
        letters and digits than `shortest` (half as many where words are written without spaces) proves nothing.
        """
        found, after = [""], 0
        for part in filter(None, _GAPS.split(" ".join(quote.split()))):
            place = self._place(_comparable(part), after, shortest)
            if place is None:
                return ""
            start, end = place
            found.append(self._text[self._offsets[start] : self._offsets[end - 1] + 1])
            after = end
        return max(found, key=len)

    def _place(self, wanted: str, after: int, shortest: int) -> tuple[int, int] | None:
        if len(wanted) < (shortest // 2 if _SPACELESS.search(wanted) else shortest):
            return None
        start = self._letters.find(wanted, after)
        while start >= 0:
            end = start + len(wanted)
            if self._whole(start, end):
                return start, end
            start = self._letters.find(wanted, start + 1)
        return None

    def _whole(self, start: int, end: int) -> bool:
        """Return whether no word is cut in two at either end."""
        first, last = self._offsets[start], self._offsets[end - 1]
        return not (_joined(self._text[first - 1 : first + 1] if first else "") or _joined(self._text[last : last + 2]))

    @property
    def _letters(self) -> str:
        return self._indexed[0]

    @property
    def _offsets(self) -> list[int]:
        return self._indexed[1]

    @cached_property
    def _indexed(self) -> tuple[str, list[int]]:
        letters: list[str] = []
        offsets: list[int] = []
        for place, character in enumerate(self._text):
            if character.isascii() and character.isalnum():  # what `_letters_of` would return
                letters.append(character.lower())
                offsets.append(place)
                continue
            for each in _letters_of(character, self._text, place):
                letters.append(each)
                offsets.append(place)
        return "".join(letters), offsets


def _joined(pair: str) -> bool:
    return len(pair) == 2 and pair.isalnum() and not _SPACELESS.search(pair)


def _comparable(text: str) -> str:
    text = _INVISIBLE.sub("", text)
    return "".join(each for place, character in enumerate(text) for each in _letters_of(character, text, place))


def _letters_of(character: str, text: str, place: int) -> str:
    """Return what of a character must agree: letters and digits in a common form, and signs beside a digit."""
    common = unicodedata.normalize("NFKC", character)
    if character.isalnum():
        return common.casefold()
    if unicodedata.combining(character):
        return character
    if common in _OF_NUMBERS and (text[place + 1 : place + 2].isdigit() or _ends_number(common, text, place)):
        return "-" if common in "−–" else common
    return ""


def _ends_number(character: str, text: str, place: int) -> bool:
    """Return whether the sign closes a number: a unit does, the full stop of a sentence does not."""
    return character in "%€$£¥°" and text[:place].rstrip()[-1:].isdigit()
