"""A chapter's lines as what a reader sees: paragraphs, lists and code, each whole, with what announces it. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from agents.digest.standing import points_on
from ingestion.content.passages import FENCE
from language.sentences import split_sentences

_ITEM = re.compile(r"^\s{0,12}(?:[-*•–]|\d{1,3}[.)]|[a-z][.)])\s+(?=\S)")
_TABLE = re.compile(r"^\s*\|.*\|\s*$")


@dataclass(slots=True)
class Unit:
    """A paragraph's sentences, with the items or the code that its last sentence announces."""

    sentences: list[str] = field(default_factory=list)
    items: list[str] = field(default_factory=list)
    code: str = ""

    @property
    def announces(self) -> bool:
        return bool(self.sentences) and points_on(self.sentences[-1])


def units_of(text: str) -> list[Unit]:
    """Return a chapter as units, in order. A list or code that nothing announces is a unit without sentences."""
    found: list[Unit] = []
    for kind, lines in _runs(text):
        if kind == "prose":
            found += [Unit(sentences=split_sentences(line)) for line in lines]
            continue
        if not (found and found[-1].announces and not found[-1].items and not found[-1].code):
            found.append(Unit())
        if kind == "list":
            found[-1].items = [_ITEM.sub("", line).strip() for line in lines]
        elif kind == "code":
            found[-1].code = "\n".join(lines)
    return found


def _runs(text: str) -> Iterator[tuple[str, list[str]]]:
    """Yield neighbouring lines of one kind: prose, list, code, table."""
    kind, lines, in_code = "", list[str](), False
    for line in text.splitlines():
        if line.strip() == FENCE:
            in_code = not in_code
            if lines:
                yield kind, lines
            kind, lines = ("code" if in_code else ""), []
            continue
        if not in_code and not line.strip():
            continue
        now = "code" if in_code else _kind(line)
        if lines and now != kind:
            yield kind, lines
            lines = []
        kind = now
        lines.append(line.rstrip() if in_code else line.strip())
    if lines and not in_code:
        # Code whose end was cut away with the chapter's is not shown.
        yield kind, lines


def _kind(line: str) -> str:
    if _TABLE.match(line):
        return "table"
    return "list" if _ITEM.match(line) else "prose"
