"""Where a sentence has words that change what it claims. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cache

from agents.claims.amounts import Amount
from agents.claims.lexicon import LEXICONS, UNKNOWN, Lexicon
from agents.claims.parts import Mark, Token
from agents.text.vocabulary import word_set

_BEHIND = 15
"""How many characters may stand between a word of limit and its amount."""
_DEGREE = word_set(
    """
    more less fewer plus moins más menos mieux mejor peor mayor menor mehr weniger rather
    """
)

_OFTEN = word_set("a an per every each in more again only daily weekly monthly")
"""What stands behind a “once” that counts."""


def marks_in(text: str, tokens: Sequence[Token], lexicon: Lexicon) -> Iterator[Mark]:
    """Yield the marks of each kind; of phrases that overlap, the longest of a kind counts."""
    if not lexicon.spaced:
        yield from _unspaced_marks(text, tokens, lexicon)
        return
    lows = [token.text.lower() for token in tokens]
    used: dict[str, int] = {}
    for place, low in enumerate(lows):
        for parts, mark in _phrases(lexicon.language).get(low, ()):
            kind, _, value = mark.partition(":")
            if used.get(kind, -1) >= place or tuple(lows[place : place + len(parts)]) != parts:
                continue
            if low == "may" and tokens[place].text == "May" and place:
                continue
            used[kind] = place + len(parts) - 1
            yield Mark(kind, value, place, len(parts), tokens[place].start)


@cache
def _phrases(language: str) -> dict[str, list[tuple[tuple[str, ...], str]]]:
    lexicon = LEXICONS.get(language, UNKNOWN)
    found: dict[str, list[tuple[tuple[str, ...], str]]] = {}
    for entries in lexicon.phrases.values():
        for parts, mark in entries:
            cut = tuple(piece for part in parts for piece in (part.split("'") if language == "fr" else [part]) if piece)
            found.setdefault(cut[0], []).append((cut, mark))
    for listed in found.values():
        listed.sort(key=lambda entry: -len(entry[0]))
    return found


def _unspaced_marks(text: str, tokens: Sequence[Token], lexicon: Lexicon) -> Iterator[Mark]:
    starts = [token.start for token in tokens]
    entries = sorted((entry for listed in lexicon.phrases.values() for entry in listed), key=lambda e: -len(e[0][0]))
    taken: dict[str, list[range]] = {}
    for (phrase,), mark in entries:
        kind, _, value = mark.partition(":")
        for start in _places(phrase, text):
            span = range(start, start + len(phrase))
            blocking = [*taken.get(kind, []), *(taken.get("neutral", []) if kind == "neg" else [])]
            if any(span.start < other.stop and other.start < span.stop for other in blocking):
                continue
            taken.setdefault(kind, []).append(span)
            place = max((at for at, start in enumerate(starts) if start <= span.start), default=0)
            yield Mark(kind, value, place, 1, span.start)


def _places(phrase: str, text: str) -> Iterator[int]:
    """Yield where a phrase stands in a text."""
    place = text.find(phrase)
    while place >= 0:
        yield place
        place = text.find(phrase, place + len(phrase))


def apart(marks: list[Mark], tokens: Sequence[Token], amounts: Sequence[Amount], lexicon: Lexicon) -> list[Mark]:
    """Return the marks without comparisons that are part of a limit (`more than six`), or compare nothing (`als`)."""
    marks = [mark for mark in marks if mark.kind != "bound" or not _only_compares(mark, tokens, amounts)]
    marks = [mark for mark in marks if mark.kind not in ("former", "order", "if") or not _counts_once(mark, tokens)]
    limits = {at for mark in marks if mark.kind == "bound" for at in range(mark.place, mark.place + mark.size)}
    return [
        mark
        for mark in marks
        if mark.kind != "than" or (mark.place not in limits and (not lexicon.spaced or _compared(tokens, mark.place)))
    ]


def _counts_once(mark: Mark, tokens: Sequence[Token]) -> bool:
    """Return whether a “once” says how often: `once a week`, `once in ten years`, `only once`."""
    if tokens[mark.place].text.lower() != "once" or mark.size > 1:
        return False
    before = tokens[mark.place - 1].text.lower() if mark.place else ""
    after = tokens[mark.place + 1].text.lower() if mark.place + 1 < len(tokens) else "."
    return after in _OFTEN or not after[0].isalnum() or before in ("only", "just", "than", "at")


def _only_compares(mark: Mark, tokens: Sequence[Token], amounts: Sequence[Amount]) -> bool:
    """Return whether a “larger than” limits nothing, since no amount stands behind it."""
    last = tokens[mark.place + mark.size - 1] if mark.place + mark.size <= len(tokens) else tokens[-1]
    if last.text.lower() not in ("than", "als", "que"):
        return False
    end = last.start + len(last.text)
    return not any(0 <= amount.start - end <= _BEHIND for amount in amounts)


def _compared(tokens: Sequence[Token], place: int) -> bool:
    """Return whether a word of degree stands before a “than”."""
    near = [token.text.lower() for token in tokens[max(0, place - 6) : place]]
    return any(low in _DEGREE or (low.endswith(("er", "ere", "erer", "eres")) and len(low) > 4) for low in near)
