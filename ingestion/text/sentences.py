"""Text cut into lines, paragraphs and sentences. Pure.

There are three ways to find the end of a sentence, since a wrong one costs something else in each: `split_sentences`
where each sentence is judged alone, `split_at_sure_ends` where half a sentence must not be shown, `split_at_any_end`
where only lengths count. They differ in about one paragraph of two hundred.
"""

import re
from collections.abc import Iterator

_SENTENCE_END = re.compile(r"""(?:(?<![.!?…])[.!?…]+[)\]"'”’»`*_]*(?=\s|$)|[。！？]+)""")
_COMPLETE = re.compile(r"""[.!?…。！？][)\]"'”’»`*_]*$""")
_SURE_END = re.compile(r"(?<=[.!?])[\"”’)]*\s+(?=[\"“(A-Z0-9])")
_ANY_END = re.compile(r"(?<=[.!?…。！？])[\"”’)\]]*\s+")

_ABBREVIATIONS_TEXT = """
    e.g i.e etc vs cf dr mr mrs ms prof inc ltd co corp no fig approx dept est jr sr st al ed vol resp"""
_ABBREVIATIONS = frozenset(_ABBREVIATIONS_TEXT.split())
_BULLET = re.compile(r"^\s*(?:[-*+•‣·●○▪■►–—]|\d{1,2}[.)])\s+")


def one_line(text: str) -> str:
    """Return the text with every run of white space made one space."""
    return " ".join(text.split())


def paragraphs(text: str) -> Iterator[str]:
    """Yield the paragraphs, titles and list items of a passage: its lines, without bullets and empty ones."""
    for line in text.splitlines():
        if bare := one_line(_BULLET.sub("", line)):
            yield bare


def split_sentences(paragraph: str) -> list[str]:
    """Return the sentences of one paragraph, in order, each as it stands there; the last may be incomplete.

    For checks, which judge each sentence alone: abbreviations end none, and what closes behind a full stop (quotation
    marks, brackets, emphasis) stays with its sentence.
    """
    found: list[str] = []
    start = 0
    for match in _SENTENCE_END.finditer(paragraph):
        end = match.end()
        if match.group()[0] == "." and _is_abbreviation(paragraph[start : match.start()]):
            continue
        rest = paragraph[end:].lstrip()
        if rest and rest[0].islower() and match.group()[0] in ".…":
            continue
        found.append(paragraph[start:end].strip())
        start = end
    if tail := paragraph[start:].strip():
        found.append(tail)
    return [sentence for sentence in found if sentence]


def sentences(text: str) -> list[str]:
    """Return all sentences of a source, paragraph by paragraph."""
    return [sentence for paragraph in paragraphs(text) for sentence in split_sentences(paragraph)]


def split_at_sure_ends(text: str) -> list[str]:
    """Return the parts of a text, cut only where a capital, a digit or an opening quotation follows the full stop.

    For texts that are shown: two sentences left together do no harm, half a one would. Quotation marks and brackets
    that close behind the full stop are lost.
    """
    return _SURE_END.split(text)


def split_at_any_end(text: str) -> list[str]:
    """Return the parts of a text, cut wherever a sentence may end, behind abbreviations too.

    For passages, which are filled up to a length: a cut too many does no harm, one too few makes a passage too long.
    Quotation marks and brackets that close behind the end are lost.
    """
    return _ANY_END.split(text)


def is_complete(sentence: str) -> bool:
    """Return whether the sentence ends as one, and was not cut off."""
    return bool(_COMPLETE.search(sentence.rstrip()))


def shorten(text: str, chars: int) -> str:
    """Return the text's first whole sentences up to `chars` characters; cut between words if the first is longer."""
    if len(text) <= chars:
        return text
    cut = text[: chars + 1]
    ends = [match.end() for match in _SENTENCE_END.finditer(cut) if match.end() <= chars]
    if ends and ends[-1] >= chars // 3:
        return text[: ends[-1]].rstrip()
    return text[:chars].rsplit(None, 1)[0].rstrip()


def _is_abbreviation(before: str) -> bool:
    last = before.rsplit(None, 1)[-1].lower().lstrip("([\"'“") if before.strip() else ""
    return last in _ABBREVIATIONS or (len(last) == 1 and last.isalpha())
