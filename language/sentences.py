"""Where sentences end, in every script. Pure.

By rules, after the sentence boundaries of Unicode (UAX 29): the full stops of Chinese, Japanese, Hindi, Arabic, Urdu,
Khmer, Burmese, Armenian and Ethiopic end a sentence where they stand; those of Latin, Greek and Cyrillic only before a
space, not after an abbreviation, an initial or an ordinal, and not before a small letter. So numbers, versions, file
names and addresses stay whole. Thai and Lao have no full stop: there a space ends one that is long enough.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import zip_longest

from language.abbreviations import BEFORE_NUMBERS, BEGINNERS, MAY_END, MONTHS, NEVER_LAST
from language.scripts import HAN, HIRAGANA, KATAKANA, LAO, THAI
from language.spans import Span

_CLOSERS = r"[)\]\"'”’»›`*_」』）】》〉]"
_OWN = "。！？｡؟۔।॥։።፧፨\u104b\u17d4\u17d5"
_END = re.compile(
    rf"(?P<plain>(?<![.!?…‽])[.!?…‽]++{_CLOSERS}*+(?=\s|$|[{HAN}{HIRAGANA}{KATAKANA}]))"
    rf"|(?P<own>[{_OWN}]++{_CLOSERS}*+)"
    rf"|(?P<space>(?<=[{THAI}{LAO}ๆฯ])[ \u00a0]+(?=[{THAI}{LAO}“\"(]))"
)
_FULL_WIDTH = re.compile(rf"[。！？｡]{_CLOSERS}*$")
_COMPLETE = re.compile(rf"[.!?…‽{_OWN}]{_CLOSERS}*$")
_UNMARKED = re.compile(f"[{THAI}{LAO}]$")
_LETTER = re.compile("[\u0e01-\u0e2e\u0e81-\u0eae]")
_NEXT = re.compile(r"[\s\"“”‘’'«»„(\[*_`]*((?:[^\W\d_])+|\d+)?(\.)?")
_INITIALS = re.compile(r"(?:[^\W\d_]\.-?)*[^\W\d_]")
_ENUMERATOR = re.compile(r"[(\[]?(?:\d{1,3}|[^\W\d_]|[ivxIVX]+)(?:\.\d{1,3})*")
_ORDINAL = re.compile(r"\d{1,2}")
_BULLET = re.compile(r"^\s*(?:[-*+•‣·●○▪■►–—]|\d{1,2}[.)])\s+")
_BRACKETS = {"「": "」", "『": "』", "（": "）"}
_NUMBER = re.compile(r"[$€£¥+−-]?\d{1,15}(?:[.,:/]\d{1,15}){0,4} ?[%％°€£¥]?")
_AHEAD = 400
"""Characters behind the end of a sentence that are looked at."""
_LEAST_THAI = 24
"""Letters that a Thai or Lao sentence has at least, on either side of the space that ends it."""


def one_line(text: str) -> str:
    """Return the text with every run of white space made one space."""
    return " ".join(text.split())


def paragraphs(text: str) -> Iterator[str]:
    """Yield the paragraphs, titles and list items of a passage: its lines, without bullets and empty ones."""
    for line in text.splitlines():
        if bare := one_line(_BULLET.sub("", line)):
            yield bare


def sentence_spans(paragraph: str) -> list[Span]:
    """Return the sentences of one paragraph with their places, in order; the last may be incomplete.

    What closes behind the full stop (quotation marks, brackets, emphasis) stays with its sentence. Only white space is
    left out.
    """
    found: list[Span] = []
    start = 0
    for match in _END.finditer(paragraph):
        if _ends(paragraph, start, match):
            _add(found, paragraph, start, match.end())
            start = match.end()
    _add(found, paragraph, start, len(paragraph))
    return found


def split_sentences(paragraph: str) -> list[str]:
    """Return the sentences of one paragraph, as `sentence_spans` finds them."""
    return [span.text for span in sentence_spans(paragraph)]


def sentences(text: str) -> list[str]:
    """Return all sentences of a text, paragraph by paragraph."""
    return [sentence for paragraph in paragraphs(text) for sentence in split_sentences(paragraph)]


def joined(sentences: Iterable[str], shown: Iterable[str] | None = None) -> str:
    """Return the sentences as one running text, or what is `shown` for each, in their order.

    Behind a full stop of full width, as in Chinese and Japanese, nothing stands; else a space.
    """
    texts = list(sentences)
    gaps = ["" if _FULL_WIDTH.search(text) else " " for text in texts[:-1]]
    parts = zip_longest(texts if shown is None else shown, gaps, fillvalue="")
    return "".join(f"{part}{gap}" for part, gap in parts)


def is_complete(sentence: str) -> bool:
    """Return whether the sentence ends as one, and was not cut off. In Thai and Lao nothing tells; length decides."""
    bare = sentence.rstrip()
    if _COMPLETE.search(bare):
        return True
    return bool(_UNMARKED.search(bare)) and len(_LETTER.findall(bare)) >= _LEAST_THAI


def is_mostly_words(text: str, share: float) -> bool:
    """Return whether letters and spaces make up this share of a text without its numbers, and half of all of it.

    Figures belong to prose, most of all where words are not parted by spaces; a row of them is none.
    """
    without = _NUMBER.sub("", text)
    return 2 * _letters(text) >= len(text) and _letters(without) >= share * len(without)


def _letters(text: str) -> int:
    return sum(letter.isalpha() or letter.isspace() for letter in text)


def shorten(text: str, chars: int) -> str:
    """Return the text's first whole sentences up to `chars` characters; cut between words if the first is longer."""
    if len(text) <= chars:
        return text
    ends = [span.end for span in sentence_spans(text[: chars + 80]) if span.end <= chars and is_complete(span.text)]
    if ends and ends[-1] >= chars // 3:
        return text[: ends[-1]].rstrip()
    cut = text[:chars]
    words = cut.rsplit(None, 1)
    # Where there are no spaces, as in Japanese, the cut is where it is.
    return words[0].rstrip() if len(words) > 1 and len(words[1]) < chars // 2 else cut.rstrip()


def _add(found: list[Span], paragraph: str, start: int, end: int) -> None:
    text = paragraph[start:end]
    bare = text.strip()
    if bare:
        place = start + text.index(bare)
        found.append(Span(bare, place, place + len(bare)))


def _ends(paragraph: str, start: int, match: re.Match[str]) -> bool:
    said, rest = paragraph[start : match.start()], paragraph[match.end() : match.end() + _AHEAD]
    if match.lastgroup == "space":
        return _long_enough(said) and _long_enough(rest)
    if match.lastgroup == "own":
        return not _inside_quotation(said + match.group(), rest)
    if not rest.strip():
        return True
    mark, closed = match.group()[0], len(match.group()) > 1
    following = _NEXT.match(rest)
    word = following.group(1) if following else None
    if word and word[0].islower() and (mark in ".…" or (closed and match.group()[-1] not in "!?…")):
        return False
    return mark != "." or match.group()[:2] == ".." or not _is_abbreviation(said, word or "", following)


def _is_abbreviation(said: str, following: str, match: re.Match[str] | None) -> bool:
    """Return whether the full stop behind `said` shortens its last word and ends no sentence."""
    bare = said.strip()
    if _ENUMERATOR.fullmatch(bare):
        return bool(following)
    last = bare.rsplit(None, 1)[-1].lstrip("([\"'“„«*_`") if bare else ""
    low = last.lower()
    begins = following in BEGINNERS and not (match and match.group(2))
    if low in NEVER_LAST:
        return True
    if low in BEFORE_NUMBERS and following[:1].isdigit():
        return True
    if low in MAY_END or _INITIALS.fullmatch(last):
        return not begins
    return following.lower() in MONTHS and bool(_ORDINAL.fullmatch(last))


def _inside_quotation(said: str, rest: str) -> bool:
    """Return whether a full stop of Japanese or Chinese stands in a quotation that goes on, or that a verb follows."""
    if rest[:1] in ("と", "っ", "、", "，") and said[-1:] in "」』）”":
        return True
    return any(said.count(opening) > said.count(closing) and closing in rest for opening, closing in _BRACKETS.items())


def _long_enough(text: str) -> bool:
    return len(_LETTER.findall(text)) >= _LEAST_THAI
