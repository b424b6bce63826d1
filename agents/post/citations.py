"""Citations: numbered here, from the passages that support each sentence, never by a model.

Pure. One number per page address, in the order of first use; pages that nothing cites get none.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

import re2
from markdown_it import MarkdownIt
from markdown_it.token import Token
from pydantic import BaseModel, Field

from agents.post.article import Block, sentences_of
from agents.sources.evidence import Evidence

_MARKER = re.compile(r"(?<!\\)\[(\d{1,3})\](?!:|\()")
_TOUCHING = re.compile(r"(?<!\\)(\[\d{1,3}\])(?=\[\d{1,3}\](?!:|\())")
_SPAN = re2.compile(r"(`+[^`]+`+)")
_LINE = re.compile(r"[^\r\n]*(?:\r\n?|\n)|[^\r\n]+")
_READER = MarkdownIt("commonmark", {"html": False}).disable(["reference", "inline"])  # blocks alone


class Citation(BaseModel):
    """A source of the post. `passage_id` is the first of its cited passages, `passage_ids` all."""

    n: int
    url: str
    title: str
    passage_id: int
    passage_ids: list[int] = Field(default_factory=list)


def number(
    parts: Iterable[list[Block]], evidence: Mapping[int, Evidence], *, after: Iterable[Citation] = ()
) -> list[Citation]:
    """Return the sources of these blocks, in the order in which they are first cited, after those that have numbers.

    Raises KeyError for a sentence whose passage is not in the evidence: it cannot be cited.
    """
    by_url = {citation.url: citation.model_copy(deep=True) for citation in after}
    for blocks in parts:
        for sentence in sentences_of(blocks):
            for passage_id in sentence.passages:
                item = evidence[passage_id]
                title = item.page_title.strip() or item.page_url
                fresh = Citation(n=len(by_url) + 1, url=item.page_url, title=title, passage_id=passage_id)
                citation = by_url.setdefault(item.page_url, fresh)
                if passage_id not in citation.passage_ids:
                    citation.passage_ids.append(passage_id)
    return list(by_url.values())


def numbers_of(citations: Iterable[Citation]) -> dict[int, int]:
    """Return the citation number of each cited passage."""
    return {passage_id: citation.n for citation in citations for passage_id in citation.passage_ids}


def each_marker(markdown: str, change: Callable[[int], str]) -> str:
    """Return the text with every citation marker changed; what looks like one inside code is left alone."""
    return "".join(
        piece if is_code else _MARKER.sub(lambda match: change(int(match[1])), piece)
        for piece, is_code in _code_apart(markdown)
    )


def _code_apart(markdown: str) -> Iterator[tuple[str, bool]]:
    """Yield the text in pieces, each with whether it is code: blocks, fenced ones where closed, and spans."""
    lines = _LINE.findall(markdown)
    start = 0
    for token in _READER.parse(markdown):
        if token.map and (token.type == "code_block" or (token.type == "fence" and _is_closed(token, lines))):
            yield from _spans_apart("".join(lines[start : token.map[0]]))
            yield "".join(lines[token.map[0] : token.map[1]]), True
            start = token.map[1]
    yield from _spans_apart("".join(lines[start:]))


def _is_closed(token: Token, lines: Sequence[str]) -> bool:
    assert token.map is not None
    first, end = token.map
    return end - first > 1 and lines[end - 1].strip(" \t\r\n>").startswith(token.markup)


def _spans_apart(text: str) -> Iterator[tuple[str, bool]]:
    for place, piece in enumerate(_SPAN.split(text)):
        yield piece, place % 2 == 1


def parted(markdown: str) -> str:
    """Return the text with a space between two markers: `[1][2]` is one link, of the words “1”, in Markdown."""
    return "".join(piece if is_code else _TOUCHING.sub(r"\1 ", piece) for piece, is_code in _code_apart(markdown))


def cited_numbers(markdown: str) -> set[int]:
    """Return the numbers of all markers in the text."""
    found: set[int] = set()

    def note(n: int) -> str:
        found.add(n)
        return ""

    each_marker(markdown, note)
    return found


def faults(markdown: str, citations: Iterable[Citation]) -> list[str]:
    """Return where a text and its list of sources disagree, as sentences; empty where they do not."""
    used = cited_numbers(markdown)
    listed = [citation.n for citation in citations]
    problems = [f"[{n}] is not in the list of sources." for n in sorted(used - set(listed))]
    problems += [f"Source {n} is never cited." for n in sorted(set(listed) - used)]
    if len(listed) != len(set(listed)):
        problems.append("Two sources have one number.")
    return problems
