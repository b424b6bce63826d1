"""What a text is found by: its words in the form in which they are compared. Pure.

A term is a folded stem (`stems.stem`). Beside it stands, for names of several parts, each part (`node.js`: `node`,
`js`), for numbers their plain spelling (`12,500` and `12.500`: `12500`), for versions the one without its `v`. Scripts
without spaces, and Korean, give every two neighbouring signs, as search engines do where they have no dictionary
(McNamee and Mayfield, 2004); a katakana word is one term.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

from language.normalisation import folded, without_accents
from language.scripts import HANGUL, HIRAGANA, KATAKANA, UNSPACED
from language.spans import Span
from language.stems import has_stems, stem
from language.stop_words import STOP_WORDS
from language.words import word_spans

LONGEST_TERM = 60
_UNSPACED = re.compile(f"[{UNSPACED}]")
_KATAKANA = re.compile(f"[{KATAKANA}]+")
_HIRAGANA = re.compile(f"[{HIRAGANA}]+")
_HANGUL = re.compile(f"[{HANGUL}]+")
_JOINTS = re.compile(r"[._'’+/@:\-‐‑#]+")
_GROUPED = re.compile(r"\d{1,3}(?:([.,'٬\u00a0\u202f\u2009 ])\d{3})(?:\1\d{3})*(?:[.,]\d+)?")
_OTHER = re.compile(r"[\d_.'’+/@:\-‐‑#,٬\s]")
_NUMBER = re.compile(r"v?\d+")
_VERSION = re.compile(r"v(\d+(?:\.\d+)*\S*)")
_ELISION = re.compile(
    r"(?:[cdjlmnst]|qu|jusqu|lorsqu|puisqu|quelqu|presqu|un|all|dall|dell|nell|sull|gl|quell|quest|sant)'(?=\w{2})"
)
_OTHER_LETTERS = frozenset({"ja", "zh", "ko", "th", "lo", "km", "my"})


def terms(text: str, language: str = "en") -> list[str]:
    """Return the terms of a text in that language (ISO 639-1), in order and with repetitions.

    The terms of a part of a text are terms of the text, but for pairs of signs across its ends.
    """
    found: list[str] = []
    last: Span | None = None
    latin = "en" if language in _OTHER_LETTERS else language
    for span in word_spans(text):
        if not _UNSPACED.match(span.text):
            found.extend(_of_word(span.text, latin))
            last = None
        elif _KATAKANA.fullmatch(span.text) and len(span.text) > 1:
            found.append(_katakana(span.text))
            last = None
        else:
            if last is not None and last.end == span.start:
                found.append(folded(last.text + span.text))
            elif _alone(text, span):
                found.append(folded(span.text))
            last = span
    return [term[:LONGEST_TERM] for term in found if term]


def query_terms(query: str, language: str = "en") -> list[str]:
    """Return the terms that a question is answered by, each once: those that carry meaning, or all where none does."""
    found = list(dict.fromkeys(terms(query, language)))
    dropped = _stop_terms(language)
    telling = [term for term in found if term not in dropped and not _HIRAGANA.fullmatch(term)]
    return telling or found


def is_stop_word(word: str, language: str = "en") -> bool:
    """Return whether a word says nothing by itself. In a language without a list, none is."""
    return without_accents(folded(word)) in STOP_WORDS.get(language, frozenset())


def _stop_terms(language: str) -> frozenset[str]:
    listed = STOP_WORDS.get(language, frozenset()) | STOP_WORDS["en"]
    return listed | {stem(word, language) for word in listed} if has_stems(language) else listed


def _alone(text: str, span: Span) -> bool:
    """Return whether a sign has no neighbour to be paired with."""
    after = text[span.end : span.end + 1]
    return not _UNSPACED.match(after) or bool(_KATAKANA.match(after))


def _katakana(word: str) -> str:
    word = folded(word)
    # The long vowel at the end of a loan word is written or left out at will: コンピューター, コンピュータ.
    return word.rstrip("ー") if len(word) > 3 else word


@lru_cache(maxsize=32768)
def _of_word(word: str, language: str) -> tuple[str, ...]:
    """Return the terms of one word. Kept, since the words of a text are few and come again and again."""
    return tuple(_terms_of(word, language))


def _terms_of(word: str, language: str) -> Iterator[str]:
    low = without_accents(folded(word))
    if hangul := _HANGUL.search(low):
        signs = hangul.group()
        yield from (signs[at : at + 2] for at in range(max(1, len(signs) - 1)))
        return
    if not _OTHER.search(low):
        yield from _stems(word, language)
        return
    bare = _ELISION.sub("", low)
    if not _OTHER.search(bare):
        yield from _stems(folded(word)[len(low) - len(bare) :], language)
        return
    if _GROUPED.fullmatch(low):
        yield re.sub(r"[.,'٬\u00a0\u202f\u2009 ](?=\d{3})", "", low)
    if " " in low:
        return
    if bare.endswith("'s"):
        bare = bare[:-2]
    yield bare.strip(".'") if bare[:1] != "." else bare
    if version := _VERSION.fullmatch(bare):
        yield version.group(1)
    parts = _JOINTS.split(bare)
    if len(parts) > 1 and "'" not in bare:
        yield from (stem(part, language) for part in parts if len(part) > 1 and not _NUMBER.fullmatch(part))


def _stems(word: str, language: str) -> Iterator[str]:
    """Yield the word's stem, and that of the word written without its accents where it is another."""
    yield (first := stem(word, language))
    if not word.isascii() and (other := stem(without_accents(folded(word)), language)) != first:
        yield other
