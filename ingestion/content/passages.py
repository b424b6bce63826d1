"""A page's text cut into passages: the pieces that are searched and cited. Pure.

A text is paragraphs, one a line; a line that begins with “## ” is a heading. A passage stays under one heading.
Code stands between lines of three backticks and keeps its lines and indentation.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from language.sentences import sentence_spans
from language.spans import Span
from language.words import count_words, first_words

HEADING = "## "
FENCE = "```"
WORDS_WANTED = 160
WORDS_MOST = 240
WORDS_LEAST = 8
LONGEST_HEADING = 200


@dataclass(frozen=True, slots=True)
class Piece:
    """One passage: the heading above it, and its paragraphs."""

    heading: str
    text: str


def cut(text: str, title: str = "") -> list[Piece]:
    """Return a text as passages of some 160 words, cut at headings and paragraphs, sentences only if long.

    Words count as `language.words.count_words` counts them, so passages of all scripts say about as much.
    """
    pieces: list[Piece] = []
    heading, gathered = title, list[str]()
    in_code = False
    for line in text.splitlines():
        if line.strip() == FENCE:
            in_code = not in_code
            continue
        if in_code:
            _add(pieces, heading, gathered, line.rstrip())
            continue
        line = line.strip()
        if not line:
            continue
        if line.startswith(HEADING):
            _close(pieces, heading, gathered)
            heading = line.removeprefix(HEADING)[:LONGEST_HEADING]
            continue
        for part in _parts(line):
            _add(pieces, heading, gathered, part)
    _close(pieces, heading, gathered)
    return pieces


def _add(pieces: list[Piece], heading: str, gathered: list[str], part: str) -> None:
    if gathered and _words(gathered) + count_words(part) > WORDS_WANTED:
        _close(pieces, heading, gathered)
    gathered.append(part)


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


def _close(pieces: list[Piece], heading: str, gathered: list[str]) -> None:
    if not gathered:
        return
    text = "\n".join(gathered).strip("\n")
    words = _words(gathered)
    gathered.clear()
    last = pieces[-1] if pieces else None
    if words < WORDS_LEAST and last is not None and count_words(last.text) + words <= WORDS_MOST:
        # Too short to say anything alone: it joins the passage before it.
        lead = f"{heading}\n" if heading and heading != last.heading else ""
        pieces[-1] = Piece(last.heading, f"{last.text}\n{lead}{text}")
        return
    pieces.append(Piece(heading, text))


def _words(gathered: list[str]) -> int:
    return sum(count_words(part) for part in gathered)


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
