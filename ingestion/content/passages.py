"""A page's text cut into passages: the pieces that are searched and cited. Pure.

A text is paragraphs, one a line; a line that begins with “## ” is a heading. A passage stays under one heading.
Code stands between lines of three backticks and keeps its lines and indentation.
"""

from __future__ import annotations

from dataclasses import dataclass

from ingestion.text.sentences import split_at_any_end

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
    """Return a text as passages of some 160 words, cut at headings and paragraphs, sentences only if long."""
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
    if gathered and _words(gathered) + len(part.split()) > WORDS_WANTED:
        _close(pieces, heading, gathered)
    gathered.append(part)


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
    if words < WORDS_LEAST and last is not None and len(last.text.split()) + words <= WORDS_MOST:
        # Too short to say anything alone: it joins the passage before it.
        lead = f"{heading}\n" if heading and heading != last.heading else ""
        pieces[-1] = Piece(last.heading, f"{last.text}\n{lead}{text}")
        return
    pieces.append(Piece(heading, text))


def _words(gathered: list[str]) -> int:
    return sum(len(part.split()) for part in gathered)


def _parts(paragraph: str) -> list[str]:
    if len(paragraph.split()) <= WORDS_MOST:
        return [paragraph]
    parts: list[str] = []
    for sentence in split_at_any_end(paragraph):
        words = sentence.split()
        for start in range(0, len(words), WORDS_MOST):
            piece = " ".join(words[start : start + WORDS_MOST])
            if parts and len(parts[-1].split()) + len(piece.split()) <= WORDS_WANTED:
                parts[-1] += " " + piece
            else:
                parts.append(piece)
    return parts
