"""A page's text cut into passages: the pieces that are searched and cited. Pure.

A text is paragraphs, one a line; a line that begins with “## ” is a heading. A passage stays under one heading.
Code stands between lines of three backticks and keeps its lines and indentation.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from ingestion.text.marks import FENCE, HEADING
from language.sentences import sentence_spans
from language.spans import Span
from language.words import count_words, first_words

WORDS_WANTED = 160
WORDS_MOST = 240
WORDS_LEAST = 8
SIGNS_MOST = 8000
"""Of a passage, whose words may be few: rules, figures, signs."""
LONGEST_HEADING = 200


@dataclass(frozen=True, slots=True)
class Piece:
    """One passage: the heading above it, its paragraphs, and, once they are made, the terms that it is found by."""

    heading: str
    text: str
    terms: str = ""


def cut(text: str, title: str = "") -> list[Piece]:
    """Return a text as passages of some 160 words, cut at headings and paragraphs, sentences only if long.

    Words count as `language.words.count_words` counts them, so passages of all scripts say about as much.
    """
    cutter = _Cutter(title)
    in_code = False
    for line in text.splitlines():
        bare = line.strip()
        if bare == FENCE:
            in_code = not in_code
        elif in_code:
            cutter.add(line.rstrip())
        elif bare.startswith(HEADING):
            cutter.close()
            cutter.heading = bare.removeprefix(HEADING)[:LONGEST_HEADING]
        elif bare:
            for part in _parts(bare):
                cutter.add(part)
    cutter.close()
    return cutter.pieces


class _Cutter:
    """Gathers lines under a heading, and makes a passage of them before there are too many words, or signs."""

    def __init__(self, heading: str) -> None:
        self.pieces: list[Piece] = []
        self.heading = heading
        self._lines: list[str] = []
        self._words = self._signs = self._words_of_last = 0

    def add(self, line: str) -> None:
        words = count_words(line)
        if self._lines and (self._words + words > WORDS_WANTED or self._signs + len(line) > SIGNS_MOST):
            self.close()
        self._lines.append(line)
        self._words += words
        self._signs += len(line) + 1

    def close(self) -> None:
        text, words, signs = "\n".join(self._lines).strip("\n"), self._words, self._signs
        self._lines, self._words, self._signs = [], 0, 0
        if not text:
            return
        if words < WORDS_LEAST and self._fits(words, signs):
            # Too short to say anything alone: it joins the passage before it.
            last = self.pieces[-1]
            lead = f"{self.heading}\n" if self.heading and self.heading != last.heading else ""
            self.pieces[-1] = Piece(last.heading, f"{last.text}\n{lead}{text}")
            self._words_of_last += words
        else:
            self.pieces.append(Piece(self.heading, text))
            self._words_of_last = words

    def _fits(self, words: int, signs: int) -> bool:
        """Return whether so much more may join the last passage."""
        if not self.pieces or len(self.pieces[-1].text) + signs > SIGNS_MOST:
            return False
        return self._words_of_last + words <= WORDS_MOST


def prose_lines(text: str) -> Iterator[str]:
    """Yield the paragraphs of a text, without headings and code."""
    in_code = False
    for line in text.splitlines():
        if line.strip() == FENCE:
            in_code = not in_code
        elif not in_code and not line.startswith(HEADING):
            yield line


def plain(text: str) -> str:
    """Return the text without the marks of its headings and of its code."""
    return "\n".join(line.removeprefix(HEADING) for line in text.splitlines() if line.strip() != FENCE)


def _parts(paragraph: str) -> list[str]:
    """Return a paragraph whole, or one that is too long in parts of whole sentences."""
    if count_words(paragraph) <= WORDS_MOST:
        return [paragraph]
    spans = [(start, end) for span in sentence_spans(paragraph) for start, end in _pieces(paragraph, span)]
    parts: list[tuple[int, int]] = []
    for start, end in spans:
        if parts and count_words(paragraph[parts[-1][0] : end]) <= WORDS_WANTED:
            parts[-1] = parts[-1][0], end
        else:
            parts.append((start, end))
    return [paragraph[start:end] for start, end in parts]


def _pieces(paragraph: str, sentence: Span) -> Iterator[tuple[int, int]]:
    """Yield where a sentence begins and ends, or the pieces of one that is too long itself, cut between words."""
    start = sentence.start
    while start < sentence.end:
        piece = first_words(paragraph[start : sentence.end], WORDS_MOST)
        end = start + len(piece) if piece else sentence.end
        yield start, end
        start = end + len(paragraph[end : sentence.end]) - len(paragraph[end : sentence.end].lstrip())
