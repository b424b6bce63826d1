"""The sentences of a post's Markdown, each with the numbers of the sources that it names. Pure.

Headings, tables, code and link definitions hold none. Text is found again where it stands, so that it can be shown with
marks around it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace

from agents.post.assemble import DIGEST_NOTE, EXTRACT_NOTE
from agents.post.citations import parted
from language.sentences import joined, one_line, sentence_spans

_FENCE = re.compile(r"^ {0,3}(```|~~~)")
_PREFIX = re.compile(r"^\s{0,12}(?:(?:[-*+>]|\d{1,9}[.)])\s+)?")
_NO_PROSE = re.compile(r"^\s{0,3}(?:#{1,6}\s|\||\[\d{1,3}\]:|-{3,}\s*$)")
_MARKER = re.compile(r"`[^`]+`|\s?(?<!\\)\[(\d{1,3})\](?![:(])")
_ESCAPED = re.compile(r"\\([!-/:-@\[-`{-~])")


@dataclass(frozen=True, slots=True)
class Marked:
    """One sentence: `markdown` as it is kept but without markers, `text` as it is read, `numbers` of its sources."""

    markdown: str
    text: str
    numbers: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Piece:
    """A line that is kept as it is (`sentences` empty), or a paragraph: what stands before it, and its sentences.

    `loose` are the numbers of markers that stand behind no sentence, as behind a piece of code; `as_is` is what stood
    there, letter by letter.
    """

    lead: str
    sentences: tuple[Marked, ...] = ()
    loose: tuple[int, ...] = ()
    as_is: str = field(default="", compare=False)


def sentences_in(markdown: str) -> list[Marked]:
    """Return every sentence of the text, in order."""
    return [sentence for piece in pieces_of(markdown) for sentence in piece.sentences]


def pieces_of(markdown: str) -> Iterator[Piece]:
    """Yield the text line by line; the lines of one paragraph are one piece."""
    fence, gathered = "", list[str]()
    for line in markdown.splitlines():
        opening = _FENCE.match(line)
        if fence or opening or line.strip() in ("", EXTRACT_NOTE, DIGEST_NOTE) or _NO_PROSE.match(line):
            yield from _paragraph(gathered)
            gathered = []
            yield Piece(line, as_is=line)
            fence = _fence_after(fence, line, opening)
        elif gathered and not _PREFIX.match(line).group().strip():  # type: ignore[union-attr]
            gathered.append(line)
        else:
            yield from _paragraph(gathered)
            gathered = [line]
    yield from _paragraph(gathered)


def written(pieces: Iterable[Piece], show: Callable[[Marked], str]) -> str:
    """Return the Markdown again, each sentence as `show` gives it, with whatever markers it puts there."""
    lines = []
    for piece in pieces:
        loose = "".join(f"[{number}]" for number in piece.loose)
        text = joined((sentence.text for sentence in piece.sentences), map(show, piece.sentences))
        lines.append(piece.lead + text + loose)
    return "\n".join(lines)


def thinned(pieces: Iterable[Piece]) -> Iterator[Piece]:
    """Yield the pieces with the markers of sentences in a row that name the same sources at the last of them alone."""
    for piece in pieces:
        kept = [
            Marked(
                one.markdown,
                one.text,
                () if following is not None and set(following.numbers) == set(one.numbers) else one.numbers,
            )
            for one, following in zip(piece.sentences, [*piece.sentences[1:], None], strict=False)
        ]
        yield replace(piece, sentences=tuple(kept))


def tidy(markdown: str) -> str:
    """Return the post for readers elsewhere: no marker stands where the next sentence has the same.

    Two markers have a space between them; all else stays letter by letter.
    """
    pieces = list(pieces_of(markdown))
    shown = zip(pieces, thinned(pieces), strict=True)
    text = "\n".join(was.as_is if was == now else written([now], with_markers) for was, now in shown)
    return f"{parted(text)}\n"


def with_markers(sentence: Marked) -> str:
    return sentence.markdown + "".join(f"[{number}]" for number in sentence.numbers)


def _fence_after(fence: str, line: str, opening: re.Match[str] | None) -> str:
    """Return the mark of the code block that is open behind this line, or nothing."""
    if fence:
        return "" if line.strip() == fence else fence
    return opening[1] if opening else ""


def _paragraph(lines: list[str]) -> Iterator[Piece]:
    if not lines:
        return
    found = _PREFIX.match(lines[0])
    lead = found.group() if found else ""
    bare, places = _without_markers(one_line(" ".join([lines[0][len(lead) :], *lines[1:]])))
    spans = sentence_spans(bare)
    owners: list[list[int]] = [[] for _ in spans]
    loose: list[int] = []
    for place, number in places:
        at = max((index for index, span in enumerate(spans) if span.start < place), default=-1)
        (owners[at] if at >= 0 else loose).append(number)
    marked = tuple(
        Marked(span.text, _ESCAPED.sub(r"\1", span.text), tuple(dict.fromkeys(numbers)))
        for span, numbers in zip(spans, owners, strict=True)
    )
    yield Piece(lead, marked, tuple(loose), "\n".join(lines))


def _without_markers(text: str) -> tuple[str, list[tuple[int, int]]]:
    """Return the paragraph without markers, and where each stood; what looks like one inside code stays."""
    kept: list[str] = []
    places: list[tuple[int, int]] = []
    length = end = 0
    for match in _MARKER.finditer(text):
        if match[1] is None:
            continue
        kept.append(text[end : match.start()])
        length += match.start() - end
        places.append((length, int(match[1])))
        end = match.end()
    return "".join([*kept, text[end:]]), places
